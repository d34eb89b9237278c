//! File operations: which of a list a path belongs to, and where a position may move.

/// Where in a path the part inside an archive begins: behind the first slash that ends one of the signatures (".zip/"),
/// which of them it is, and in which set. Sets are looked through in order at each slash.
///
/// A signature that begins the path does not count: there would be no archive's name before it.
pub fn archive_split<'a, S>(path: &[u8], sets: S) -> Option<(usize, usize)>
where
    S: Iterator<Item = &'a [Option<&'a [u8]>]> + Clone,
{
    for (at, _) in path.iter().enumerate().filter(|(_, c)| **c == b'/') {
        for (n, set) in sets.clone().enumerate() {
            // A set ends at its first empty place.
            let fits = |sig: &[u8]| !sig.is_empty() && sig.len() <= at && path[..=at].ends_with(sig);
            if set.iter().map_while(|sig| *sig).any(fits) {
                return Some((n, at + 1));
            }
        }
    }
    None
}

/// Where a move by `offset` from `pos` ends in a file of `len` bytes: between its ends, but never back from a position
/// that is behind the end already when the move goes forward.
pub fn moved(pos: u64, offset: i64, len: u64) -> u64 {
    pos.saturating_add_signed(offset).min(len.max(pos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(path: &str) -> Option<(usize, usize)> {
        let zip: [Option<&[u8]>; 3] = [Some(b".zip/"), Some(b".jar/"), None];
        let tar: [Option<&[u8]>; 3] = [Some(b".tgz/"), None, Some(b"never/")];
        archive_split(path.as_bytes(), [&zip[..], &tar[..]].into_iter())
    }

    #[test]
    fn the_first_signature_in_a_path_decides() {
        assert_eq!(split("/a/x.zip/b"), Some((0, 9)));
        assert_eq!(split("x.zip/"), Some((0, 6)));
        assert_eq!(split("a.tgz/b.zip/c"), Some((1, 6)));
        assert_eq!(split("a.zip//b"), Some((0, 6)));
    }

    #[test]
    fn a_path_without_an_archive_has_no_split() {
        for path in ["", "/", "x.zip", ".zip/a", "a.ZIP/b", "never/x", "a/never/x", "zip/x"] {
            assert_eq!(split(path), None, "{path}");
        }
    }

    #[test]
    fn positions_stay_between_the_ends() {
        assert_eq!(moved(3, -5, 10), 0);
        assert_eq!(moved(3, 5, 10), 8);
        assert_eq!(moved(3, i64::MAX, 10), 10);
        assert_eq!(moved(3, i64::MIN, 10), 0);
        assert_eq!(moved(13, 1, 10), 13);
        assert_eq!(moved(13, -1, 10), 12);
    }
}
