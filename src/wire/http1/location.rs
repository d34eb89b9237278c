//! Where a redirect leads: the Location header against the request that it answers (RFC 9110 section 10.2.2, RFC 3986 section
//! 5). Only what can be joined and asked for passes: http, https, ws and wss, no user names, no way from TLS to plain text.

/// Where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Another path of the same server.
    Here {
        /// Path and query; begins with a slash.
        path: String,
    },
    /// A server that is named.
    There {
        /// TLS is spoken there.
        tls: bool,
        /// Host name or address; an IPv6 address without its brackets.
        address: String,
        /// TCP port.
        port: u16,
        /// The Host header.
        host: String,
        /// Path and query; begins with a slash.
        path: String,
    },
}

/// It cannot be made out, or not followed.
const BAD: &str = "HS: URI did not parse";

/// Where `target` leads from a request for `path`, made with TLS or not. The errors are 4.1.6's texts.
pub fn resolve(tls: bool, path: &str, target: &str) -> Result<Location, &'static str> {
    if target.is_empty() || target.bytes().any(|b| b <= b' ' || b == 0x7f) {
        return Err(BAD);
    }
    let target = target.split('#').next().unwrap_or(target);
    let Some((scheme, rest)) = split_scheme(target, tls) else {
        return Ok(Location::Here { path: resolve_path(path, target) });
    };
    let to_tls = match scheme {
        s if s.eq_ignore_ascii_case("http") || s.eq_ignore_ascii_case("ws") => false,
        s if s.eq_ignore_ascii_case("https") || s.eq_ignore_ascii_case("wss") => true,
        _ => return Err(BAD),
    };
    if tls && !to_tls {
        return Err("HS: Redirect attempted SSL downgrade");
    }
    let (authority, path) = match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let (name, port) = split_port(authority).ok_or(BAD)?;
    Ok(Location::There {
        tls: to_tls,
        address: name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name).to_owned(),
        port: port.unwrap_or(if to_tls { 443 } else { 80 }),
        host: authority.to_owned(),
        path: if path.starts_with('/') { path.to_owned() } else { format!("/{path}") },
    })
}

/// The scheme of an absolute URL and what is behind its `//`; `//host` has the scheme of the request.
fn split_scheme(target: &str, tls: bool) -> Option<(&str, &str)> {
    if let Some(rest) = target.strip_prefix("//") {
        return Some((if tls { "https" } else { "http" }, rest));
    }
    let (scheme, rest) = target.split_once("://")?;
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    is_scheme.then_some((scheme, rest))
}

/// Host and port of an authority; `None` when it is none that can be joined (user names are refused, and brackets around
/// anything but an IPv6 address).
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    if authority.contains('@') {
        return None;
    }
    let colon = authority.rfind(':').filter(|at| !authority[*at..].contains(']'));
    let (host, port) = match colon {
        None => (authority, None),
        Some(at) => (&authority[..at], Some(&authority[at + 1..]).filter(|p| !p.is_empty())),
    };
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|a| a.contains(':'))?,
        None if host.contains(':') => return None,
        None => host,
    };
    if bare.is_empty() || bare.contains(['[', ']', '+', '\\', '"', '<', '>']) {
        return None;
    }
    match port {
        None => Some((host, None)),
        Some(text) if !text.bytes().all(|b| b.is_ascii_digit()) => None,
        Some(text) => Some((host, Some(text.parse().ok().filter(|p| *p != 0)?))),
    }
}

/// A relative reference against the path of the request.
fn resolve_path(base: &str, target: &str) -> String {
    if target.is_empty() {
        return base.to_owned();
    }
    if target.starts_with('/') {
        return target.to_owned();
    }
    let path = base.split('?').next().unwrap_or("/");
    if target.starts_with('?') {
        return format!("{path}{target}");
    }
    let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
    let (reference, query) = target.find('?').map_or((target, ""), |at| target.split_at(at));
    format!("{}{query}", without_dots(&format!("{folder}{reference}")))
}

/// A path without its `.` and `..` (RFC 3986 section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut out = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => {
                out.pop();
            }
            _ => out.push(segment),
        }
    }
    if path.ends_with("/.") || path.ends_with("/..") {
        out.push("");
    }
    format!("/{}", out.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(target: &str) -> Result<Location, &'static str> {
        resolve(false, "/x/y?q", target)
    }

    #[test]
    fn relative_targets_stay_with_the_server() {
        let stays = |path: &str| Ok(Location::Here { path: path.to_owned() });
        assert_eq!(go("/there"), stays("/there"));
        assert_eq!(go("z?1"), stays("/x/z?1"));
        assert_eq!(go("?2"), stays("/x/y?2"));
        assert_eq!(go("/a#frag"), stays("/a"));
        assert_eq!(go("#frag"), stays("/x/y?q"));
        assert_eq!(go("../z?../1"), stays("/z?../1"));
        assert_eq!(go("../../.."), stays("/"));
        assert_eq!(go("./"), stays("/x/"));
        assert_eq!(go("a/./b/.."), stays("/x/a/"));
        assert_eq!(go("z?to=http://b/"), stays("/x/z?to=http://b/"));
    }

    #[test]
    fn absolute_targets_name_another_server() {
        let to = |tls: bool, address: &str, port: u16, host: &str, path: &str| {
            let (address, host, path) = (address.to_owned(), host.to_owned(), path.to_owned());
            Ok(Location::There { tls, address, port, host, path })
        };
        assert_eq!(go("http://b/c"), to(false, "b", 80, "b", "/c"));
        assert_eq!(go("ws://b:81"), to(false, "b", 81, "b:81", "/"));
        assert_eq!(go("//b:81?x"), to(false, "b", 81, "b:81", "/?x"));
        assert_eq!(go("http://b:/c"), to(false, "b", 80, "b:", "/c"));
        assert_eq!(go("http://[::1]:5/c"), to(false, "::1", 5, "[::1]:5", "/c"));
        assert_eq!(go("https://b/"), to(true, "b", 443, "b", "/"));
        assert_eq!(resolve(true, "/", "//b/"), to(true, "b", 443, "b", "/"));
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        for bad in [
            "",
            "http://",
            "http://u@h/",
            "ftp://h/",
            "http://h:0/",
            "http://h:99999/",
            "/a b",
            "http://:80/",
            "http://h:+1/",
            "http://::1/",
            "http://[]/",
            "http://[h]/",
            "http://[::1/",
            "http://+/tmp/socket",
            "http://a]b/",
        ] {
            assert_eq!(go(bad), Err(BAD), "{bad}");
        }
        assert_eq!(resolve(true, "/", "http://b/"), Err("HS: Redirect attempted SSL downgrade"));
    }
}
