//! The streaming JSON parser, as C sees it. The work is done in `util/lejp.rs`.

use std::ffi::{c_char, c_int, c_uchar, c_void};

use crate::abi::{LEJP_REJECT_UNKNOWN, lejp_callback, lejp_ctx};
use crate::capi::enter::guarded;
use crate::util::cptr;
use crate::util::lejp::{self, Parser};

/// Sets up a parser that the caller allocated, and tells its callback LEJPCB_CONSTRUCTED.
///
/// `callback` is told of each thing in the JSON; it finds `user` in `ctx->user`. `paths` is a table of `paths_count` texts:
/// names with dots between them, `[]` for an array, and `*` for any name or, at the end, for all that is left. While the
/// parser is at a place that fits one, `ctx->path_match` is 1 + its index; of several the first counts. The table stays the
/// caller's and lives as long as the parser. When the texts are members of larger structs, set `ctx->path_stride` to the
/// struct's size after this call. Nothing for a NULL `ctx`.
///
/// # Safety
/// `ctx` is NULL or writable; `paths` is NULL or has `paths_count` entries, NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lejp_construct(
    ctx: *mut lejp_ctx,
    callback: Option<unsafe extern "C" fn(ctx: *mut lejp_ctx, reason: c_char) -> i8>,
    user: *mut c_void,
    paths: *const *const c_char,
    paths_count: c_uchar,
) {
    if !ctx.is_null() {
        // SAFETY: as the caller promises.
        guarded("lejp_construct", (), || unsafe { Parser::new(ctx) }.construct(callback, user, paths, paths_count));
    }
}

/// Ends a parser: its callback is told LEJPCB_DESTRUCTED. Frees nothing: the parser is the caller's. Nothing for NULL.
///
/// # Safety
/// `ctx` is NULL or was set up by lejp_construct().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lejp_destruct(ctx: *mut lejp_ctx) {
    if !ctx.is_null() {
        // SAFETY: as the caller promises.
        guarded("lejp_destruct", (), || unsafe { Parser::new(ctx) }.destruct());
    }
}

/// Parses a piece of JSON of `len` bytes, which may begin and end anywhere. A `#` outside a string makes a comment up to
/// the end of the line.
///
/// Returns LEJP_CONTINUE (-1) when more is needed; when the JSON is complete, how many of these bytes were not used (0 or
/// more); else another negative LEJP_REJECT_ code, after the callback was told LEJPCB_FAILED: lejp_error_to_string() has
/// its text. JSON is an object that has members, or an array. Nested deeper than 11 levels, or with a path of 128 bytes or
/// more, it ends with LEJP_REJECT_STACK_OVERFLOW, with more than 5 arrays within each other with
/// LEJP_REJECT_MP_DELIM_ISTACK. LEJP_REJECT_UNKNOWN for NULL and a negative `len`.
///
/// # Safety
/// `ctx` is NULL or was set up by lejp_construct(); `json` is NULL or has `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lejp_parse(ctx: *mut lejp_ctx, json: *const c_uchar, len: c_int) -> c_int {
    // SAFETY: as the caller promises.
    let Some(json) = (unsafe { cptr::length(len).and_then(|n| cptr::bytes(json, n)) }) else {
        return LEJP_REJECT_UNKNOWN;
    };
    if ctx.is_null() {
        return LEJP_REJECT_UNKNOWN;
    }
    // SAFETY: as the caller promises.
    guarded("lejp_parse", LEJP_REJECT_UNKNOWN, || unsafe { Parser::new(ctx) }.parse(json))
}

/// Gives a parser another callback: the old one is told LEJPCB_DESTRUCTED, the new one LEJPCB_CONSTRUCTED and
/// LEJPCB_START. Callbacks may do it to follow JSON whose form depends on its content. Nothing for a NULL `ctx`.
///
/// # Safety
/// `ctx` is NULL or was set up by lejp_construct().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lejp_change_callback(
    ctx: *mut lejp_ctx,
    callback: Option<unsafe extern "C" fn(ctx: *mut lejp_ctx, reason: c_char) -> i8>,
) {
    if !ctx.is_null() {
        // SAFETY: as the caller promises.
        guarded("lejp_change_callback", (), || unsafe { Parser::new(ctx) }.change_callback(callback));
    }
}

