//! Content types by file name.

/// The content type for a file's name, by its ending in any case; `None` when it has none that is known. Endings that 4.1.6
/// knows keep its answer; the others are what IANA and browsers agree on. The name must be longer than the ending.
#[must_use]
pub fn by_name(name: &[u8]) -> Option<&'static str> {
    let dot = memchr::memrchr(b'.', name).filter(|d| *d > 0)?;
    by_ending(&name[dot + 1..])
}

/// The content type for an ending without its dot.
#[must_use]
pub fn by_ending(ending: &[u8]) -> Option<&'static str> {
    ENDINGS.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(ending)).map(|(_, kind)| *kind)
}

/// The first rows are 4.1.6's.
const ENDINGS: &[(&str, &str)] = &[
    ("html", "text/html"),
    ("htm", "text/html"),
    ("js", "text/javascript"),
    ("css", "text/css"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("ico", "image/x-icon"),
    ("gif", "image/gif"),
    ("svg", "image/svg+xml"),
    ("ttf", "application/x-font-ttf"),
    ("otf", "application/font-woff"),
    ("woff", "application/font-woff"),
    ("woff2", "application/font-woff2"),
    ("gz", "application/gzip"),
    ("txt", "text/plain"),
    ("xml", "application/xml"),
    ("json", "application/json"),
    // Not known to 4.1.6.
    ("wasm", "application/wasm"),
    ("mjs", "text/javascript"),
    ("map", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("xhtml", "application/xhtml+xml"),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("vtt", "text/vtt"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("apng", "image/apng"),
    ("bmp", "image/bmp"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("webm", "video/webm"),
    ("ogv", "video/ogg"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("aac", "audio/aac"),
    ("ogg", "audio/ogg"),
    ("oga", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("weba", "audio/webm"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("mpd", "application/dash+xml"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("tar", "application/x-tar"),
    ("tgz", "application/gzip"),
    ("bz2", "application/x-bzip2"),
    ("xz", "application/x-xz"),
    ("zst", "application/zstd"),
    ("br", "application/octet-stream"),
    ("bin", "application/octet-stream"),
    ("ttc", "font/collection"),
    ("rtf", "application/rtf"),
    ("epub", "application/epub+zip"),
    ("rss", "application/rss+xml"),
    ("atom", "application/atom+xml"),
    ("jsonld", "application/ld+json"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("glb", "model/gltf-binary"),
    ("gltf", "model/gltf+json"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_the_original() {
        for (name, kind) in [
            ("a.html", "text/html"),
            ("/x/y.HTM", "text/html"),
            ("a.js.gz", "application/gzip"),
            ("a.otf", "application/font-woff"),
            ("a.ico", "image/x-icon"),
            ("/.js", "text/javascript"),
        ] {
            assert_eq!(by_name(name.as_bytes()), Some(kind), "{name}");
        }
        for name in ["", "html", ".html", "a", "a.", "ahtml", "/a.b/c"] {
            assert_eq!(by_name(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn what_browsers_of_today_ask_for() {
        for (name, kind) in [("a.wasm", "application/wasm"), ("a.mjs", "text/javascript"), ("a.webp", "image/webp")] {
            assert_eq!(by_name(name.as_bytes()), Some(kind), "{name}");
        }
    }

    #[test]
    fn no_ending_stands_twice() {
        for (i, (ending, _)) in ENDINGS.iter().enumerate() {
            assert!(ENDINGS[..i].iter().all(|(e, _)| e != ending), "{ending}");
        }
    }
}
