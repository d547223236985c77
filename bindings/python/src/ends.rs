//! An end of the process that is not Python's: C's `exit` while the interpreter is there, as in uWSGI's master.
//!
//! Where the interpreter ends first, `python/basenji/dogstatsd/_lifecycle.py` has ended the clients before, and nothing is waited for here: CPython's
//! threads that are left over do not survive a process that goes on for long without an interpreter.

use std::ffi::c_int;
use std::sync::Once;
use std::time::Duration;

use basenji::client::close_all;
use pyo3::ffi;

/// How long all clients together may take.
const END: Duration = Duration::from_secs(1);

unsafe extern "C" {
    fn atexit(last: extern "C" fn()) -> c_int;
}

extern "C" fn last() {
    // SAFETY: it reads a flag, and may be called in every state of the interpreter.
    if unsafe { ffi::Py_IsInitialized() } != 0 {
        close_all(END);
    }
}

/// Has the clients of this process closed at its end. To be called once there is one: the end calls first what was registered last, and the client
/// registers an end of its own, which waits for nothing.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    // SAFETY: the function does not unwind, and the module is never unloaded. There is no memory for it where this fails, and then such an end loses
    // what was called in the last interval.
    ONCE.call_once(|| unsafe {
        atexit(last);
    });
}
