//! The client.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use basenji::client::{Client, Troubles};
use basenji_ffi_core::*;

use crate::client_options::{bj_client_options, build};
use crate::guard::guard;
use crate::trouble::{self, bj_trouble};

/// A client, shared by all threads of a program.
pub struct bj_client {
    pub(crate) client: Client,
    pub(crate) troubles: Arc<Troubles<bj_trouble>>,
    closed: AtomicBool,
}

impl bj_client {
    /// The client that `client` points to.
    ///
    /// # Errors
    ///
    /// `BJ_NULL_CLIENT`, or `BJ_CLOSED` after `bj_close`.
    ///
    /// # Safety
    ///
    /// `client` is NULL or was made by `bj_client_new` and is not freed.
    #[inline]
    pub(crate) unsafe fn open<'a>(client: *const bj_client) -> Result<&'a Client, bj_status> {
        // SAFETY: as this function's contract says.
        let client = unsafe { input(client, BJ_NULL_CLIENT)? };
        if client.closed.load(Ordering::Relaxed) {
            return Err(BJ_CLOSED);
        }
        Ok(&client.client)
    }
}

/// Makes a client into `*client_out`; `options` may be NULL for the defaults. Nothing is opened or looked up before the first datagram. To be
/// freed by `bj_client_free`. Any thread.
///
/// Errors: `BJ_NULL_OUT`, `BJ_MISALIGNED`, `BJ_BAD_SIZE`, `BJ_BAD_ADDRESS`, `BJ_BAD_PROFILE`, `BJ_BAD_SWITCH`, `BJ_BAD_CARDINALITY`,
/// `BJ_BAD_DIALECT`, `BJ_BAD_SETTING`, `BJ_BAD_UTF8`, `BJ_BAD_SAMPLE_RATE`, `BJ_NULL_TAGS`, `BJ_SYSTEM`.
///
/// # Safety
///
/// `options` is NULL or as its members say; `client_out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_client_new(
    options: *const bj_client_options,
    client_out: *mut *mut bj_client,
) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (out, options) = unsafe { (output(client_out, BJ_NULL_OUT)?, options::read(options)?) };
        let troubles = Arc::default();
        // SAFETY: the strings are as this function's contract says.
        let client = unsafe { build(&options, &troubles)? };
        *out = Box::into_raw(Box::new(bj_client { client, troubles, closed: AtomicBool::new(false) }));
        Ok(())
    })
}

/// Sends what was called before, and waits until it is with the system, or lost and counted, `timeout_ms` milliseconds at most. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_TIMEOUT` when something waits still.
///
/// # Safety
///
/// `client` is NULL or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_flush(client: *const bj_client, timeout_ms: u32) -> bj_status {
    guard(|| {
        // SAFETY: the pointer is as this function's contract says.
        let client = unsafe { bj_client::open(client)? };
        let done = client.flush_within(Duration::from_millis(timeout_ms.into()));
        if done { Ok(()) } else { Err(BJ_TIMEOUT) }
    })
}

/// Sends what was called before, `timeout_ms` milliseconds at most, and ends the client: calls after it return `BJ_CLOSED`, its counters stay
/// readable. With 0 it gives the system one chance to take everything and waits for nothing. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_CLOSED` when it was closed before, `BJ_TIMEOUT` when something was left: it is lost and counted, and the client is
/// closed all the same.
///
/// # Safety
///
/// `client` is NULL or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_close(client: *const bj_client, timeout_ms: u32) -> bj_status {
    guard(|| {
        // SAFETY: the pointer is as this function's contract says.
        let client = unsafe { input(client, BJ_NULL_CLIENT)? };
        if client.closed.swap(true, Ordering::Relaxed) {
            return Err(BJ_CLOSED);
        }
        let done = client.client.close_within(Duration::from_millis(timeout_ms.into()));
        if done { Ok(()) } else { Err(BJ_TIMEOUT) }
    })
}

/// Frees a client, after closing it as `bj_close` does with `timeout_ms` if it was not closed; its metrics may still be called and freed, and do
/// nothing. After `bj_close`, and with 0, it waits for nothing. NULL is harmless. No other thread may use it any more.
///
/// # Safety
///
/// `client` is NULL, or was made by `bj_client_new` and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_client_free(client: *mut bj_client, timeout_ms: u32) {
    guard(|| {
        if !client.is_null() {
            // SAFETY: it comes from the box of `bj_client_new`.
            let client = unsafe { Box::from_raw(client) };
            client.client.close_within(Duration::from_millis(timeout_ms.into()));
        }
        Ok(())
    });
}

/// Takes the oldest trouble that is kept (`troubles` of the options) into `*trouble_out`; of a closed client too. Any thread.
///
/// Errors: `BJ_NULL_CLIENT`, `BJ_NULL_OUT`, `BJ_MISALIGNED`, `BJ_END` when there is none.
///
/// # Safety
///
/// `client` is NULL or not freed; `trouble_out` is NULL or points to a struct.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_client_trouble(client: *const bj_client, trouble_out: *mut bj_trouble) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (client, out) = unsafe { (input(client, BJ_NULL_CLIENT)?, output(trouble_out, BJ_NULL_OUT)?) };
        *out = trouble::next(&client.troubles).ok_or(BJ_END)?;
        Ok(())
    })
}
