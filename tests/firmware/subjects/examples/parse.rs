//! The parser alone: every message of a datagram, with its values, tags and origin.

#![no_std]

use basenji_core::wire::{Message, Messages, OriginFields, Tags};
use basenji_firmware_subjects as _;

/// There is nothing to make.
#[unsafe(no_mangle)]
pub extern "C" fn subject_start() {}

/// Reads the datagram, and says how much was in it.
///
/// # Safety
///
/// `datagram` points to `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn subject_run(_: u32, datagram: *const u8, len: usize) -> u32 {
    // SAFETY: as the contract says.
    let datagram = unsafe { core::slice::from_raw_parts(datagram, len) };
    let read = Messages::new(datagram).fold(0, |read: usize, message| {
        read.wrapping_add(match message {
            Ok(Message::Metric(metric)) => {
                let values =
                    metric.values.iter().fold(metric.sample_rate.to_bits(), |read, value| read ^ value.to_bits())
                        as usize;
                let member = metric.values.member().map_or(0, <[u8]>::len);
                metric.name.len() + metric.kind as usize + values + member + shared(metric.tags, metric.origin)
            }
            Ok(Message::Event(event)) => {
                event.title.chunks().chain(event.text.chunks()).count() + shared(event.tags, event.origin)
            }
            Ok(Message::ServiceCheck(check)) => {
                check.name.len() + check.status as usize + shared(check.tags, check.origin)
            }
            Err(error) => error.offset + usize::from(error.kind.code()),
        })
    });
    read as u32
}

fn shared(tags: Tags<'_>, origin: OriginFields<'_>) -> usize {
    let fields = [origin.local_data, origin.external_data, origin.cardinality];
    tags.iter().chain(fields.into_iter().flatten()).fold(0, |read, text| read.wrapping_add(text.len()))
}
