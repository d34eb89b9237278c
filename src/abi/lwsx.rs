//! Our own additions to the API (prefix `lwsx_`): what a broken thread rule does, and what is counted.

use core::ffi::c_uint;

c_enum! {
    /// What the library does when a function is called on the wrong thread: lwsx_set_thread_policy(), environment
    /// LWS_THREAD_CHECK=abort, refuse or marshal.
    pub enum lwsx_thread_policy: c_uint {
        /// One message that names the function, the connection and both threads, then abort().
        LWSX_THREAD_ABORT = 0,
        /// The same message, rate limited; the call changes nothing and returns its error value.
        LWSX_THREAD_REFUSE = 1,
        /// The call is queued to the service thread and takes effect there.
        LWSX_THREAD_MARSHAL = 2,
    }
}

c_enum! {
    /// Kinds of misuse that are counted: lwsx_misuse_count().
    pub enum lwsx_misuse: c_uint {
        /// A call on another thread than the one that services the context.
        LWSX_MISUSE_WRONG_THREAD = 0,
        /// A second thread entered while one was inside.
        LWSX_MISUSE_SECOND_ENTRY = 1,
        /// A handle whose connection, vhost or context has gone.
        LWSX_MISUSE_DEAD_HANDLE = 2,
        /// A pointer that never was a handle.
        LWSX_MISUSE_NOT_A_HANDLE = 3,
        /// A handle that belongs to another context than the call.
        LWSX_MISUSE_FOREIGN_CONTEXT = 4,
        /// lws_write() outside any callback of the connection.
        LWSX_MISUSE_WRITE_OUTSIDE_CALLBACK = 5,
        /// A function that needs a connection was given the pseudo handle of a PROTOCOL_INIT or like callback.
        LWSX_MISUSE_PSEUDO_WSI = 6,
        /// A thread tried to become the service thread while another was inside.
        LWSX_MISUSE_CLAIM = 7,
        /// A program wrote on top of a backlog that the peer does not drain.
        LWSX_MISUSE_BACKLOG = 8,
    }
}
