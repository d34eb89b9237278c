//! The descriptor that wakes a service thread out of its wait: an eventfd, or a pipe where there is none.
//!
//! The poller watches [`WakeFd::reader`]. Signalling is one `write(2)` and keeps errno, so that a signal handler may do
//! it. Who signals and who closes is ordered by the domain's turnstile, not here.

#[cfg(not(loom))]
pub use real::WakeFd;

#[cfg(loom)]
pub use model::WakeFd;

#[cfg(not(loom))]
mod real {
    use std::{io, os::fd::RawFd, sync::atomic::Ordering};

    use super::super::sync::AtomicI32;

    /// See the module.
    pub struct WakeFd {
        reader: AtomicI32,
        writer: AtomicI32,
    }

    impl WakeFd {
        /// None open.
        pub const fn new() -> Self {
            WakeFd { reader: AtomicI32::new(-1), writer: AtomicI32::new(-1) }
        }

        /// The descriptor to watch for readability, -1 while none is open.
        pub fn reader(&self) -> RawFd {
            self.reader.load(Ordering::Acquire)
        }

        /// Opens the descriptor(s): non-blocking, closed on exec.
        pub fn open(&self) -> io::Result<()> {
            let (reader, writer) = open_pair()?;
            self.reader.store(reader, Ordering::Release);
            self.writer.store(writer, Ordering::Release);
            Ok(())
        }

        /// Closes what [`WakeFd::open`] opened. Nobody may be signalling.
        pub fn close(&self) {
            let reader = self.reader.swap(-1, Ordering::AcqRel);
            let writer = self.writer.swap(-1, Ordering::AcqRel);
            close_pair(reader, writer);
        }

        /// Makes the reader readable. Async-signal-safe: no lock, no allocation, no log, errno kept.
        pub fn signal(&self) {
            let writer = self.writer.load(Ordering::Acquire);
            if writer < 0 {
                return;
            }
            let one = 1u64.to_ne_bytes();
            let errno = errno_location();
            // SAFETY: errno_location gives this thread's errno, valid and exclusively this thread's; `one` is 8 readable
            // bytes, which is what an eventfd takes and a pipe takes too; the descriptor stays open, see the module.
            unsafe {
                let kept = *errno;
                while libc::write(writer, one.as_ptr().cast(), one.len()) < 0 && *errno == libc::EINTR {}
                *errno = kept;
            }
        }

        /// Makes the reader unreadable again. Service thread only.
        pub fn drain(&self) {
            let reader = self.reader();
            if reader < 0 {
                return;
            }
            let mut sink = [0u8; 64];
            // SAFETY: `sink` is writable for its length; the service thread closes the descriptor itself, so it is open.
            while unsafe { libc::read(reader, sink.as_mut_ptr().cast(), sink.len()) } == sink.len() as isize {}
        }

        /// In the child after a fork: takes other descriptors, under the same numbers, since these would wake the parent.
        /// Only async-signal-safe calls. When none can be had the old ones stay.
        pub(in super::super) fn renew_in_child(&self) {
            let (reader, writer) = (self.reader(), self.writer.load(Ordering::Acquire));
            if reader < 0 {
                return;
            }
            let Ok((new_reader, new_writer)) = open_pair() else { return };
            replace(new_reader, reader);
            if writer != reader {
                replace(new_writer, writer);
            }
            close_pair(new_reader, new_writer);
        }
    }

    impl Default for WakeFd {
        fn default() -> Self {
            Self::new()
        }
    }

    /// Makes `number` another name of what `fd` is, closed on exec.
    fn replace(fd: RawFd, number: RawFd) {
        // SAFETY: plain calls on descriptors; both are open and ours.
        unsafe {
            libc::dup2(fd, number);
            libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn open_pair() -> io::Result<(RawFd, RawFd)> {
        // SAFETY: plain call without pointers.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok((fd, fd)) }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn open_pair() -> io::Result<(RawFd, RawFd)> {
        let mut ends = [-1; 2];
        // SAFETY: `ends` has room for two descriptors; the rest are plain calls on descriptors just opened.
        unsafe {
            if libc::pipe(ends.as_mut_ptr()) < 0 {
                return Err(io::Error::last_os_error());
            }
            for end in ends {
                libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC);
                libc::fcntl(end, libc::F_SETFL, libc::fcntl(end, libc::F_GETFL) | libc::O_NONBLOCK);
            }
        }
        Ok((ends[0], ends[1]))
    }

    fn close_pair(reader: RawFd, writer: RawFd) {
        // SAFETY: plain calls; the numbers are ours, each is closed once.
        unsafe {
            if reader >= 0 {
                libc::close(reader);
            }
            if writer >= 0 && writer != reader {
                libc::close(writer);
            }
        }
    }

    fn errno_location() -> *mut libc::c_int {
        // SAFETY: these take nothing and give the address of the calling thread's errno.
        unsafe {
            #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "dragonfly"))]
            return libc::__errno_location();
            #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
            return libc::__errno();
            #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
            return libc::__error();
        }
    }
}

#[cfg(loom)]
mod model {
    use super::super::sync::{Condvar, Mutex, lock};

    /// An eventfd in the model: a count that a thread can wait for.
    pub struct WakeFd {
        count: Mutex<(bool, u64)>,
        readable: Condvar,
    }

    impl WakeFd {
        /// None open.
        pub fn new() -> Self {
            WakeFd { count: Mutex::new((false, 0)), readable: Condvar::new() }
        }

        /// Opens it.
        pub fn open(&self) -> std::io::Result<()> {
            *lock(&self.count) = (true, 0);
            Ok(())
        }

        /// Closes it.
        pub fn close(&self) {
            *lock(&self.count) = (false, 0);
        }

        /// Makes it readable.
        ///
        /// # Panics
        /// When it has been closed: the bug that the model looks for.
        pub fn signal(&self) {
            let mut count = lock(&self.count);
            assert!(count.0, "a wake-up wrote to a closed descriptor");
            count.1 += 1;
            self.readable.notify_one();
        }

        /// Makes it unreadable.
        pub fn drain(&self) {
            lock(&self.count).1 = 0;
        }

        /// The poller's wait: until readable.
        pub fn wait(&self) {
            let mut count = lock(&self.count);
            while count.1 == 0 {
                count = self.readable.wait(count).unwrap();
            }
        }
    }
}
