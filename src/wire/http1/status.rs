//! scratch
pub fn reason(code: u32) -> &'static str { match code { 200=>"OK", 404=>"Not Found", 409=>"Conflict", 101=>"Switching Protocols", 304=>"Not Modified", 415=>"Unsupported Media Type", 403 => "Forbidden", 400=>"Bad Request", 426=>"Upgrade Required", _=>"?" } }
