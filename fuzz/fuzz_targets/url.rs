//! No decoded path climbs; escaping and decoding are inverse; a purified file name has no "..".
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::url;

fuzz_target!(|data: &[u8]| {
    let mut path = b"kept".to_vec();
    if url::push_path(&mut path, data).is_ok() {
        let path = path.strip_prefix(b"kept").expect("what stood there stays");
        assert_eq!(path.first(), Some(&b'/'));
        assert!(!path.contains(&0));
        assert!(path.len() <= data.len());
        assert!(!path.windows(2).any(|w| w == b"//"));
        assert!(!path.split(|b| *b == b'/').any(|segment| matches!(segment, b"." | b"..")));

        let mut escaped = Vec::new();
        url::push_escaped_path(&mut escaped, path);
        let mut again = Vec::new();
        url::push_path(&mut again, &escaped).expect("our own escapes are good");
        assert_eq!(again, path);
    }
    for arg in url::query_args(data) {
        let mut out = Vec::new();
        let _ = url::push_arg(&mut out, arg);
        assert!(out.len() <= arg.len());
    }
    let mut form = vec![0; data.len() * 3 + 4];
    let n = url::encode_form(&mut form, data, 3);
    if !data.contains(&0) {
        let mut decoded = Vec::new();
        url::push_arg(&mut decoded, &form[..n]).expect("our own escapes are good");
        // An escaped "=" in a name comes back as "_".
        assert_eq!(decoded.len(), data.len());
        assert!(decoded.iter().zip(data).all(|(a, b)| a == b || (*a, *b) == (b'_', b'=')));
    }
    let mut name = data.to_vec();
    url::purify_filename(&mut name);
    assert!(!name.windows(2).any(|w| w == b".."));
});
