//! Finds single values in short JSON texts by plain search, without parsing them.

/// The first place of `name` in `text`.
pub fn find_bytes(text: &[u8], name: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, name)
}

/// The value after the first place of `name` (such as `"key":`): what stands in quotes (up to the end
/// where the second is missing), or else up to a comma or a
/// closing bracket. As its place and length; None without `name` or without a value.
pub fn find(text: &[u8], name: &[u8]) -> Option<(usize, usize)> {
    let mut at = find_bytes(text, name)? + name.len();
    while matches!(text.get(at)?, b' ' | b'\t') {
        at += 1;
    }
    if text[at] == b'"' {
        let value = &text[at + 1..];
        let mut escaped = false;
        let len = value.iter().position(|&c| {
            let end = c == b'"' && !escaped;
            escaped = c == b'\\' && !escaped;
            end
        });
        return Some((at + 1, len.unwrap_or(value.len())));
    }
    let len = text[at..].iter().take_while(|c| !matches!(c, b'}' | b',' | b']')).count();
    Some((at, len))
}
