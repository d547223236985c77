//! The one border between C and Rust.

use std::panic::{AssertUnwindSafe, catch_unwind};

use basenji_ffi_core::{BJ_OK, BJ_PANIC, bj_status};

/// Runs `work`; an error is its status, a panic is `BJ_PANIC` and goes no further.
pub(crate) fn guard(work: impl FnOnce() -> Result<(), bj_status>) -> bj_status {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => BJ_OK,
        Ok(Err(status)) => status,
        Err(_) => BJ_PANIC,
    }
}
