//! Where a redirect leads can be asked for: a path that begins with a slash and has no blank, a server that has a name and a
//! port, never from TLS to plain text. What is resolved once and written as a URL leads to the same place again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::http1::location::{Location, resolve};

fn is_fit(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b > b' ' && b != 0x7f && b != b'#')
}

fuzz_target!(|data: &[u8]| {
    let [how, rest @ ..] = data else { return };
    let tls = how & 1 != 0;
    let text = String::from_utf8_lossy(rest);
    let (base, target) = text.split_once('\n').unwrap_or(("", &text));
    let base = format!("/{}", base.replace(|c: char| c <= ' ' || c == '\x7f' || c == '#', ""));
    match resolve(tls, &base, target) {
        Err(_) => {}
        Ok(Location::Here { path }) => {
            assert!(path.starts_with('/') && is_fit(&path), "{path:?}");
        }
        Ok(Location::There { tls: to_tls, address, port, host, path }) => {
            assert!(path.starts_with('/') && is_fit(&path), "{path:?}");
            assert!(is_fit(&address) && is_fit(&host) && port != 0, "{address:?} {host:?} {port}");
            assert!(!address.starts_with('+') && !host.contains(['@', '/', '?']), "{address:?} {host:?}");
            assert!(to_tls || !tls, "TLS is given up");
            let name = if address.contains(':') { format!("[{address}]") } else { address.clone() };
            let scheme = if to_tls { "wss" } else { "ws" };
            let again = resolve(tls, "/", &format!("{scheme}://{name}:{port}{path}"));
            let host = format!("{name}:{port}");
            assert_eq!(again, Ok(Location::There { tls: to_tls, address, port, host, path }));
        }
    }
});
