//! A file of the configuration: its text goes through the parser, its values come out whole.

use std::ffi::{CStr, c_char, c_void};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::abi::*;
use crate::util::config::Refused;
use crate::util::lejp::{self, Parser};
use crate::util::log;

/// Takes the settings of one kind.
pub trait Settings {
    /// The paths that are listened to; their texts are static.
    fn paths(&self) -> Vec<*const c_char>;

    /// What is found at one of these paths, or at the outermost object. `Err` ends the file.
    fn take(&mut self, at: &Place, what: What<'_>) -> Result<(), Refused>;
}

/// What is found at a path.
pub enum What<'a> {
    ObjectBegins,
    ObjectEnds,
    /// A text.
    Text(&'a [u8]),
    /// A number, or `true`, `false` and `null` as "1", "0" and "".
    Plain(&'a [u8]),
}

/// Where in the file something is found.
pub struct Place {
    parser: Parser,
    /// Index among the paths, when one fits.
    pub path: Option<usize>,
}

impl Place {
    /// What the wildcard of that number stands for.
    pub fn wildcard(&self, index: usize) -> &[u8] {
        self.parser.wildcard(index).unwrap_or_default()
    }
}

/// Reads a file to the end of its JSON; one without a byte has no settings.
pub fn file(path: &Path, settings: &mut dyn Settings) -> Result<(), Refused> {
    let name = path.display();
    let cannot = |how: &str, e| {
        log::err!("configuration: {name} cannot be {how}: {e}");
        Refused
    };
    let mut file = File::open(path).map_err(|e| cannot("opened", e))?;
    let mut reading = Reading { settings, text: Vec::new() };
    let mut parser = Json::new(&mut reading);
    let mut piece = [0; 4096];
    let mut any = false;
    loop {
        let n = file.read(&mut piece).map_err(|e| cannot("read", e))?;
        if n == 0 && !any {
            return Ok(());
        }
        any = true;
        let ended = if n == 0 { Err(c"the file ends before its JSON does") } else { parser.take(&piece[..n]) };
        match ended {
            Ok(false) => {}
            Ok(true) => return Ok(()),
            Err(why) => {
                log::err!("configuration: {name}, line {}: {}", parser.ctx.line, why.to_string_lossy());
                return Err(Refused);
            }
        }
    }
}

/// As [`file()`], from memory.
pub fn text(json: &[u8], settings: &mut dyn Settings) -> Result<(), Refused> {
    let mut reading = Reading { settings, text: Vec::new() };
    if json.is_empty() || Json::new(&mut reading).take(json) == Ok(true) { Ok(()) } else { Err(Refused) }
}

/// What the parser's callback finds behind `user`.
struct Reading<'a> {
    settings: &'a mut dyn Settings,
    /// The pieces of a long text.
    text: Vec<u8>,
}

/// A parser, and what has to stay in place for it.
struct Json<'a, 'b> {
    ctx: Box<lejp_ctx>,
    _paths: Vec<*const c_char>,
    _reading: std::marker::PhantomData<&'a mut Reading<'b>>,
}

impl<'a, 'b> Json<'a, 'b> {
    fn new(reading: &'a mut Reading<'b>) -> Json<'a, 'b> {
        let paths = reading.settings.paths();
        // SAFETY: plain memory; all-zero is a value of it.
        let mut ctx: Box<lejp_ctx> = Box::new(unsafe { std::mem::zeroed() });
        let user = (&raw mut *reading).cast::<c_void>();
        // SAFETY: the parser and the paths' array live as long as the result, at addresses that stay; `reading` is borrowed
        // for as long.
        unsafe { Parser::new(&raw mut *ctx) }.construct(Some(on_json), user, paths.as_ptr(), paths.len() as u8);
        Json { ctx, _paths: paths, _reading: std::marker::PhantomData }
    }

    /// Whether the JSON is complete: what follows it does not count.
    fn take(&mut self, bytes: &[u8]) -> Result<bool, &'static CStr> {
        // SAFETY: as in `new`.
        match unsafe { Parser::new(&raw mut *self.ctx) }.parse(bytes) {
            LEJP_CONTINUE => Ok(false),
            0.. => Ok(true),
            why => Err(lejp::text(why)),
        }
    }
}

/// The parser's callback: a text is gathered until it is whole, then all goes to the settings.
unsafe extern "C" fn on_json(ctx: *mut lejp_ctx, reason: c_char) -> i8 {
    // SAFETY: `user` is what `Json::new` gave and still borrows; nothing else uses it while the parser runs. The parser ends
    // its text with a NUL within its buffer. What is read here is copied, so that no reference into the parser is left.
    let (reading, piece, path) = unsafe {
        let piece = CStr::from_ptr((&raw const (*ctx).buf).cast()).to_bytes();
        (&mut *(*ctx).user.cast::<Reading>(), piece.to_vec(), usize::from((*ctx).path_match).checked_sub(1))
    };
    // SAFETY: the parser lives while it calls back.
    let at = Place { parser: unsafe { Parser::new(ctx) }, path };
    let settings = &mut *reading.settings;
    let taken = match reason as u8 as u32 {
        LEJPCB_OBJECT_START => settings.take(&at, What::ObjectBegins),
        LEJPCB_OBJECT_END => settings.take(&at, What::ObjectEnds),
        LEJPCB_VAL_STR_START => {
            reading.text.clear();
            Ok(())
        }
        LEJPCB_VAL_STR_CHUNK => {
            reading.text.extend_from_slice(&piece);
            Ok(())
        }
        LEJPCB_VAL_STR_END if path.is_some() => {
            reading.text.extend_from_slice(&piece);
            settings.take(&at, What::Text(&reading.text))
        }
        LEJPCB_VAL_TRUE | LEJPCB_VAL_FALSE | LEJPCB_VAL_NULL | LEJPCB_VAL_NUM_INT | LEJPCB_VAL_NUM_FLOAT
            if path.is_some() =>
        {
            settings.take(&at, What::Plain(&piece))
        }
        _ => Ok(()),
    };
    // A negative answer ends the parse at every reason.
    -i8::from(taken.is_err())
}
