//! permessage-deflate as an extension callback: what programs put into their table. The engine knows it and works without
//! calling it; it is called where a program has a callback of its own in front of it.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::engine::role::ws::deflate::RSV1;
use crate::wire::ws::deflate::inflate::{State, new_inflater};
use crate::wire::ws::deflate::{Compressor, History, Inflating};

/// What a payload callback answers.
mod answer {
    /// The payload is as it was.
    pub const DID_NOTHING: i32 = 1;
    /// There is more to come without new input.
    pub const HAS_PENDING: i32 = 2;
    /// All is out; the message goes on.
    pub const EMPTY_NONFINAL: i32 = 3;
    /// All is out; the message ends.
    pub const EMPTY_FINAL: i32 = 4;
}

const OPTION_COUNT: usize = 8;

/// A table that C reads.
struct Table([lws_ext_options; OPTION_COUNT + 1]);
// SAFETY: it is constant, and its names are static.
unsafe impl Sync for Table {}

const fn option(name: &'static CStr, kind: lws_ext_options_types) -> lws_ext_options {
    lws_ext_options { name: name.as_ptr(), r#type: kind }
}

static OPTIONS: Table = Table([
    option(c"server_no_context_takeover", EXTARG_NONE),
    option(c"client_no_context_takeover", EXTARG_NONE),
    option(c"server_max_window_bits", EXTARG_OPT_DEC),
    option(c"client_max_window_bits", EXTARG_OPT_DEC),
    option(c"rx_buf_size", EXTARG_DEC),
    option(c"tx_buf_size", EXTARG_DEC),
    option(c"compression_level", EXTARG_DEC),
    option(c"mem_level", EXTARG_DEC),
    lws_ext_options { name: std::ptr::null(), r#type: EXTARG_NONE },
]);

const SERVER_NO_CONTEXT_TAKEOVER: usize = 0;
const CLIENT_NO_CONTEXT_TAKEOVER: usize = 1;
const SERVER_MAX_WINDOW_BITS: usize = 2;
const CLIENT_MAX_WINDOW_BITS: usize = 3;
const RX_BUF_SIZE: usize = 4;
const TX_BUF_SIZE: usize = 5;
const COMPRESSION_LEVEL: usize = 6;
const MEM_LEVEL: usize = 7;

/// State of one connection.
struct Deflating {
    is_client: bool,
    values: [u8; OPTION_COUNT],
    history: Option<History>,
    inflating: Option<Inflating>,
    output: Vec<u8>,
    compressor: Option<Compressor>,
    /// The message that goes out is compressed: its first frame is to be marked.
    marks: bool,
}

impl Deflating {
    fn new(is_client: bool) -> Deflating {
        let mut values = [0; OPTION_COUNT];
        (values[SERVER_MAX_WINDOW_BITS], values[CLIENT_MAX_WINDOW_BITS]) = (15, 15);
        (values[RX_BUF_SIZE], values[COMPRESSION_LEVEL], values[MEM_LEVEL]) = (10, 1, 8);
        Deflating {
            is_client,
            values,
            history: None,
            inflating: None,
            output: Vec::new(),
            compressor: None,
            marks: false,
        }
    }

    fn set(&mut self, index: usize, value: Option<u8>) -> bool {
        let range = match index {
            SERVER_NO_CONTEXT_TAKEOVER | CLIENT_NO_CONTEXT_TAKEOVER => {
                self.values[index] = 1;
                return value.is_none();
            }
            SERVER_MAX_WINDOW_BITS | CLIENT_MAX_WINDOW_BITS if value.is_none() => return true,
            SERVER_MAX_WINDOW_BITS | CLIENT_MAX_WINDOW_BITS => 8..=15,
            RX_BUF_SIZE => 8..=17,
            TX_BUF_SIZE => 0..=17,
            COMPRESSION_LEVEL | MEM_LEVEL => 0..=9,
            _ => return false,
        };
        match value.filter(|v| range.contains(v)) {
            Some(v) => self.values[index] = v,
            None => return false,
        }
        true
    }

    /// Inflates; what is left of `input`, and the answer. The output is in `self.output`.
    fn receive(&mut self, input: &[u8], last: bool) -> Option<(usize, i32)> {
        let (peer_bits, peer_afresh) = if self.is_client {
            (SERVER_MAX_WINDOW_BITS, SERVER_NO_CONTEXT_TAKEOVER)
        } else {
            (CLIENT_MAX_WINDOW_BITS, CLIENT_NO_CONTEXT_TAKEOVER)
        };
        let kept = (self.values[peer_afresh] == 0).then_some(self.values[peer_bits]);
        let history = self.history.get_or_insert_with(|| History::new(kept));
        if input.is_empty() && self.inflating.is_none() {
            self.output.clear();
            return Some((0, answer::DID_NOTHING));
        }
        let mut inflating = self.inflating.take().unwrap_or_else(|| Inflating::begin(new_inflater(), history));
        self.output.resize(1 << self.values[RX_BUF_SIZE], 0);
        let step = inflating.step(input, last, &mut self.output).ok()?;
        self.output.truncate(step.wrote);
        if !history.push(&self.output) {
            return None;
        }
        let answer = match step.state {
            State::OutputFull => answer::HAS_PENDING,
            State::NeedsInput => answer::EMPTY_NONFINAL,
            State::Whole => answer::EMPTY_FINAL,
        };
        if step.state != State::Whole {
            self.inflating = Some(inflating);
        }
        Some((input.len() - step.used, answer))
    }

    /// Compresses a fragment into `self.output`.
    fn send(&mut self, input: &[u8], is_first: bool, last: bool) -> Option<i32> {
        let own = self.values[if self.is_client { CLIENT_MAX_WINDOW_BITS } else { SERVER_MAX_WINDOW_BITS }];
        let level = self.values[COMPRESSION_LEVEL];
        if self.compressor.as_ref().is_none_or(|c| (c.bits, c.level) != (own, level)) {
            self.compressor = Compressor::new(own, level);
        }
        let Some(compressor) = &mut self.compressor else { return Some(answer::DID_NOTHING) };
        if is_first {
            compressor.reset();
            self.marks = true;
        }
        self.output.clear();
        compressor.fragment(input, last, &mut self.output).ok()?;
        Some(if last { answer::EMPTY_FINAL } else { answer::EMPTY_NONFINAL })
    }
}

/// permessage-deflate (RFC 7692), for the `lws_extension` tables of vhosts:
///
/// { "permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits" }
///
/// The library knows it by its address and does the work itself. A callback of a program's own may hand its arguments on to
/// it, for instance to look at what passes.
///
/// @param context the context
/// @param ext the entry of the table
/// @param wsi the connection
/// @param reason what is to be done
/// @param user where the state's address is put (CONSTRUCT), else that address
/// @param in depends on the reason
/// @param len depends on the reason
/// @return 0; of a payload 1: unchanged, 2: more is to come, 3: all is out, 4: all is out and the message ends; -1: failed.
/// Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_extension_callback_pm_deflate(
    context: *mut lws_context,
    ext: *const lws_extension,
    wsi: *mut lws,
    reason: lws_extension_callback_reasons,
    user: *mut c_void,
    r#in: *mut c_void,
    len: usize,
) -> c_int {
    let _ = (context, ext);
    let site = site!("lws_extension_callback_pm_deflate", remedy::READ);
    // What the frame at hand is, and that this is the right thread.
    let piece = enter::wsi(site, wsi, None, |_, w| Some(w.piece.get()));
    let Some(piece) = piece else { return -1 };
    if user.is_null() {
        return -1;
    }
    // SAFETY: by the API's contract `user` is where the state goes or what CONSTRUCT has put there, and `in` is of the type
    // that goes with the reason.
    unsafe {
        match reason {
            LWS_EXT_CB_CONSTRUCT | LWS_EXT_CB_CLIENT_CONSTRUCT => {
                let state = Box::new(Deflating::new(reason == LWS_EXT_CB_CLIENT_CONSTRUCT));
                *user.cast::<*mut Deflating>() = Box::into_raw(state);
                if !r#in.is_null() {
                    *r#in.cast::<*const lws_ext_options>() = OPTIONS.0.as_ptr();
                }
                0
            }
            LWS_EXT_CB_DESTROY => {
                drop(Box::from_raw(user.cast::<Deflating>()));
                0
            }
            LWS_EXT_CB_OPTION_SET | LWS_EXT_CB_NAMED_OPTION_SET if !r#in.is_null() => {
                set_option(&mut *user.cast(), &*r#in.cast())
            }
            LWS_EXT_CB_PAYLOAD_RX if !r#in.is_null() => {
                let buffers = r#in.cast::<[lws_tokens; 2]>();
                if piece.rsv & RSV1 == 0 {
                    return answer::DID_NOTHING;
                }
                receive(&mut *user.cast(), &mut *buffers, piece.last)
            }
            LWS_EXT_CB_PAYLOAD_TX if !r#in.is_null() => {
                send(&mut *user.cast(), &mut *r#in.cast::<[lws_tokens; 2]>(), len as u32)
            }
            LWS_EXT_CB_PACKET_TX_PRESEND if !r#in.is_null() => {
                let (state, token) = (&mut *user.cast::<Deflating>(), &*r#in.cast::<lws_tokens>());
                if !token.token.is_null()
                    && token.len > 0
                    && *token.token & 0x0f != 0
                    && std::mem::take(&mut state.marks)
                {
                    *token.token |= RSV1;
                }
                0
            }
            LWS_EXT_CB_OPTION_DEFAULT | LWS_EXT_CB_OPTION_CONFIRM => 0,
            _ => -1,
        }
    }
}

