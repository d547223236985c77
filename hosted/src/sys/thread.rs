//! Threads that are the system's own, not those of the standard library.
//!
//! That one registers each of its threads behind a lock, at its beginning and its end, for the message that it writes when a stack overflows. A child of a
//! fork finds this lock as it was: where another thread of the parent had it, no thread of the child would begin, and none that could be joined would end.
//! The locks of the C library are free in a child.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::Process;
use super::signals::without_signals;
use crate::deadline::Deadline;
use crate::lock::lock;

/// A thread that gets none of the program's signals. If it is dropped, it runs on.
#[derive(Debug)]
pub(crate) struct Thread {
    number: u64,
    generation: u64,
    done: Arc<Done>,
    handle: Mutex<Option<Handle>>,
}

/// Whether a thread has done its work.
#[derive(Debug, Default)]
struct Done {
    is_done: Mutex<bool>,
    changed: Condvar,
}

/// What a thread begins with.
struct Start {
    name: String,
    number: u64,
    done: Arc<Done>,
    work: Box<dyn FnOnce() + Send>,
}

thread_local! {
    /// The number of this thread; 0 if it is none of ours.
    static NUMBER: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

impl Thread {
    /// Starts a thread. A panic of `work` ends it.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub(crate) fn start(name: impl Into<String>, work: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let done = Arc::new(Done::default());
        let start = Start { name: name.into(), number, done: Arc::clone(&done), work: Box::new(work) };
        let handle = without_signals(|| Handle::start(start))?;
        // A child that is older than the first client is told from its parent as well.
        Process::watch();
        Ok(Thread { number, generation: Process::generation(), done, handle: Mutex::new(Some(handle)) })
    }

    /// Whether it is the calling thread.
    pub(crate) fn is_current(&self) -> bool {
        NUMBER.try_with(|number| number.get()) == Ok(self.number)
    }

    /// Waits for its end until the deadline; returns whether it has ended. For itself it does not wait, nor in a child of the process whose thread it is.
    pub(crate) fn join_by(&self, deadline: Deadline) -> bool {
        if self.is_current() || self.generation != Process::generation() {
            return false;
        }
        let mut is_done = lock(&self.done.is_done);
        while !*is_done {
            if deadline.is_over() {
                return false;
            }
            let waited = self.done.changed.wait_timeout(is_done, deadline.left());
            is_done = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(is_done);
        // It has nothing left to do but to end.
        if let Some(handle) = lock(&self.handle).take() {
            handle.join();
        }
        true
    }
}

impl Drop for Thread {
    /// Lets it run on. A child of its process leaves it alone: the system may have given its memory to a thread of the child.
    fn drop(&mut self) {
        let handle = self.handle.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(handle) = handle.filter(|_| self.generation == Process::generation()) {
            handle.detach();
        }
    }
}

impl Start {
    fn run(self) {
        let Start { name, number, done, work } = self;
        NUMBER.set(number);
        name_this_thread(&name);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            // Its value may panic again.
            std::mem::forget(panic);
        }
        *lock(&done.is_done) = true;
        done.changed.notify_all();
    }
}

#[cfg(unix)]
use unix::{Handle, name_this_thread};

#[cfg(unix)]
mod unix {
    use std::ffi::c_void;
    use std::io;
    use std::mem::MaybeUninit;

    use super::Start;

    /// The size of a stack, as of a thread of the standard library.
    const STACK: usize = 2 << 20;

    /// What a thread is joined or detached by.
    #[derive(Debug)]
    pub(super) struct Handle(libc::pthread_t);

    // SAFETY: a thread may be joined and detached by any other one.
    unsafe impl Send for Handle {}

