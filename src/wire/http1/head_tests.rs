//! Tests of the head reader: every head is fed whole, cut in two at every place, and byte by byte.

use super::*;

const DATA: usize = 4096;

fn summary(head: &HeadTable) -> String {
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    let mut s = format!("{:?} {:?} {}", head.version(), head.method(), head.status());
    for t in 0..token::COUNT as u8 {
        let mut n = 0;
        while let Some(f) = head.fragment(t, n) {
            s += &format!(" {t}={}", text(f));
            n += 1;
        }
    }
    for (name, value) in head.customs() {
        s += &format!(" {}{}", text(name), text(value));
    }
    s
}

fn fed(reader: &mut HeadReader, parts: &[&[u8]]) -> Result<(usize, String), HeadError> {
    let mut before = 0;
    for part in parts {
        match reader.feed(part)? {
            Fed::NeedMore => before += part.len(),
            Fed::Done { used, head } => return Ok((before + used, summary(&head))),
        }
    }
    Ok((0, "unfinished".into()))
}

/// Feeds `bytes` in all the ways that they can be cut; gives the bytes used and what was read.
fn every_way(make: fn() -> HeadReader, bytes: &[u8]) -> Result<(usize, String), HeadError> {
    let whole = fed(&mut make(), &[bytes]);
    for cut in 0..=bytes.len() {
        let got = fed(&mut make(), &[&bytes[..cut], &bytes[cut..]]);
        assert_eq!(got, whole, "cut at {cut} of {}", String::from_utf8_lossy(bytes));
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(fed(&mut make(), &single), whole, "byte by byte: {}", String::from_utf8_lossy(bytes));
    whole
}

fn request(text: &[u8]) -> Result<(usize, String), HeadError> {
    every_way(|| HeadReader::request(DATA), text)
}

fn response(text: &[u8]) -> Result<(usize, String), HeadError> {
    every_way(|| HeadReader::response(DATA), text)
}

#[test]
fn a_request_and_what_follows_it() {
    let text = b"GET /p%41th/x?a=1&b HTTP/1.1\r\nHOST:   spaced.example  \r\nX-My: v\r\nX-A:\r\n\r\nbody";
    let (used, said) = request(text).expect("good");
    assert_eq!(used, text.len() - 4);
    assert_eq!(said, "Http11 Some(Get) 0 0=/pAth/x 3=spaced.example   15=HTTP/1.1 76=a=1 76=b x-my:v x-a:");
}

#[test]
fn every_method_has_its_token() {
    for m in Method::ALL {
        let text = format!("{} /x HTTP/1.0\r\n\r\n", m.name());
        let said = request(text.as_bytes()).expect("good").1;
        assert!(said.contains(&format!(" {}=/x", m.token())), "{said}");
        assert!(said.contains("15=HTTP/1.0"), "{said}");
    }
}

#[test]
fn pipelined_requests_come_one_by_one_and_leave_no_heap() {
    let text = b"GET /1 HTTP/1.1\r\n\r\n\r\nGET /2 HTTP/1.1\r\n\r\n";
    let mut reader = HeadReader::request(DATA);
    let Ok(Fed::Done { used, head }) = reader.feed(text) else { panic!("first") };
    assert_eq!(head.uri_and_method(), Some((Method::Get, &b"/1"[..])));
    assert!(!reader.has_begun() && reader.raw.capacity() == 0);
    assert!(matches!(reader.feed(&text[used..used + 7]), Ok(Fed::NeedMore)));
    assert!(reader.has_begun());
    let Ok(Fed::Done { used: rest, head }) = reader.feed(&text[used + 7..]) else { panic!("second") };
    assert_eq!(used + 7 + rest, text.len());
    assert_eq!(head.uri_and_method(), Some((Method::Get, &b"/2"[..])));
    assert!(!reader.has_begun() && reader.raw.capacity() == 0);
}

#[test]
fn target_forms() {
    let uri = |line: &str| request(format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes()).map(|r| r.1);
    assert_eq!(uri("OPTIONS *").as_deref(), Ok("Http11 Some(Options) 0 2=* 3=h 15=HTTP/1.1"));
    assert_eq!(uri("CONNECT a:443").as_deref(), Ok("Http11 Some(Connect) 0 3=h 15=HTTP/1.1 81=a:443"));
    assert_eq!(uri("GET http://a:1/b/../c?d").as_deref(), Ok("Http11 Some(Get) 0 0=/c 3=a:1 15=HTTP/1.1 76=d"));
    assert_eq!(uri("GET HTTPS://a").as_deref(), Ok("Http11 Some(Get) 0 0=/ 3=a 15=HTTP/1.1"));
    assert_eq!(uri("GET http://a?q").as_deref(), Ok("Http11 Some(Get) 0 0=/ 3=a 15=HTTP/1.1 76=q"));
    for bad in [
        "GET *",
        "GET abc",
        "GET http://",
        "GET http://u@h/",
        "GET ftp://a/",
        "GET /%zz",
        "GET /a%00",
        "GET /a%0d",
        "GET /?%",
    ] {
        assert_eq!(uri(bad), Err(HeadError::Target), "{bad}");
    }
}

#[test]
fn what_two_parsers_could_read_in_two_ways_is_refused() {
    for (text, why) in [
        ("GET / HTTP/1.1\nHost: a\r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.1\r\nHost: a\nFoo: b\r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.1\r\nHost: a\r\n\n", HeadError::Header),
        ("GET / HTTP/1.1\r\nAccept: a\r\n b\r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.1\r\n Accept: a\r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.1\r\nHost\r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.1\r\n: a\r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.1\r\nFo(o: a\r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.1\r\nF\0oo: a\r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.1\r\nFoo: a\0b\r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.1\r\nFoo: a\rb\r\n\r\n", HeadError::Header),
        ("GET  / HTTP/1.1\r\n\r\n", HeadError::Target),
        ("GET /  HTTP/1.1\r\n\r\n", HeadError::Version),
        ("GET / x HTTP/1.1\r\n\r\n", HeadError::Version),
        ("GET / HTTP/1.1 \r\n\r\n", HeadError::Header),
        ("GET / HTTP/1.2\r\n\r\n", HeadError::Version),
        ("GET / HTTP/2.0\r\n\r\n", HeadError::Version),
        ("GET / http/1.1\r\n\r\n", HeadError::Version),
        ("GET /\r\n\r\n", HeadError::Target),
        ("TRACE / HTTP/1.1\r\n\r\n", HeadError::Method),
        ("get / HTTP/1.1\r\n\r\n", HeadError::Method),
        ("GETX / HTTP/1.1\r\n\r\n", HeadError::Method),
        ("GET\t/ HTTP/1.1\r\n\r\n", HeadError::Method),
        (" GET / HTTP/1.1\r\n\r\n", HeadError::Method),
        ("\x16\x03\x01\x02", HeadError::Method),
    ] {
        let got = request(text.as_bytes());
        assert_eq!(got, Err(why), "{text:?}");
    }
}

#[test]
fn refused_with_the_first_byte_that_shows_it() {
    assert!(matches!(HeadReader::request(DATA).feed(b"X"), Err(HeadError::Method)));
    assert!(matches!(HeadReader::request(DATA).feed(b"GE"), Ok(Fed::NeedMore)));
    assert!(matches!(HeadReader::request(DATA).feed(b"GET / HTTP/3.0\r\n"), Err(HeadError::Version)));
    assert!(matches!(HeadReader::response(DATA).feed(b"SSH-2.0"), Err(HeadError::StatusLine)));
    let mut reader = HeadReader::request(DATA);
    assert!(reader.feed(b"X").is_err());
    assert!(matches!(reader.feed(b"GET / HTTP/1.1\r\n\r\n"), Err(HeadError::Method)), "an error stays");
}

#[test]
fn bounds() {
    let head = |uri: usize, cookie: usize| {
        format!("GET /{} HTTP/1.1\r\nCookie: {}\r\n\r\n", "u".repeat(uri), "c".repeat(cookie))
    };
    let read = |text: &str| HeadReader::request(DATA).feed(text.as_bytes()).map(|_| ());
    assert_eq!(read(&head(4050, 5)), Ok(()));
    assert_eq!(read(&head(5, 4050)), Ok(()));
    assert_eq!(read(&head(5, 5000)), Err(HeadError::TooLarge));
    assert_eq!(read(&head(20000, 5)), Err(HeadError::TargetTooLong));
    assert_eq!(read(&head(5, 20000)), Err(HeadError::TooLarge));
    let many = |n: usize| format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(n));
    assert_eq!(read(&many(MAX_FIELDS)), Ok(()));
    assert_eq!(read(&many(MAX_FIELDS + 1)), Err(HeadError::TooLarge));
    let args = format!("GET /?{} HTTP/1.1\r\n\r\n", "&".repeat(600));
    assert_eq!(read(&args), Err(HeadError::TooLarge));
    // One byte at a time without an end: refused when the bound is reached, never kept beyond it.
    let mut reader = HeadReader::request(100);
    assert!(matches!(reader.feed(b"GET /"), Ok(Fed::NeedMore)));
    let mut n = 5;
    let error = loop {
        match reader.feed(b"u") {
            Ok(_) => n += 1,
            Err(e) => break e,
        }
        assert!(n < 100 + WIRE_EXTRA);
    };
    assert_eq!(error, HeadError::TargetTooLong);
}

