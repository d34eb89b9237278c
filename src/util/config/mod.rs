//! The JSON configuration of lwsws: what is in `conf` and `conf.d` of a directory becomes the creation info of a context,
//! or one vhost after the other.
//!
//! Text goes through the streaming parser (`util/lejp`), whose paths are the names of settings; what they mean stands in
//! `globals` and `vhosts`. Texts and lists that the info points to lie in memory of the program's (`arena`), since they live
//! as long as the context. What cannot be understood, or has no room, is told in the log with its file and line.

mod arena;
mod globals;
mod reading;
mod value;
mod vhost_settings;
mod vhosts;

use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::abi::{LDOT_FILE, LDOT_UNKNOWN};
use crate::util::{dir, log};

pub use arena::Arena;
pub use globals::globals;
pub use vhosts::{Beside, vhosts};

use reading::Settings;

/// Something of the configuration cannot be had. Why is in the log.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused;

/// Where a configuration comes from.
pub enum Source<'a> {
    /// `conf`, which must be there, and the files in `conf.d`, in the order of their names, up to the first that is no good,
    /// which is told.
    Directory(&'a CStr),
    /// One file's text.
    Text(&'a [u8]),
}

impl Source<'_> {
    fn read(&self, settings: &mut dyn Settings) -> Result<(), Refused> {
        match *self {
            Source::Text(text) => reading::text(text, settings),
            Source::Directory(name) => {
                let directory = Path::new(OsStr::from_bytes(name.to_bytes()));
                reading::file(&directory.join("conf"), settings)?;
                more_files(&directory.join("conf.d"), settings);
                Ok(())
            }
        }
    }
}

fn more_files(directory: &Path, settings: &mut dyn Settings) {
    let name = CString::new(directory.as_os_str().as_bytes()).unwrap_or_default();
    match dir::entries(&name) {
        Ok(entries) => {
            for (file, kind) in entries {
                if kind == LDOT_FILE || kind == LDOT_UNKNOWN {
                    let path = directory.join(OsStr::from_bytes(file.to_bytes()));
                    if reading::file(&path, settings).is_err() {
                        log::warn!("configuration: files behind {} are left out", path.display());
                        return;
                    }
                }
            }
        }
        Err(e) => log::info!("configuration: {}: {e}", directory.display()),
    }
}
