//! What a client without a thread of its own knows: how its lines are written, where they go, and what it has counted.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use basenji::client::Dialect;
use basenji::core::client::Identity;
use basenji::core::wire::{OriginFields, Tags, WriteError, Writer};

use crate::buffered::Buffered;
use crate::direct::Direct;

/// The longest line that is written without asking for more memory.
const LINE: usize = 1024;

/// A client that writes its peer's lines, unless it is told to write ours. The lock is never held while Python runs.
pub(crate) struct Plain {
    pub(crate) prefix: String,
    /// One by one, as they were given.
    pub(crate) tags: Vec<String>,
    pub(crate) default_rate: f64,
    pub(crate) cardinality: Option<String>,
    pub(crate) container_id: Option<String>,
    pub(crate) external_data: Option<String>,
    pub(crate) enabled: bool,
    /// Whether calls for metrics are aggregated.
    pub(crate) gathers: bool,
    /// Whether the first call starts the client of the fast profile.
    pub(crate) starts: bool,
    pub(crate) dialect: Dialect,
    pub(crate) direct: Option<Direct>,
    pub(crate) buffered: Buffered,
    pub(crate) counts: Counts,
    line: Vec<u8>,
}

/// What has been counted since the last report.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) telemetry: bool,
    /// Seconds since 1970 at the last report, and the least time between two of them.
    pub(crate) last_report: f64,
    pub(crate) interval: f64,
    pub(crate) metrics: u64,
    pub(crate) events: u64,
    pub(crate) service_checks: u64,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    /// Datagrams that were dropped, and their bytes, by reason.
    pub(crate) packets_queue: u64,
    pub(crate) packets_writer: u64,
    pub(crate) packets_expired: u64,
    pub(crate) bytes_queue: u64,
    pub(crate) bytes_writer: u64,
    pub(crate) bytes_expired: u64,
}

impl Plain {
    pub(crate) fn new() -> Mutex<Plain> {
        Mutex::new(Plain {
            prefix: String::new(),
            tags: Vec::new(),
            default_rate: 1.0,
            cardinality: None,
            container_id: None,
            external_data: None,
            enabled: true,
            gathers: false,
            starts: false,
            dialect: Dialect::DATADOGPY,
            direct: None,
            buffered: Buffered::default(),
            counts: Counts { interval: 10.0, ..Counts::default() },
            line: vec![0; LINE],
        })
    }

    /// Writes a line with `write` and hands it to `then`; `None` if it is refused.
    pub(crate) fn with_line<T>(
        &mut self,
        write: impl Fn(&Dialect, &Identity<'_>, &mut Writer<'_>) -> Result<(), WriteError>,
        then: impl FnOnce(&mut Option<Direct>, &mut Counts, &mut Buffered, &[u8]) -> T,
    ) -> Option<T> {
        let mut few: [&[u8]; 8] = [b""; 8];
        let many: Vec<&[u8]>;
        let tags = match few.get_mut(..self.tags.len()) {
            Some(few) => {
                few.iter_mut().zip(&self.tags).for_each(|(slot, tag)| *slot = tag.as_bytes());
                &*few
            }
            None => {
                many = self.tags.iter().map(String::as_bytes).collect();
                &many
            }
        };
        let bytes = |text: &'_ Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
        let (local, external) = (bytes(&self.container_id), bytes(&self.external_data));
        let identity = Identity {
            prefix: self.prefix.as_bytes(),
            suffix: b"",
            tags: Tags::List(tags),
            origin: OriginFields {
                local_data: local.as_deref(),
                external_data: external.as_deref(),
                cardinality: self.cardinality.as_deref().map(str::as_bytes),
            },
        };
        loop {
            let mut writer = Writer::new(&mut self.line);
            match write(&self.dialect, &identity, &mut writer) {
                Ok(()) => return Some(then(&mut self.direct, &mut self.counts, &mut self.buffered, writer.written())),
                Err(WriteError::Full) => {
                    let len = self.line.len();
                    self.line.resize(2 * len, 0);
                }
                Err(WriteError::Refused { .. }) => return None,
            }
        }
    }
}

impl Counts {
    /// Whether a report is due.
    pub(crate) fn is_due(&self) -> bool {
        self.telemetry && self.last_report + self.interval < now()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// Locks, whatever a panicking thread has left.
pub(crate) fn lock(plain: &Mutex<Plain>) -> MutexGuard<'_, Plain> {
    plain.lock().unwrap_or_else(PoisonError::into_inner)
}