unsafe fn set_option(state: &mut Deflating, arg: &lws_ext_option_arg) -> c_int {
    let index = if arg.option_name.is_null() {
        usize::try_from(arg.option_index).ok()
    } else {
        // SAFETY: NUL-ended, by the API's contract; the table's names are.
        unsafe {
            let name = CStr::from_ptr(arg.option_name);
            OPTIONS.0[..OPTION_COUNT].iter().position(|o| CStr::from_ptr(o.name) == name)
        }
    };
    // SAFETY: `len` bytes by the API's contract; a named option's value may be NUL-ended instead.
    let value = unsafe { option_text(arg.start, arg.len) };
    let number = match value {
        None => None,
        Some(text) => match std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()) {
            Some(number) => Some(number),
            None => return -1,
        },
    };
    if index.is_some_and(|i| state.set(i, number)) { 0 } else { -1 }
}

unsafe fn option_text<'a>(start: *const c_char, len: c_int) -> Option<&'a [u8]> {
    if start.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    unsafe {
        match usize::try_from(len) {
            Ok(n) if n > 0 => Some(std::slice::from_raw_parts(start.cast(), n)),
            _ => Some(CStr::from_ptr(start).to_bytes()).filter(|t| !t.is_empty()),
        }
    }
}

unsafe fn receive(state: &mut Deflating, buffers: &mut [lws_tokens; 2], last: bool) -> c_int {
    let [input, output] = buffers;
    // SAFETY: as many bytes as it says, by the API's contract.
    let bytes = unsafe { bytes_of(input) };
    match state.receive(bytes, last) {
        Some((left, answer)) => {
            let used = bytes.len() - left;
            // SAFETY: `used` is at most the length.
            input.token = unsafe { input.token.add(used) };
            input.len = left as c_int;
            (output.token, output.len) = (state.output.as_mut_ptr(), state.output.len() as c_int);
            answer
        }
        None => -1,
    }
}

unsafe fn send(state: &mut Deflating, buffers: &mut [lws_tokens; 2], protocol: lws_write_protocol) -> c_int {
    let [input, output] = buffers;
    // SAFETY: as many bytes as it says, by the API's contract.
    let bytes = unsafe { bytes_of(input) };
    let is_first = protocol & 0x1f != LWS_WRITE_CONTINUATION;
    match state.send(bytes, is_first, protocol & LWS_WRITE_NO_FIN == 0) {
        Some(answer::DID_NOTHING) => answer::DID_NOTHING,
        Some(answer) => {
            input.len = 0;
            (output.token, output.len) = (state.output.as_mut_ptr(), state.output.len() as c_int);
            answer
        }
        None => -1,
    }
}

unsafe fn bytes_of<'a>(tokens: &lws_tokens) -> &'a [u8] {
    match usize::try_from(tokens.len) {
        // SAFETY: the caller's promise.
        Ok(n) if n > 0 && !tokens.token.is_null() => unsafe { std::slice::from_raw_parts(tokens.token, n) },
        _ => &[],
    }
}