#[test]
fn endless_empty_lines_are_bounded() {
    let lines = "\r\n".repeat(10_000);
    assert!(matches!(HeadReader::request(DATA).feed(lines.as_bytes()), Err(HeadError::TargetTooLong)));
}

#[test]
fn responses() {
    for (text, want) in [
        ("HTTP/1.1 200 OK\r\nServer: s\r\nFoo: bar\r\n\r\n", "Http11 None 200 15=200 OK 65=s foo:bar"),
        ("HTTP/1.0 404 Not  Found \r\n\r\n", "Http10 None 404 79=404 Not  Found "),
        ("HTTP/1.1 204\r\n\r\n", "Http11 None 204 15=204"),
        ("HTTP/1.1 200 \r\n\r\n", "Http11 None 200 15=200 "),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
            "Http11 None 101 5=websocket 15=101 Switching Protocols",
        ),
        ("HTTP/1.1 200 OK\nServer: s\n\n", "Http11 None 200 15=200 OK 65=s"),
        (
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n\r\n",
            "Http11 None 200 15=200 OK 66=a=1; Path=/ 66=  b=2",
        ),
    ] {
        let got = response(text.as_bytes());
        assert_eq!(got, Ok((text.len(), want.to_string())), "{text:?}");
    }
    for (text, why) in [
        ("HTTP/1.1 20 OK\r\n\r\n", HeadError::StatusLine),
        ("HTTP/1.1 abc OK\r\n\r\n", HeadError::StatusLine),
        ("HTTP/2.0 200 OK\r\n\r\n", HeadError::Version),
        ("HTTP/1.2 200 OK\r\n\r\n", HeadError::Version),
        ("HTTP/1.1 200 OK\r\nFoo: a\r\n b\r\n\r\n", HeadError::Header),
        ("garbage\r\n\r\n", HeadError::StatusLine),
    ] {
        assert_eq!(response(text.as_bytes()), Err(why), "{text:?}");
    }
}
