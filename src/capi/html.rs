//! Variables in HTML that passes. The work is done in `util/html.rs`.

use std::ffi::{CStr, c_int};

use crate::abi::*;
use crate::util::html;

/// Replaces variables in a piece of text in place, and puts chunk marks around it where the answer is sent in chunks. For
/// LWS_CALLBACK_PROCESS_HTML, whose `in` is `args`.
///
/// @param args the piece: `p` and `len` bytes, of which `max_len` may be used; `final` with the last one; `chunked` when it
///             needs chunk marks. `len` is what it has become.
/// @param s names of the variables (each begins with `$`), and `replace`, which gives the text for one, valid until it is
///          called again. What may be the beginning of a variable at the end of a piece is kept in it for the next.
/// @return 0; -1 when it does not fit in `max_len` (nothing is changed), or for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_chunked_html_process(
    args: *mut lws_process_html_args,
    s: *mut lws_process_html_state,
) -> c_int {
    // SAFETY: NULL or live structs, by the API's contract; `replace` may use neither.
    unsafe {
        let (Some(args), Some(s)) = (args.as_mut(), s.as_mut()) else { return -1 };
        let (Ok(len), Ok(room)) = (usize::try_from(args.len), usize::try_from(args.max_len)) else { return -1 };
        if args.p.is_null() || len > room {
            return -1;
        }
        let piece = std::slice::from_raw_parts(args.p.cast::<u8>(), len);
        let count = if s.vars.is_null() { 0 } else { usize::try_from(s.count_vars).unwrap_or(0) };
        let names: Vec<&[u8]> = (0..count)
            .map(|i| {
                let name = *s.vars.add(i);
                if name.is_null() { &[][..] } else { CStr::from_ptr(name).to_bytes() }
            })
            .collect();
        let had = usize::try_from(s.pos).unwrap_or(0).min(html::HELD_MOST);
        let held: Vec<u8> = s.swallow[..had].iter().map(|b| *b as u8).collect();
        let (replace, data) = (s.replace, s.data);
        let text_of = |index: usize| match replace {
            Some(replace) => {
                let text = replace(data, index as c_int);
                if text.is_null() { b"NULL".to_vec() } else { CStr::from_ptr(text).to_bytes().to_vec() }
            }
            None => b"NULL".to_vec(),
        };
        let last = args.r#final != 0;
        let mut out = Vec::new();
        let keep = html::replace_variables(&held, piece, &names, last, text_of, &mut out);
        if args.chunked != 0 {
            out = html::chunk(&out, last);
        }
        if out.len() > room {
            return -1;
        }
        std::ptr::copy_nonoverlapping(out.as_ptr(), args.p.cast(), out.len());
        args.len = out.len() as c_int;
        s.swallow = [0; 16];
        for (to, from) in s.swallow.iter_mut().zip(&keep) {
            *to = *from as std::ffi::c_char;
        }
        s.pos = keep.len() as c_int;
        s.start = args.p;
        0
    }
}
