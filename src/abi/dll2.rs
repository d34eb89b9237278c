//! Intrusive doubly linked lists that know their owner. The caller owns the nodes.

/// Short name of lws_dll2.
pub type lws_dll2_t = lws_dll2;
/// Short name of lws_dll2_owner.
pub type lws_dll2_owner_t = lws_dll2_owner;

/// A node of a list; it is a member of what is listed. All zero: in no list. The caller owns it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_dll2 {
    /// Node before, or NULL.
    pub prev: *mut lws_dll2,
    /// Node after, or NULL.
    pub next: *mut lws_dll2,
    /// List that it is in, or NULL.
    pub owner: *mut lws_dll2_owner,
}

/// A list.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_dll2_owner {
    /// Last node, or NULL.
    pub tail: *mut lws_dll2,
    /// First node, or NULL.
    pub head: *mut lws_dll2,
    /// How many there are.
    pub count: u32,
}
