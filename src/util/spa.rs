//! Forms as C sees them (`lws_spa_*`): values by the index of their names, uploaded files by callback. The bodies are
//! decoded by `wire/form`.

use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_int, c_void};
use std::rc::Rc;

use crate::abi::*;
use crate::util::lwsac;
use crate::wire::form::multipart::{self, Disposition};
use crate::wire::form::{Encoding, urlencoded};

/// Longest name of a field and of a file; of a longer file name the front stays.
const NAME_MOST: usize = 255;
/// 4.1.6's bound on all values where the program gives none.
const STORAGE: usize = 512;

/// What a form is made from.
pub struct Settings {
    /// The names of its fields.
    pub names: Vec<Vec<u8>>,
    /// Bytes that all values may have, their NULs included, and one; 0: a default.
    pub max_storage: usize,
    /// Gets uploaded files.
    pub upload: lws_spa_fileupload_cb,
    /// Its first argument.
    pub data: *mut c_void,
    /// Where values are kept, or null: here.
    pub ac: *mut *mut lwsac::Chunk,
    /// Size of the chunks there.
    pub ac_chunk: usize,
}

/// A form being read. Its callback may call anything, so nothing is borrowed across it.
pub struct Spa {
    /// A callback is on the stack.
    busy: Cell<bool>,
    /// It was destroyed meanwhile.
    doomed: Cell<bool>,
    state: RefCell<State>,
}

struct State {
    settings: Settings,
    decoder: Decoder,
    values: Vec<Option<Value>>,
    /// Bytes that the values take.
    used: usize,
    /// Of the field in progress: its name and file name for C, and where its bytes go.
    name: Rc<[u8]>,
    filename: Rc<[u8]>,
    target: Target,
    /// What has come of its value, or of the file and was not handed out.
    bytes: Vec<u8>,
    failed: bool,
    finished: bool,
}

enum Decoder {
    Urlencoded(urlencoded::Decoder),
    Multipart(multipart::Decoder),
    /// Multipart without a boundary: nothing is found in it.
    Nothing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// Its name is being read.
    Name,
    Ignored,
    Field(usize),
    File,
}

/// A value and a NUL, here or in the program's lwsac.
enum Value {
    Own(Box<[u8]>),
    Ac(*mut u8, usize),
}

/// A callback that is due.
struct Upload {
    name: Rc<[u8]>,
    filename: Rc<[u8]>,
    /// With a NUL behind it.
    bytes: Vec<u8>,
    state: lws_spa_fileupload_states,
}

/// The form cannot be read on.
struct Failed;

impl Spa {
    /// A form with nothing in it.
    pub fn new(encoding: Encoding, mut settings: Settings) -> Spa {
        if settings.max_storage == 0 {
            settings.max_storage = STORAGE;
        }
        let state = State {
            decoder: match encoding {
                Encoding::Urlencoded => Decoder::Urlencoded(urlencoded::Decoder::new()),
                Encoding::Multipart(Some(boundary)) => Decoder::Multipart(multipart::Decoder::new(&boundary)),
                Encoding::Multipart(None) => Decoder::Nothing,
            },
            values: settings.names.iter().map(|_| None).collect(),
            settings,
            used: 0,
            name: c_text(b""),
            filename: c_text(b""),
            target: Target::Name,
            bytes: Vec::new(),
            failed: false,
            finished: false,
        };
        Spa { busy: Cell::new(false), doomed: Cell::new(false), state: RefCell::new(state) }
    }

    /// Takes a piece of the body. `false`: the form is malformed, too large, or the callback ended it.
    pub fn process(&self, input: &[u8]) -> bool {
        if self.busy.get() || self.state.borrow().failed || self.state.borrow().finished {
            return false;
        }
        let mut at = 0;
        while at < input.len() {
            let mut due = Vec::new();
            let step = self.state.borrow_mut().step(&input[at..], &mut due);
            let good = due.into_iter().all(|upload| self.tell(upload));
            match step {
                Ok(used) if good => at += used,
                _ => {
                    self.state.borrow_mut().failed = true;
                    return false;
                }
            }
        }
        true
    }

