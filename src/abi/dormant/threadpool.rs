//! Thread pool arguments, task states and returns.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::*;

opaque! {
    /// A thread pool; opaque.
    lws_threadpool
}

opaque! {
    /// A task; opaque.
    lws_threadpool_task
}

c_enum! {
    /// States of a task.
    pub enum lws_threadpool_task_status: c_uint {
        LWS_TP_STATUS_QUEUED = 0,
        LWS_TP_STATUS_RUNNING = 1,
        LWS_TP_STATUS_SYNCING = 2,
        LWS_TP_STATUS_STOPPING = 3,
        LWS_TP_STATUS_FINISHED = 4,
        LWS_TP_STATUS_STOPPED = 5,
    }
}

c_enum! {
    /// What a task returns.
    pub enum lws_threadpool_task_return: c_uint {
        LWS_TP_RETURN_CHECKING_IN = 0,
        LWS_TP_RETURN_SYNC = 1,
        LWS_TP_RETURN_FINISHED = 2,
        LWS_TP_RETURN_STOPPED = 3,
        LWS_TP_RETURN_FLAG_OUTLIVE = 64,
    }
}

/// What a thread pool is made from.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_threadpool_create_args {
    pub threads: c_int,
    pub max_queue_depth: c_int,
}

/// A task to run.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_threadpool_task_args {
    pub wsi: *mut lws,
    pub user: *mut c_void,
    pub name: *const c_char,
    pub async_task: c_char,
    pub task: Option<unsafe extern "C" fn(*mut c_void, lws_threadpool_task_status) -> lws_threadpool_task_return>,
    pub cleanup: Option<unsafe extern "C" fn(*mut lws, *mut c_void)>,
}
