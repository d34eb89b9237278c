//! A JSON configuration, whatever it says, stays within the room for its texts; what it makes of them can be read.
#![no_main]

use std::ffi::{CStr, c_char};

use libfuzzer_sys::fuzz_target;
use websockets::abi::*;
use websockets::util::config::{self, Arena, Source};

/// Reads a text, which has to lie in the room, or not be there.
fn text(room: &std::ops::Range<usize>, p: *const c_char) {
    if !p.is_null() {
        assert!(room.contains(&(p as usize)));
        // SAFETY: in the room; a text that did not end there would be told by AddressSanitizer.
        let text = unsafe { CStr::from_ptr(p) };
        assert!(p as usize + text.to_bytes_with_nul().len() <= room.end);
    }
}

fn list(room: &std::ops::Range<usize>, mut entry: *const lws_protocol_vhost_options) {
    while !entry.is_null() {
        // SAFETY: what was laid into the room.
        let e = unsafe { &*entry };
        text(room, e.name);
        text(room, e.value);
        list(room, e.options);
        entry = e.next;
    }
}

fn look(room: &std::ops::Range<usize>, info: &lws_context_creation_info) {
    for p in [info.vhost_name, info.iface, info.server_string, info.alpn, info.error_document_404, info.username] {
        text(room, p);
    }
    for l in [info.headers, info.pvo, info.reject_service_keywords] {
        list(room, l);
    }
    let mut mount = info.mounts;
    while !mount.is_null() {
        // SAFETY: what was laid into the room.
        let m = unsafe { &*mount };
        for p in [m.mountpoint, m.origin, m.def, m.protocol, m.basic_auth_login_file] {
            text(room, p);
        }
        for l in [m.cgienv, m.extra_mimetypes, m.interpret] {
            list(room, l);
        }
        assert!(u32::from(m.origin_protocol) <= LWSMPRO_CALLBACK);
        mount = m.mount_next;
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&size, json)) = data.split_first() else { return };
    let mut memory: Vec<u8> = vec![0xaa; usize::from(size) * 64];
    let room = memory.as_ptr() as usize..memory.as_ptr() as usize + memory.len();
    // SAFETY: C programs clear this struct with memset; every member allows zero bytes.
    let mut info: lws_context_creation_info = unsafe { std::mem::zeroed() };
    // SAFETY: the memory outlives what is laid into it, and nothing else uses it.
    unsafe {
        let mut arena = Arena::new(memory.as_mut_ptr().cast(), memory.len());
        let _ = config::globals(&Source::Text(json), &mut info, &mut arena);
        look(&room, &info);
        info = std::mem::zeroed();
        let mut arena = Arena::new(memory.as_mut_ptr().cast(), memory.len());
        let mut made = 0;
        let mut make = |info: &lws_context_creation_info, _| {
            look(&room, info);
            made += 1;
            made % 5 != 0
        };
        let _ = config::vhosts(&Source::Text(json), &mut info, &mut arena, &mut make);
        assert_eq!(arena.rest().0 as usize + arena.rest().1, room.end);
    }
});