/// Puts a parser with its own paths, callback and user pointer (`ctx->pst[ctx->pst_sp].user`) on top of the one that runs;
/// it takes over at once and its paths begin where it was pushed. For callbacks at LEJPCB_OBJECT_START.
///
/// Returns 0; -1 when 5 are stacked already, and for NULL.
///
/// # Safety
/// `ctx` is NULL or was set up by lejp_construct(); `paths` is NULL or has `paths_count` entries, NUL-ended, which live
/// until lejp_parser_pop().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lejp_parser_push(
    ctx: *mut lejp_ctx,
    user: *mut c_void,
    paths: *const *const c_char,
    paths_count: c_uchar,
    lejp_cb: lejp_callback,
) -> c_int {
    if ctx.is_null() {
        return -1;
    }
    guarded("lejp_parser_push", -1, || {
        // SAFETY: as the caller promises.
        if unsafe { Parser::new(ctx) }.push(user, paths, paths_count, lejp_cb) { 0 } else { -1 }
    })
}

/// Takes the parser off again that lejp_parser_push() put on top. For its callback, at LEJPCB_OBJECT_END.
///
/// Returns 0; -1 when there is only the first, and for NULL.
///
/// # Safety
/// `ctx` is NULL or was set up by lejp_construct().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lejp_parser_pop(ctx: *mut lejp_ctx) -> c_int {
    if ctx.is_null() {
        return -1;
    }
    // SAFETY: as the caller promises.
    guarded("lejp_parser_pop", -1, || if unsafe { Parser::new(ctx) }.pop() { 0 } else { -1 })
}

/// Compares where the parser is with its paths and sets `ctx->path_match`, unless one matches already. The parser does it
/// by itself; a program may after it changed `ctx->path` or set `ctx->path_match` to 0. Nothing for NULL.
///
/// # Safety
/// `ctx` is NULL or was set up by lejp_construct().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lejp_check_path_match(ctx: *mut lejp_ctx) {
    if !ctx.is_null() {
        // SAFETY: as the caller promises.
        guarded("lejp_check_path_match", (), || unsafe { Parser::new(ctx) }.check_path_match());
    }
}

/// Copies what a `*` of the matching path stands for, up to the next dot, cut to fit and NUL-ended.
///
/// `wildcard` counts them from 0; the first 5 of a path are known. `dest` has room for `len` bytes. Returns the count of
/// bytes written, with the NUL; 0 when nothing is: no such `*`, no path matches, no room, NULL.
///
/// # Safety
/// `ctx` is NULL or was set up by lejp_construct(); `dest` is NULL or has `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lejp_get_wildcard(
    ctx: *mut lejp_ctx,
    wildcard: c_int,
    dest: *mut c_char,
    len: c_int,
) -> c_int {
    let (Some(index), Some(room)) = (cptr::length(wildcard), cptr::length(len)) else { return 0 };
    if ctx.is_null() || dest.is_null() || room == 0 {
        return 0;
    }
    // SAFETY: as the caller promises.
    guarded("lejp_get_wildcard", 0, || unsafe {
        let parser = Parser::new(ctx);
        let Some(part) = parser.wildcard(index) else { return 0 };
        let n = part.len().min(room - 1);
        std::ptr::copy_nonoverlapping(part.as_ptr(), dest.cast(), n);
        *dest.add(n) = 0;
        n as c_int + 1
    })
}

/// What a negative result of lejp_parse() means, as a text. Positive ones have the empty text. The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn lejp_error_to_string(e: c_int) -> *const c_char {
    lejp::text(e).as_ptr()
}