    /// The body is over: values can be read, and the upload callback is closed.
    pub fn finalize(&self) {
        if self.busy.get() || self.state.borrow().finished {
            return;
        }
        let close = {
            let mut state = self.state.borrow_mut();
            state.finished = true;
            if let Decoder::Urlencoded(decoder) = &mut state.decoder
                && decoder.end_field().is_some()
                && !state.failed
                && state.end_field(&mut Vec::new()).is_err()
            {
                state.failed = true;
            }
            state.settings.upload.is_some().then(|| state.upload(Vec::new(), LWS_UFS_CLOSE))
        };
        if let Some(close) = close {
            self.tell(close);
        }
    }

    /// A value's length and where it and its NUL are; `None` when there is none.
    pub fn value(&self, index: usize) -> Option<(usize, *const c_char)> {
        match self.state.borrow().values.get(index)?.as_ref()? {
            Value::Own(bytes) => Some((bytes.len() - 1, bytes.as_ptr().cast())),
            Value::Ac(at, len) => Some((*len, at.cast_const().cast())),
        }
    }

    /// `true`: it can be freed now; else that is done when the callback has returned.
    pub fn doom(&self) -> bool {
        self.doomed.set(true);
        !self.busy.get()
    }

    /// It was destroyed while a callback was on the stack, and that has returned.
    pub fn is_doomed(&self) -> bool {
        self.doomed.get() && !self.busy.get()
    }

    /// Calls the program's upload callback.
    fn tell(&self, mut upload: Upload) -> bool {
        let (callback, data) = {
            let state = self.state.borrow();
            (state.settings.upload, state.settings.data)
        };
        let Some(callback) = callback else { return true };
        if self.doomed.get() {
            return false;
        }
        let len = upload.bytes.len() as c_int;
        upload.bytes.push(0);
        self.busy.set(true);
        // SAFETY: the program gave the function for this purpose, with this data; names and bytes end with a NUL and live
        // beyond the call, and nothing of the form is borrowed.
        let rc = unsafe {
            callback(
                data,
                upload.name.as_ptr().cast(),
                upload.filename.as_ptr().cast(),
                upload.bytes.as_mut_ptr().cast(),
                len,
                upload.state,
            )
        };
        self.busy.set(false);
        rc == 0 && !self.doomed.get()
    }
}

impl State {
    /// Decodes a bit of the input; what the upload callback is to be told goes to `due`. Gives the bytes that were used.
    fn step(&mut self, input: &[u8], due: &mut Vec<Upload>) -> Result<usize, Failed> {
        match &mut self.decoder {
            Decoder::Nothing => Ok(input.len()),
            Decoder::Urlencoded(decoder) => {
                let event = decoder.next(input[0]).map_err(|_| Failed)?;
                if let Some(event) = event {
                    self.urlencoded(event, due)?;
                }
                Ok(1)
            }
            Decoder::Multipart(decoder) => {
                let step = decoder.next(input);
                match step.event {
                    multipart::Event::NeedMore | multipart::Event::End => {}
                    multipart::Event::Part(disposition) => self.begin_part(&disposition, due),
                    multipart::Event::Data(range) => self.data(&input[range], due)?,
                    multipart::Event::Held(range) => {
                        let held = decoder.delimiter()[range].to_vec();
                        self.data(&held, due)?;
                    }
                    multipart::Event::PartEnd => {
                        self.end_field(due)?;
                        (self.name, self.filename) = (c_text(b""), c_text(b""));
                    }
                    multipart::Event::Error(_) => return Err(Failed),
                }
                Ok(step.used)
            }
        }
    }

    fn urlencoded(&mut self, event: urlencoded::Event, due: &mut Vec<Upload>) -> Result<(), Failed> {
        match event {
            urlencoded::Event::Name(_) if self.bytes.len() >= NAME_MOST => return Err(Failed),
            urlencoded::Event::Name(byte) => self.bytes.push(byte),
            urlencoded::Event::NameEnd => {
                let name = std::mem::take(&mut self.bytes);
                self.target = self.field(&name);
                self.name = c_text(&name);
            }
            urlencoded::Event::Value(byte) => self.data(&[byte], due)?,
            urlencoded::Event::FieldEnd => self.end_field(due)?,
        }
        Ok(())
    }