    impl Handle {
        pub(super) fn start(start: Start) -> io::Result<Handle> {
            let start = Box::into_raw(Box::new(start));
            let (mut thread, mut attributes) = (MaybeUninit::uninit(), MaybeUninit::uninit());
            // SAFETY: the pointers are to values of this stack, which are read after the calls that fill them have succeeded; `start` is for the thread.
            let (code, thread) = unsafe {
                let mut code = libc::pthread_attr_init(attributes.as_mut_ptr());
                if code == 0 {
                    libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK);
                    code = libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), begin, start.cast());
                    libc::pthread_attr_destroy(attributes.as_mut_ptr());
                }
                (code, thread)
            };
            if code != 0 {
                // SAFETY: it was made above, and there is no thread that has it.
                drop(unsafe { Box::from_raw(start) });
                return Err(io::Error::from_raw_os_error(code));
            }
            // SAFETY: the call that fills it has succeeded.
            Ok(Handle(unsafe { thread.assume_init() }))
        }

        pub(super) fn join(self) {
            // SAFETY: the thread is neither joined nor detached yet, since this is the one handle.
            unsafe { libc::pthread_join(self.0, std::ptr::null_mut()) };
        }

        pub(super) fn detach(self) {
            // SAFETY: as in `join`.
            unsafe { libc::pthread_detach(self.0) };
        }
    }

    extern "C" fn begin(start: *mut c_void) -> *mut c_void {
        // SAFETY: the box that `start` was made of, which only this thread has.
        let start = unsafe { Box::from_raw(start.cast::<Start>()) };
        start.run();
        std::ptr::null_mut()
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn name_this_thread(name: &str) {
        // Linux keeps 15 bytes, and refuses a longer name.
        let mut short = [0_u8; 16];
        short.iter_mut().zip(name.bytes().filter(|byte| *byte != 0).take(15)).for_each(|(to, from)| *to = from);
        // SAFETY: the pointer is to a text of this stack that ends with a zero.
        unsafe { libc::pthread_setname_np(libc::pthread_self(), short.as_ptr().cast()) };
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn name_this_thread(_: &str) {}
}

#[cfg(not(unix))]
use other::{Handle, name_this_thread};

#[cfg(not(unix))]
mod other {
    use std::io;
    use std::thread::{Builder, JoinHandle};

    use super::Start;

    #[derive(Debug)]
    pub(super) struct Handle(JoinHandle<()>);

    impl Handle {
        pub(super) fn start(start: Start) -> io::Result<Handle> {
            Builder::new().name(start.name.clone()).spawn(move || start.run()).map(Handle)
        }

        pub(super) fn join(self) {
            let _ = self.0.join();
        }

        pub(super) fn detach(self) {
            drop(self.0);
        }
    }

    pub(super) fn name_this_thread(_: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_thread_is_joined_in_time_or_given_up_and_does_not_wait_for_itself() {
        let (go, waits) = channel::<()>();
        let (tell, told) = channel();
        let thread = Arc::new(Thread::start("a-name-that-is-too-long", move || waits.recv().unwrap()).unwrap());
        assert!(!thread.is_current() && !thread.join_by(Deadline::after(Duration::from_millis(5))));
        go.send(()).unwrap();
        assert!(thread.join_by(Deadline::after(LONG)) && thread.join_by(Deadline::after(Duration::ZERO)));

        let (give, given) = channel::<Arc<Thread>>();
        let thread = Thread::start("self", move || {
            let own = given.recv().unwrap();
            tell.send((own.is_current(), own.join_by(Deadline::after(LONG)))).unwrap();
        });
        let thread = Arc::new(thread.unwrap());
        give.send(Arc::clone(&thread)).unwrap();
        assert_eq!(told.recv(), Ok((true, false)));
        assert!(thread.join_by(Deadline::after(LONG)));
    }

    #[test]
    fn a_panic_ends_a_thread_and_no_more() {
        let thread = Thread::start("panics", || panic!("as it is told")).unwrap();
        assert!(thread.join_by(Deadline::after(LONG)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_has_its_name() {
        let (tell, told) = channel();
        let say = move || tell.send(std::fs::read_to_string("/proc/thread-self/comm").unwrap()).unwrap();
        Thread::start("basenji-a-long-name", say).unwrap();
        assert_eq!(told.recv().unwrap(), "basenji-a-long-\n");
    }
}
