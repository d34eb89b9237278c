//! scratch
#[derive(Default)] pub struct ChunkedDecoder;
pub enum Event { NeedMore { used: usize }, Data { start: usize, end: usize }, End { used: usize } }
impl ChunkedDecoder { pub fn next(&mut self, b: &[u8], _l: usize) -> Result<Event, ()> { Ok(Event::NeedMore { used: b.len() }) } }
