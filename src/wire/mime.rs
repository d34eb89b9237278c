//! scratch
pub fn by_name(n: &str) -> Option<&'static str> { if n.ends_with(".html") { Some("text/html") } else if n.ends_with(".txt") { Some("text/plain") } else { None } }
