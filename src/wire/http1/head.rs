//! scratch
#[derive(Clone, Copy, PartialEq, Eq)] pub enum Version { Http10, Http11 }
pub enum Status { NeedMore { used: usize }, Done { used: usize } }
pub struct HeadError(u16);
impl HeadError { pub fn status(&self) -> u16 { self.0 } }
impl std::fmt::Display for HeadError { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{}", self.0) } }
pub struct Head { b: Vec<u8>, max: usize }
pub struct HeadTable { method: String, path: String, v: u8, h: Vec<(String, Vec<u8>)> }
impl Head {
  pub fn request(max: usize) -> Head { Head { b: vec![], max } }
  pub fn feed(&mut self, bytes: &[u8]) -> Result<Status, HeadError> {
    let had = self.b.len(); self.b.extend_from_slice(bytes);
    match self.b.windows(4).position(|w| w == b"\r\n\r\n") { Some(p) => { let n = p + 4; self.b.truncate(n); Ok(Status::Done { used: n - had }) } None if self.b.len() > self.max => Err(HeadError(403)), None => Ok(Status::NeedMore { used: bytes.len() }) } }
  pub fn into_table(self) -> HeadTable { let mut hs = [httparse::EMPTY_HEADER; 64]; let mut r = httparse::Request::new(&mut hs); let _ = r.parse(&self.b);
    HeadTable { method: r.method.unwrap_or("").into(), path: r.path.unwrap_or("/").into(), v: r.version.unwrap_or(1), h: r.headers.iter().map(|h| (h.name.to_ascii_lowercase(), h.value.to_vec())).collect() } }
}
impl HeadTable {
  fn get(&self, n: &str) -> Option<&[u8]> { self.h.iter().find(|h| h.0 == n).map(|h| &h.1[..]) }
  pub fn copy(&self, t: u32) -> Option<Vec<u8>> { let n = match t { 3 => "host", 5 => "upgrade", 12 => "sec-websocket-protocol", 32 => "sec-websocket-key", 33 => "sec-websocket-version", 20 => "if-none-match", 0 => return (self.method == "GET").then(|| self.path.clone().into_bytes()), _ => return None }; self.get(n).map(|v| v.to_vec()) }
  pub fn total_length(&self, t: u32) -> usize { self.copy(t).map_or(0, |v| v.len()) }
  pub fn fragment(&self, _t: u32, _i: usize) -> Option<&[u8]> { None }
  pub fn custom(&self, n: &[u8]) -> Option<&[u8]> { self.get(std::str::from_utf8(n).ok()?.trim_end_matches(':')) }
  pub fn uri_and_method(&self) -> Option<(u32, &[u8])> { let m = match self.method.as_str() { "GET" => 0, "POST" => 1, "HEAD" => 82, _ => return None }; Some((m, self.path.as_bytes())) }
  pub fn version(&self) -> Version { if self.v == 1 { Version::Http11 } else { Version::Http10 } }
  pub fn wants_close(&self) -> bool { self.get("connection").is_some_and(|c| c.eq_ignore_ascii_case(b"close")) }
  pub fn wants_websocket(&self) -> bool { self.get("upgrade").is_some_and(|u| u.eq_ignore_ascii_case(b"websocket")) }
  pub fn is_head_method(&self) -> bool { self.method == "HEAD" }
  pub fn check_host(&self) -> Result<(), ()> { Ok(()) }
  pub fn content_length(&self) -> Result<Option<u64>, ()> { Ok(self.get("content-length").and_then(|v| std::str::from_utf8(v).ok()?.parse().ok())) }
  pub fn transfer_encoding_chunked(&self) -> Result<bool, ()> { Ok(false) }
}
