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

#[cfg(test)]
mod tests {
    use super::*;
    use basenji_ffi_core::BJ_CLOSED;

    #[test]
    fn a_panic_is_a_status_and_goes_no_further() {
        assert_eq!(guard(|| panic!("a fault on purpose")), BJ_PANIC);
        assert_eq!((guard(|| Ok(())), guard(|| Err(BJ_CLOSED))), (BJ_OK, BJ_CLOSED));
    }
}
