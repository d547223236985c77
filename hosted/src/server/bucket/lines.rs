//! Events and service checks of a bucket: what a receiver knows is filled in, and they are kept as canonical lines of
//! the protocol.

use basenji_core::Time;
use basenji_core::wire::{Event, Message, ServiceCheck, Tags, WriteError, Writer};

/// Lines, one after the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Lines {
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes that they take.
    pub(super) fn size(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<usize>()
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Appends a message.
    ///
    /// # Errors
    ///
    /// It has parts that no line can have, which does not happen to what came from one.
    pub(super) fn push(&mut self, message: &Message<'_>) -> Result<(), WriteError> {
        let start = self.text.len();
        let mut room = 1024;
        loop {
            self.text.resize(start + room, 0);
            let mut writer = Writer::new(&mut self.text[start..]);
            let result = message.write(&mut writer);
            let line = writer.written().strip_suffix(b"\n").map_or(0, <[u8]>::len);
            self.text.truncate(start + line);
            match result {
                Err(WriteError::Full) => room *= 4,
                result => return result.map(|()| self.ends.push(start + line)),
            }
        }
    }
}

/// What a receiver knows of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Enrichment<'a> {
    /// When it came.
    pub(crate) at: Time,
    /// Tags to add: those of its origin, and those of every message.
    pub(crate) tags: [Tags<'a>; 2],
}

/// The tags of an event or a service check as a sorted set, and the host that one of them names.
///
/// As with metrics, `host:` and `dd.internal.` tags are taken out, and of several hosts the message's last one holds.
struct Enriched<'a> {
    tags: Vec<&'a [u8]>,
    host: Option<&'a [u8]>,
}

impl<'a> Enriched<'a> {
    fn new(own: Tags<'a>, added: [Tags<'a>; 2]) -> Enriched<'a> {
        let added = || added.into_iter().flatten();
        let host = |tag: &'a [u8]| tag.strip_prefix(b"host:");
        let hosts = own.iter().filter_map(host).last().or_else(|| added().find_map(host));
        let is_plain = |tag: &&[u8]| !tag.starts_with(b"host:") && !tag.starts_with(b"dd.internal.");
        let mut tags: Vec<_> = own.iter().chain(added()).filter(is_plain).collect();
        tags.sort_unstable();
        tags.dedup();
        Enriched { tags, host: hosts.filter(|host| !host.is_empty()) }
    }
}

/// Calls `keep` with the message as it is to be sent on: with a timestamp, a host where one is named, and its tags as a
/// sorted set.
pub(super) fn enrich<R>(message: Message<'_>, added: Enrichment<'_>, keep: impl FnOnce(&Message<'_>) -> R) -> R {
    let seconds = i64::try_from(added.at.as_secs()).unwrap_or(i64::MAX);
    let timestamp = |own: Option<i64>| own.filter(|&own| own != 0).or(Some(seconds));
    match message {
        Message::Metric(_) => keep(&message),
        Message::Event(event) => {
            let enriched = Enriched::new(event.tags, added.tags);
            keep(&Message::Event(Event {
                timestamp: timestamp(event.timestamp),
                hostname: event.hostname.filter(|host| !host.is_empty()).or(enriched.host),
                tags: Tags::List(&enriched.tags),
                ..event
            }))
        }
        Message::ServiceCheck(check) => {
            let enriched = Enriched::new(check.tags, added.tags);
            keep(&Message::ServiceCheck(ServiceCheck {
                timestamp: timestamp(check.timestamp),
                hostname: check.hostname.filter(|host| !host.is_empty()).or(enriched.host),
                tags: Tags::List(&enriched.tags),
                ..check
            }))
        }
    }
}
