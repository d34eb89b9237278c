//! Certificates, keys, cipher lists and names of any bytes are read or refused, and what is taken of them is sound.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::net::tls::certificate::{Facts, Purpose};
use websockets::net::tls::{ciphers, names, pem_file};

fuzz_target!(|data: &[u8]| {
    let Some((what, bytes)) = data.split_first() else { return };
    match what % 4 {
        0 => {
            for der in pem_file::certificates(bytes).unwrap_or_default() {
                facts(&der);
            }
        }
        // Without a password: how long one takes to try is for the file to say.
        1 => drop(pem_file::key(bytes, None)),
        2 => facts(bytes),
        _ => {
            let text = String::from_utf8_lossy(bytes);
            let known = (ciphers::all_1_2(), ciphers::all_1_3());
            for (chosen, all) in [(ciphers::tls_1_2(&text), &known.0), (ciphers::tls_1_3(&text), &known.1)] {
                for (n, suite) in chosen.suites.iter().enumerate() {
                    assert!(all.contains(suite) && !chosen.suites[..n].contains(suite));
                }
            }
            let (pattern, host) = text.split_once('\n').unwrap_or((&text, "www.example.org"));
            if names::common_name_covers(pattern, host) && !pattern.contains('*') {
                assert!(pattern.trim_end_matches('.').eq_ignore_ascii_case(host.trim_end_matches('.')));
            }
        }
    }
});

fn facts(der: &[u8]) {
    if let Ok(facts) = Facts::of(der) {
        facts.serves(Purpose::Server);
        facts.serves(Purpose::Client);
        facts.names_as_issuer(&facts);
    }
}
