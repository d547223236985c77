//! Where the flushes of a server go: to the callbacks of a caller, and into the inbox if they are pulled.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::Arc;

use basenji::core::wire::Message;
use basenji::server::{Bucket, Sink};
use basenji_ffi_core::{bj_message, bj_on_series, view};

use crate::inbox::Inbox;
use crate::series::{samples, series_view};

/// Takes an event or a service check, as `bj_on_series` takes a series.
pub type bj_on_message = Option<unsafe extern "C" fn(user: *mut c_void, message: *const bj_message)>;

/// The callbacks of a caller.
pub(crate) struct Callbacks {
    pub(crate) on_series: bj_on_series,
    pub(crate) on_event: bj_on_message,
    pub(crate) on_service_check: bj_on_message,
    pub(crate) user: *mut c_void,
}

// SAFETY: `user` belongs to the caller, whom the header tells that callbacks run on another thread.
unsafe impl Send for Callbacks {}

/// The sink of a server.
pub(crate) struct CallbackSink {
    pub(crate) callbacks: Callbacks,
    pub(crate) inbox: Option<Arc<Inbox>>,
}

thread_local! {
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is in a callback, which must not wait for the end of its own thread.
pub(crate) fn in_callback() -> bool {
    IN_CALLBACK.get()
}

impl Sink for CallbackSink {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        IN_CALLBACK.set(true);
        self.callbacks.tell(bucket);
        IN_CALLBACK.set(false);
        if let Some(inbox) = &self.inbox {
            inbox.put(bucket);
        }
    }
}

impl Callbacks {
    fn tell(&self, bucket: &Bucket) {
        if let Some(callback) = self.on_series {
            for series in bucket.series() {
                let samples = samples(&series);
                let view = series_view(&series, samples.as_ref());
                // SAFETY: the caller gave it for this.
                unsafe { callback(self.user, &view) }
            }
        }
        let tell = |callback: bj_on_message, message: Message<'_>| {
            if let Some(callback) = callback {
                let view = view(&message, &[]);
                // SAFETY: the caller gave it for this.
                unsafe { callback(self.user, &view) }
            }
        };
        bucket.events().for_each(|event| tell(self.on_event, Message::Event(event)));
        bucket.service_checks().for_each(|check| tell(self.on_service_check, Message::ServiceCheck(check)));
    }
}
