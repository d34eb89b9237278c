//! Sequencer that runs unit tests over abstract transports.

use core::ffi::{c_int, c_void};

use crate::abi::*;

/// Told that all tests are over.
pub type lws_test_sequence_cb = Option<unsafe extern "C" fn(*const c_void)>;
/// Short name of lws_test_sequencer_args.
pub type lws_test_sequencer_args_t = lws_test_sequencer_args;

/// Unit tests to run.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_test_sequencer_args {
    pub abs: *mut lws_abs_t,
    pub tests: *mut lws_unit_test_t,
    pub results: *mut c_int,
    pub results_max: c_int,
    pub count_tests: *mut c_int,
    pub count_passes: *mut c_int,
    pub cb: lws_test_sequence_cb,
    pub cb_user: *mut c_void,
}
