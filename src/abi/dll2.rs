//! Intrusive doubly linked lists that know their owner. The caller owns the nodes.

pub type lws_dll2_t = lws_dll2;
pub type lws_dll2_owner_t = lws_dll2_owner;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_dll2 {
    pub prev: *mut lws_dll2,
    pub next: *mut lws_dll2,
    pub owner: *mut lws_dll2_owner,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_dll2_owner {
    pub tail: *mut lws_dll2,
    pub head: *mut lws_dll2,
    pub count: u32,
}
