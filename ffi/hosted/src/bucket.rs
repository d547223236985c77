//! What a flush has finished, pulled by the caller.

use std::time::Duration;

use basenji::core::wire::{Event, Message, ServiceCheck};
use basenji::server::{Bucket, Series};
use basenji_ffi_core::*;

use crate::guard::guard;
use crate::inbox::Taken;
use crate::series::{samples, series_view};
use crate::server::bj_server;

/// What one flush of a server has finished: series, events and service checks.
pub struct bj_bucket {
    // What borrows from the bucket stands before it, and so goes before it.
    series: Box<dyn Iterator<Item = Series<'static>>>,
    events: Box<dyn Iterator<Item = Event<'static>>>,
    checks: Box<dyn Iterator<Item = ServiceCheck<'static>>>,
    /// What the series that was asked for last points to beside the bucket.
    current: Option<Box<Quantiles<'static>>>,
    _bucket: Owned,
}

/// A bucket that stays where it is.
struct Owned(*mut Bucket);

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: it comes from the box of `bj_bucket::new`, and whatever borrowed from it is gone.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

impl bj_bucket {
    fn new(bucket: Bucket) -> bj_bucket {
        let owned = Owned(Box::into_raw(Box::new(bucket)));
        // SAFETY: it is freed last, is not changed before, and nothing that borrows from it leaves this struct but as pointers, of which the header
        // tells how long they are good.
        let bucket: &'static Bucket = unsafe { &*owned.0 };
        bj_bucket {
            series: Box::new(bucket.series()),
            events: Box::new(bucket.events()),
            checks: Box::new(bucket.service_checks()),
            current: None,
            _bucket: owned,
        }
    }
}

/// Takes the oldest flush that waits into `*bucket_out`; waits for one for `timeout_ms` milliseconds at most. For servers whose `options.pull` was set.
/// To be freed by `bj_bucket_free`. Any thread, but no callback.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_SERVER`, `BJ_NULL_OUT`, `BJ_NOT_PULLED`; `BJ_TIMEOUT` when there is none yet, `BJ_END` when the server was stopped and all
/// were taken.
///
/// # Safety
///
/// `server` is NULL or not freed; `bucket_out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_server_next(
    server: *const bj_server,
    timeout_ms: u32,
    bucket_out: *mut *mut bj_bucket,
) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (server, out) = unsafe { (input(server, BJ_NULL_SERVER)?, output(bucket_out, BJ_NULL_OUT)?) };
        let inbox = server.inbox.as_ref().ok_or(BJ_NOT_PULLED)?;
        match inbox.take(Duration::from_millis(timeout_ms.into())) {
            Taken::Bucket(bucket) => *out = Box::into_raw(Box::new(bj_bucket::new(*bucket))),
            Taken::Nothing => return Err(BJ_TIMEOUT),
            Taken::End => return Err(BJ_END),
        }
        Ok(())
    })
}

/// The next series of a bucket into `*series_out`. What it points to is good until the next call or until the bucket is
/// freed.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_BUCKET`, `BJ_NULL_OUT`; `BJ_END` when there are no more.
///
/// # Safety
///
/// `bucket` is NULL or not freed, and no other thread uses it; `series_out` is NULL or points to a struct.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_bucket_next_series(bucket: *mut bj_bucket, series_out: *mut bj_series) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (bucket, out) = unsafe { (output(bucket, BJ_NULL_BUCKET)?, output(series_out, BJ_NULL_OUT)?) };
        let series = bucket.series.next().ok_or(BJ_END)?;
        bucket.current = samples(&series).map(Box::new);
        *out = series_view(&series, bucket.current.as_deref());
        Ok(())
    })
}

/// The next event of a bucket into `*event_out`. What it points to is good until the bucket is freed.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_BUCKET`, `BJ_NULL_OUT`; `BJ_END` when there are no more.
///
/// # Safety
///
/// `bucket` is NULL or not freed, and no other thread uses it; `event_out` is NULL or points to a struct.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_bucket_next_event(bucket: *mut bj_bucket, event_out: *mut bj_message) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (bucket, out) = unsafe { (output(bucket, BJ_NULL_BUCKET)?, output(event_out, BJ_NULL_OUT)?) };
        *out = view(&Message::Event(bucket.events.next().ok_or(BJ_END)?), &[]);
        Ok(())
    })
}

/// The next service check of a bucket into `*check_out`. What it points to is good until the bucket is freed.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_BUCKET`, `BJ_NULL_OUT`; `BJ_END` when there are no more.
///
/// # Safety
///
/// `bucket` is NULL or not freed, and no other thread uses it; `check_out` is NULL or points to a struct.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_bucket_next_service_check(bucket: *mut bj_bucket, check_out: *mut bj_message) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (bucket, out) = unsafe { (output(bucket, BJ_NULL_BUCKET)?, output(check_out, BJ_NULL_OUT)?) };
        *out = view(&Message::ServiceCheck(bucket.checks.next().ok_or(BJ_END)?), &[]);
        Ok(())
    })
}

/// Frees a bucket, before or after its server. NULL is harmless.
///
/// # Safety
///
/// `bucket` is NULL, or was made by `bj_server_next` and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_bucket_free(bucket: *mut bj_bucket) {
    guard(|| {
        if !bucket.is_null() {
            // SAFETY: it comes from the box of `bj_server_next`.
            drop(unsafe { Box::from_raw(bucket) });
        }
        Ok(())
    });
}
