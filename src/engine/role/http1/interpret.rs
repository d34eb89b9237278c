//! Files that a protocol of the program changes while they pass: each piece goes through its LWS_CALLBACK_PROCESS_HTML,
//! which may replace text in place and puts chunk marks around it (`lws_chunked_html_process`).

use std::ffi::c_char;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::role::http1::file::Source;
use crate::engine::transport::Delivery;
use crate::engine::wsi::Wsi;
use crate::wire::http1::table::Version;

/// Room in front of a piece, for the head of a chunk.
const FRONT: usize = 64;
/// Room behind the largest piece, for what its replacements add and the end of the body.
const SPARE: usize = 2048;

/// The answer to this request can be sent in chunks.
pub fn in_chunks(wsi: &Wsi) -> bool {
    wsi.with_http(|http| http.version == Version::Http11) == Some(true)
}

impl Context {
    /// Reads a piece of at most `left` bytes, has it changed and sends it. Gives how many bytes of the file it was.
    pub fn interpret_piece(&self, wsi: &Wsi, source: &mut Source, at: u64, left: u64) -> Option<u64> {
        let most = self.config.pt_serv_buf_size;
        let mut buffer = vec![0; FRONT + most + most + SPARE];
        let ask = most.min(usize::try_from(left).unwrap_or(most));
        let n = if ask == 0 { 0 } else { source.read(at, &mut buffer[FRONT..][..ask]).ok()? };
        if n == 0 && left > 0 {
            return None;
        }
        let start: *mut c_char = buffer[FRONT..].as_mut_ptr().cast();
        let mut args = lws_process_html_args {
            p: start,
            len: n as i32,
            max_len: (most + most + SPARE) as i32,
            r#final: i32::from(n as u64 == left),
            chunked: i32::from(in_chunks(wsi)),
        };
        if self.call(wsi, LWS_CALLBACK_PROCESS_HTML, std::ptr::from_mut(&mut args).cast(), 0) != 0 {
            return None;
        }
        let from = (args.p as usize).wrapping_sub(start as usize).wrapping_add(FRONT);
        let piece = usize::try_from(args.len).ok().and_then(|len| buffer.get(from..from.checked_add(len)?));
        let Some(piece) = piece else {
            crate::util::log::err!("LWS_CALLBACK_PROCESS_HTML wrote more than max_len bytes; the connection is closed");
            return None;
        };
        (self.send_answer(wsi, piece, &[]) != Delivery::Broken).then_some(n as u64)
    }
}
