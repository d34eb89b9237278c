//! Host names against the common name of a certificate that has no DNS names of its own.

/// Whether `pattern` (a certificate's common name) stands for `host`: the same text, or a first label of `*` for exactly
/// one label (RFC 6125 section 6.4.3). A numeric address has to be the same text.
pub fn common_name_covers(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (pattern.trim_end_matches('.'), host.trim_end_matches('.'));
    if host.is_empty() {
        return false;
    }
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(rest) = pattern.strip_prefix("*.") else { return false };
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    match host.split_once('.') {
        Some((label, tail)) => {
            !is_address && !label.is_empty() && rest.contains('.') && tail.eq_ignore_ascii_case(rest)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::common_name_covers;

    #[test]
    fn the_same_name_in_any_case() {
        assert!(common_name_covers("Example.org", "example.ORG"));
        assert!(common_name_covers("127.0.0.1", "127.0.0.1"));
        assert!(!common_name_covers("example.org", "www.example.org"));
        assert!(!common_name_covers("example.org", ""));
        assert!(!common_name_covers("", ""));
    }

    #[test]
    fn a_star_stands_for_one_label_only() {
        assert!(common_name_covers("*.example.org", "www.example.org"));
        assert!(!common_name_covers("*.example.org", "example.org"));
        assert!(!common_name_covers("*.example.org", "a.b.example.org"));
        assert!(!common_name_covers("*.org", "example.org"), "not for a whole top level");
        assert!(!common_name_covers("*", "example"));
        assert!(!common_name_covers("w*.example.org", "www.example.org"));
        assert!(!common_name_covers("*.0.0.1", "127.0.0.1"));
    }
}
