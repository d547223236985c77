//! The one border between C and what is wrapped.

use crate::status::{BJ_OK, bj_status};

/// Runs the body of an export; an error is its status. Nothing here panics, which `libbasenji_core.a` proves by linking.
#[inline(always)]
pub(crate) fn guard(work: impl FnOnce() -> Result<(), bj_status>) -> bj_status {
    match work() {
        Ok(()) => BJ_OK,
        Err(status) => status,
    }
}
