//! Who is calling, in one or two instructions, and noticing when a thread ends.

use std::cell::RefCell;
use std::ffi::CStr;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};

use super::domain::Domain;

/// A number that no two living threads share and that is never 0: the thread pointer, which needs no call to find.
#[cfg(not(loom))]
#[inline(always)]
pub fn pointer() -> usize {
    #[cfg(target_arch = "x86_64")]
    {
        let p: usize;
        // SAFETY: on x86-64 the word at fs:0 is the thread control block's own address, for every thread.
        unsafe { std::arch::asm!("mov {}, fs:0", out(reg) p, options(nostack, preserves_flags, readonly)) };
        p
    }
    #[cfg(target_arch = "aarch64")]
    {
        let p: usize;
        // SAFETY: reading the thread pointer register has no effect.
        unsafe { std::arch::asm!("mrs {}, tpidr_el0", out(reg) p, options(nomem, nostack, preserves_flags)) };
        p
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        thread_local!(static HERE: u8 = const { 0 });
        HERE.with(|h| std::ptr::from_ref(h) as usize)
    }
}

/// In a model all threads are one thread of the system: a number of its own for each.
#[cfg(loom)]
pub fn pointer() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);
    loom::thread_local!(static HERE: usize = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    HERE.with(|here| *here)
}

/// The calling thread, for messages.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The system's number of it.
    pub tid: i32,
    /// Its name.
    pub name: String,
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "thread {} '{}'", self.tid, self.name)
    }
}

/// Looks the calling thread up.
pub fn identity() -> Identity {
    let mut name = [0_u8; 32];
    // SAFETY: the buffer is writable for its length; the calls take nothing else.
    let (tid, got) = unsafe {
        (libc::gettid(), libc::pthread_getname_np(libc::pthread_self(), name.as_mut_ptr().cast(), name.len()))
    };
    let text = if got == 0 {
        CStr::from_bytes_until_nul(&name).map(|n| n.to_string_lossy().into_owned())
    } else {
        Ok(String::new())
    };
    Identity { tid, name: text.unwrap_or_default() }
}

/// An identity that is written by one thread and read by any, without a lock: a fork may come at any time, and who reads
/// only wants words for a message.
#[derive(Default)]
pub struct Published {
    tid: AtomicI32,
    name: [AtomicU64; 2],
}

impl Published {
    /// Makes it the calling thread's.
    pub fn set(&self, who: &Identity) {
        let mut bytes = [0_u8; 16];
        let n = who.name.len().min(bytes.len());
        bytes[..n].copy_from_slice(&who.name.as_bytes()[..n]);
        for (word, half) in self.name.iter().zip(bytes.chunks_exact(8)) {
            word.store(u64::from_ne_bytes(half.try_into().unwrap_or_default()), Relaxed);
        }
        self.tid.store(who.tid, Relaxed);
    }

    /// What was written.
    pub fn get(&self) -> Identity {
        let bytes: Vec<u8> = self.name.iter().flat_map(|w| w.load(Relaxed).to_ne_bytes()).collect();
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        Identity { tid: self.tid.load(Relaxed), name: String::from_utf8_lossy(&bytes[..end]).into_owned() }
    }
}

/// The domains that this thread has claimed; they are told when it ends.
struct Claims(RefCell<Vec<&'static Domain>>);

impl Drop for Claims {
    fn drop(&mut self) {
        for domain in self.0.take() {
            domain.thread_ends(pointer());
        }
    }
}

thread_local!(static CLAIMS: Claims = const { Claims(RefCell::new(Vec::new())) });

/// Has `domain` told when the calling thread ends. While the thread is ending already nothing is noted.
pub fn tell_at_end(domain: &'static Domain) {
    // A model's threads say themselves when they end.
    if cfg!(loom) {
        return;
    }
    let _ = CLAIMS.try_with(|claims| {
        let mut claims = claims.0.borrow_mut();
        if !claims.iter().any(|d| std::ptr::eq(*d, domain)) {
            claims.push(domain);
        }
    });
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_published_identity_comes_back() {
        let published = Published::default();
        for name in ["", "servicer", "fifteen letters"] {
            published.set(&Identity { tid: 7, name: name.into() });
            assert_eq!((published.get().tid, published.get().name.as_str()), (7, name));
        }
    }

    #[test]
    fn living_threads_have_different_pointers() {
        let mine = pointer();
        assert_ne!(mine, 0);
        assert_eq!(mine, pointer());
        let other = std::thread::spawn(pointer).join().expect("the thread runs");
        assert_ne!(mine, other);
    }
}
