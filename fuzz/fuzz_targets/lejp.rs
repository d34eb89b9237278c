//! JSON says the same in whatever pieces it comes, but for LEJPCB_START; nothing that a peer sends leaves the parser's bounds.
#![no_main]

use std::ffi::{c_char, c_void};

use libfuzzer_sys::fuzz_target;
use websockets::abi::*;
use websockets::util::lejp::Parser;

type Seen = Vec<(c_char, Vec<c_char>, Vec<c_char>, u8)>;

unsafe extern "C" fn note(ctx: *mut lejp_ctx, reason: c_char) -> i8 {
    // SAFETY: the parser is live; `user` is the list given below.
    let (ctx, seen) = unsafe { (&*ctx, &mut *(*ctx).user.cast::<Seen>()) };
    assert!(ctx.path.contains(&0));
    let is_text = matches!(reason as u32, LEJPCB_VAL_STR_CHUNK | LEJPCB_VAL_STR_END);
    let text = if is_text { ctx.buf[..ctx.npos as usize].to_vec() } else { Vec::new() };
    if reason as u32 != LEJPCB_START {
        seen.push((reason, ctx.path.to_vec(), text, ctx.path_match));
    }
    0
}

fn parse(pieces: &[&[u8]]) -> (i32, Seen) {
    let paths = [c"a".as_ptr(), c"*.b".as_ptr(), c"a[].*".as_ptr(), c"*.*.*.*.*.*.*".as_ptr()];
    let mut seen = Seen::new();
    // SAFETY: plain memory; all-zero is a value of it.
    let mut ctx: lejp_ctx = unsafe { std::mem::zeroed() };
    // SAFETY: `ctx`, the paths and the list outlive the parser.
    let parser = unsafe { Parser::new(&raw mut ctx) };
    parser.construct(Some(note), (&raw mut seen).cast::<c_void>(), paths.as_ptr(), paths.len() as u8);
    let mut rc = LEJP_CONTINUE;
    for piece in pieces {
        if rc != LEJP_CONTINUE {
            break;
        }
        rc = parser.parse(piece);
    }
    // What is left over depends on the pieces.
    (rc.min(0), seen)
}

fuzz_target!(|data: &[u8]| {
    let Some((&cut, json)) = data.split_first() else { return };
    let cut = (cut as usize * 7) % (json.len() + 1);
    let (whole, seen) = parse(&[json]);
    let (parts, seen_parts) = parse(&[&json[..cut], &json[cut..]]);
    assert_eq!(whole, parts);
    assert_eq!(seen.len(), seen_parts.len());
    assert!(seen.iter().zip(&seen_parts).all(|(a, b)| (a.0, &a.2, a.3) == (b.0, &b.2, b.3)));
});
