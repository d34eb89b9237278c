//! Closing a socket with care. A close with input unread makes the kernel send a reset, which can take what was sent
//! before away from the peer. So after a goodbye of ours the socket stays, without a connection, until the peer has
//! read to the end or some seconds have gone.

use crate::engine::context::{Context, Entry};
use crate::net::{Interest, Stream, Token};

/// How long a socket may stay after its connection (µs).
const LINGER_US: i64 = 3_000_000;

/// Most sockets that stay at one time; one more ends the oldest.
const LINGER_MOST: usize = 1024;

/// Bytes that are read and thrown away of one socket before it is closed all the same.
const LINGER_BYTES: usize = 1 << 20;

/// A socket whose connection is gone.
pub struct Linger {
    stream: Stream,
    /// When it is closed at the latest (µs).
    due: i64,
    /// Bytes thrown away so far.
    discarded: usize,
}

impl Context {
    /// Ends our side of a socket and keeps it until the peer has ended its own.
    pub fn linger(&self, stream: Stream, now: i64) {
        if stream.shutdown_write().is_err() {
            return;
        }
        let fd = std::os::fd::AsRawFd::as_raw_fd(&stream);
        let mut table = self.table.borrow_mut();
        let entry = table.vacant_entry();
        let token = entry.key();
        let Some(Ok(())) = self.poller.borrow().as_ref().map(|p| {
            p.deregister(fd);
            p.register(fd, Token(token), Interest::Read)
        }) else {
            return;
        };
        let due = now + LINGER_US;
        entry.insert(Entry::Linger(Linger { stream, due, discarded: 0 }));
        drop(table);
        self.descriptors.set(self.descriptors.get() + 1);
        let mut lingering = self.lingering.borrow_mut();
        lingering.push_back((due, token as u32));
        let oldest = if lingering.len() > LINGER_MOST { lingering.pop_front() } else { None };
        drop(lingering);
        if let Some((due, token)) = oldest {
            self.end_linger(token, Some(due));
        }
    }

    /// Reads and throws away what came on a socket that lingers; ends it when the peer has ended.
    pub fn linger_readable(&self, token: u32) {
        let mut scratch = [0; 4096];
        let ended = match self.table.borrow_mut().get_mut(token as usize) {
            Some(Entry::Linger(l)) => loop {
                match l.stream.read(&mut scratch) {
                    Ok(0) => break true,
                    Ok(n) => {
                        l.discarded += n;
                        if l.discarded > LINGER_BYTES {
                            break true;
                        }
                    }
                    Err(e) => break e.kind() != std::io::ErrorKind::WouldBlock,
                }
            },
            _ => false,
        };
        if ended {
            self.end_linger(token, None);
        }
    }

    /// Ends the sockets whose time is up. Returns when the next one's is.
    pub fn linger_deadline(&self, now: i64) -> Option<i64> {
        loop {
            let (due, token) = *self.lingering.borrow().front()?;
            let there = matches!(self.table.borrow().get(token as usize), Some(Entry::Linger(l)) if l.due == due);
            if there && due > now {
                return Some(due);
            }
            self.lingering.borrow_mut().pop_front();
            self.end_linger(token, Some(due));
        }
    }

    /// Closes one that lingers; with `due`, only the one with that deadline (the token may have passed on).
    fn end_linger(&self, token: u32, due: Option<i64>) {
        let mut table = self.table.borrow_mut();
        match table.get(token as usize) {
            Some(Entry::Linger(l)) if due.is_none_or(|d| d == l.due) => {}
            _ => return,
        }
        if let Entry::Linger(l) = table.remove(token as usize)
            && let Some(p) = &*self.poller.borrow()
        {
            p.deregister(std::os::fd::AsRawFd::as_raw_fd(&l.stream));
        }
        drop(table);
        self.descriptor_gone();
    }
}
