//! Certificates and keys as the program gives them: in files or in memory, PEM or DER, keys perhaps encrypted.

use std::fs;
use std::io;
use std::time::SystemTime;

use super::TlsError;
use super::pem_file::{self, Key};

/// Where certificates or a key are.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// In a file.
    File(String),
    /// In memory; the name of the member that gave them, for messages.
    Memory(&'static str, Vec<u8>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.describe())
    }
}

impl Source {
    /// What it is called in messages.
    pub fn describe(&self) -> String {
        match self {
            Source::File(path) => path.clone(),
            Source::Memory(member, _) => (*member).to_owned(),
        }
    }

    /// Its bytes.
    pub fn read(&self) -> Result<Vec<u8>, TlsError> {
        match self {
            Source::Memory(_, bytes) => Ok(bytes.clone()),
            Source::File(path) => fs::read(path).map_err(|e| TlsError::new(unreadable(path, &e))),
        }
    }

    /// It is a file that is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Source::File(path) if matches!(fs::metadata(path), Err(e) if e.kind() == io::ErrorKind::NotFound))
    }

    /// The file's time of change.
    pub fn changed(&self) -> Option<SystemTime> {
        match self {
            Source::File(path) => fs::metadata(path).ok()?.modified().ok(),
            Source::Memory(..) => None,
        }
    }

    /// The certificates in it, DER, in their order.
    pub fn certificates(&self) -> Result<Vec<Vec<u8>>, TlsError> {
        pem_file::certificates(&self.read()?).map_err(|e| TlsError::new(format!("{}: {e}", self.describe())))
    }

    /// The private key in it.
    pub fn key(&self, password: Option<&str>) -> Result<Key, TlsError> {
        pem_file::key(&self.read()?, password).map_err(|e| TlsError::new(format!("{}: {e}", self.describe())))
    }
}

fn unreadable(path: &str, e: &io::Error) -> String {
    match e.kind() {
        io::ErrorKind::NotFound => format!("{path}: there is no such file"),
        io::ErrorKind::PermissionDenied => format!("{path}: this process may not read it (permission denied)"),
        _ => format!("{path}: cannot be read: {e}"),
    }
}

/// A certificate chain with its key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The chain, own certificate first.
    pub certificate: Option<Source>,
    /// The private key.
    pub key: Option<Source>,
    /// What the key is encrypted with.
    pub password: Option<String>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({:?}, {:?})", self.certificate, self.key)
    }
}

impl Identity {
    /// Neither certificate nor key.
    pub fn is_empty(&self) -> bool {
        self.certificate.is_none() && self.key.is_none()
    }

    /// The files' times of change.
    pub fn changed(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|s| s.as_ref().and_then(Source::changed))
    }
}
