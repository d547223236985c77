//! The threads of a server: whether they run, and the hook that is called when one has died.

use std::any::Any;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

use crate::sys::Thread;

/// A thread of a server that has panicked, which no input is known to make it do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Death {
    /// The name of the thread.
    pub thread: String,
    /// What the panic said.
    pub why: String,
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the thread {} has died: {}", self.thread, self.why)
    }
}

/// The hook that is told of a death.
pub(crate) type Obituary = Arc<dyn Fn(&Death) + Send + Sync>;

/// The threads that were started.
#[derive(Default)]
pub(crate) struct Threads {
    pub(crate) handles: Vec<Thread>,
    /// One for each thread, which holds the other end while it runs.
    pub(crate) alive: Vec<Weak<()>>,
    pub(crate) obituary: Option<Obituary>,
}

impl Threads {
    pub(crate) fn spawn(&mut self, name: String, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let alive = Arc::new(());
        let token = Arc::downgrade(&alive);
        let obituary = self.obituary.clone();
        let thread = name.clone();
        self.handles.push(Thread::start(name, move || {
            let worked = catch_unwind(AssertUnwindSafe(work));
            // Monitors see it as ended before the hook is called.
            drop(alive);
            if let (Err(panic), Some(obituary)) = (worked, obituary) {
                obituary(&Death { thread, why: said(&*panic) });
            }
        })?);
        self.alive.push(token);
        Ok(())
    }
}

/// The text of a panic.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it has not said why").to_owned()
}