    /// Where the value of a field goes. The first one of a name counts.
    fn field(&self, name: &[u8]) -> Target {
        match self.settings.names.iter().position(|n| n == name) {
            Some(index) if self.values[index].is_none() => Target::Field(index),
            _ => Target::Ignored,
        }
    }

    fn begin_part(&mut self, part: &Disposition, due: &mut Vec<Upload>) {
        let name = part.name.as_deref().unwrap_or_default();
        let filename = part.filename.as_deref().unwrap_or_default();
        self.bytes.clear();
        self.name = c_text(name);
        self.filename = c_text(filename);
        // A file field that the user left empty has no file name.
        self.target = match (filename.is_empty(), self.settings.upload.is_some()) {
            (true, _) => self.field(name),
            (false, true) => Target::File,
            (false, false) => Target::Ignored,
        };
        if self.target == Target::File {
            due.push(self.upload(Vec::new(), LWS_UFS_OPEN));
        }
    }

    fn data(&mut self, mut bytes: &[u8], due: &mut Vec<Upload>) -> Result<(), Failed> {
        match self.target {
            Target::Name | Target::Ignored => {}
            Target::Field(_) => {
                if self.used + self.bytes.len() + bytes.len() + 1 >= self.settings.max_storage {
                    return Err(Failed);
                }
                self.bytes.try_reserve(bytes.len()).map_err(|_| Failed)?;
                self.bytes.extend_from_slice(bytes);
            }
            Target::File => {
                // As on 4.1.6, a piece has at most one byte less than the storage.
                let most = self.settings.max_storage.saturating_sub(1).max(1);
                while !bytes.is_empty() {
                    if self.bytes.len() == most {
                        let full = std::mem::take(&mut self.bytes);
                        due.push(self.upload(full, LWS_UFS_CONTENT));
                    }
                    let now = bytes.len().min(most - self.bytes.len());
                    self.bytes.try_reserve(now + 1).map_err(|_| Failed)?;
                    self.bytes.extend_from_slice(&bytes[..now]);
                    bytes = &bytes[now..];
                }
            }
        }
        Ok(())
    }

    fn end_field(&mut self, due: &mut Vec<Upload>) -> Result<(), Failed> {
        let bytes = std::mem::take(&mut self.bytes);
        match std::mem::replace(&mut self.target, Target::Name) {
            // A field without `=`: all that was read is its name, and it has no value.
            Target::Name => self.name = c_text(&bytes),
            Target::Ignored => {}
            Target::File => due.push(self.upload(bytes, LWS_UFS_FINAL_CONTENT)),
            Target::Field(_) if bytes.is_empty() => {}
            Target::Field(index) => {
                self.used += bytes.len() + 1;
                self.values[index] = Some(self.keep(bytes)?);
            }
        }
        Ok(())
    }

    fn keep(&self, mut bytes: Vec<u8>) -> Result<Value, Failed> {
        let len = bytes.len();
        bytes.push(0);
        if self.settings.ac.is_null() {
            return Ok(Value::Own(bytes.into_boxed_slice()));
        }
        // SAFETY: the program's lwsac lives as long as the form, by the API's contract; the room is as long as the value.
        unsafe {
            let at = lwsac::reserve(self.settings.ac, bytes.len(), self.settings.ac_chunk, false);
            if at.is_null() {
                return Err(Failed);
            }
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len());
            Ok(Value::Ac(at, len))
        }
    }

    fn upload(&self, bytes: Vec<u8>, state: lws_spa_fileupload_states) -> Upload {
        Upload { name: self.name.clone(), filename: self.filename.clone(), bytes, state }
    }
}

/// A text for C: up to its first NUL, bounded, and with a NUL behind it.
fn c_text(text: &[u8]) -> Rc<[u8]> {
    let end = memchr::memchr(0, text).unwrap_or(text.len()).min(NAME_MOST);
    let mut out = text[..end].to_vec();
    out.push(0);
    out.into()
}
