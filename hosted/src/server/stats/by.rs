//! Counters by kind: of listener, of message, of error.

use std::fmt;
use std::marker::PhantomData;

use basenji_core::wire::{Message, MetricKind};
use basenji_core::{ErrorKind, Full};

use crate::server::socket::ListenerKind;

/// A closed list of things to be counted one by one.
pub trait Kind: Copy + 'static {
    /// All of them; `ALL[i].index() == i`.
    const ALL: &'static [Self];

    /// The place in [`Kind::ALL`].
    fn index(self) -> usize;

    /// The short stable name.
    fn name(self) -> &'static str;

    /// The name as the value of a tag: lower case, digits and `_`.
    fn tag_value(self) -> String {
        self.name().to_owned()
    }
}

/// What a message is: a metric of some kind, an event or a service check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// A metric.
    Metric(MetricKind),
    /// An event.
    Event,
    /// A service check.
    ServiceCheck,
}

impl MessageKind {
    /// The kind of a parsed message.
    pub fn of(message: &Message<'_>) -> MessageKind {
        match message {
            Message::Metric(metric) => MessageKind::Metric(metric.kind),
            Message::Event(_) => MessageKind::Event,
            Message::ServiceCheck(_) => MessageKind::ServiceCheck,
        }
    }
}

impl Kind for MessageKind {
    const ALL: &'static [MessageKind] = &[
        MessageKind::Metric(MetricKind::Count),
        MessageKind::Metric(MetricKind::Gauge),
        MessageKind::Metric(MetricKind::Timing),
        MessageKind::Metric(MetricKind::Histogram),
        MessageKind::Metric(MetricKind::Distribution),
        MessageKind::Metric(MetricKind::Set),
        MessageKind::Event,
        MessageKind::ServiceCheck,
    ];

    fn index(self) -> usize {
        match self {
            MessageKind::Metric(kind) => kind as usize,
            MessageKind::Event => MetricKind::ALL.len(),
            MessageKind::ServiceCheck => MetricKind::ALL.len() + 1,
        }
    }

    fn name(self) -> &'static str {
        match self {
            MessageKind::Metric(kind) => kind.name(),
            MessageKind::Event => "event",
            MessageKind::ServiceCheck => "service_check",
        }
    }
}

impl Kind for ListenerKind {
    const ALL: &'static [ListenerKind] = &ListenerKind::ALL;

    fn index(self) -> usize {
        self as usize
    }

    fn name(self) -> &'static str {
        self.name()
    }
}

impl Kind for ErrorKind {
    const ALL: &'static [ErrorKind] = ErrorKind::ALL;

    fn index(self) -> usize {
        usize::from(self.code()) - 1
    }

    fn name(self) -> &'static str {
        self.name()
    }

    /// The name may have a `|`: that of the variant is spelled out instead.
    fn tag_value(self) -> String {
        let mut value = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_ascii_uppercase() && !value.is_empty() {
                value.push('_');
            }
            value.push(letter.to_ascii_lowercase());
        }
        value
    }
}

impl Kind for Full {
    const ALL: &'static [Full] = Full::ALL;

    fn index(self) -> usize {
        self as usize
    }

    fn name(self) -> &'static str {
        self.name()
    }
}

/// The longest list of a [`Kind`].
const WIDTH: usize = 24;

const _: () = assert!(ErrorKind::ALL.len() <= WIDTH && MessageKind::ALL.len() == MetricKind::ALL.len() + 2);

/// A counter for each thing of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct By<K> {
    counts: [u64; WIDTH],
    kind: PhantomData<K>,
}

impl<K: Kind> By<K> {
    /// The count of one of them.
    pub fn get(&self, kind: K) -> u64 {
        self.counts.get(kind.index()).copied().unwrap_or(0)
    }

    /// The sum over all.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Each with its count.
    pub fn iter(&self) -> impl Iterator<Item = (K, u64)> {
        K::ALL.iter().copied().zip(self.counts)
    }

    /// The same counts with `more` of one of them.
    #[must_use]
    pub fn plus(mut self, kind: K, more: u64) -> By<K> {
        self.add(kind, more);
        self
    }

    /// Adds the counts of `other`.
    pub(crate) fn merge(&mut self, other: &By<K>) {
        self.counts.iter_mut().zip(other.counts).for_each(|(sum, count)| *sum = sum.wrapping_add(count));
    }

    /// Takes the counts of `other` away.
    pub(crate) fn subtract(&mut self, other: &By<K>) {
        self.counts.iter_mut().zip(other.counts).for_each(|(rest, count)| *rest = rest.wrapping_sub(count));
    }

    /// Takes `count` of one of them away.
    pub(crate) fn take(&mut self, kind: K, count: u64) {
        self.set(kind, self.get(kind).wrapping_sub(count));
    }

    pub(crate) fn set(&mut self, kind: K, count: u64) {
        if let Some(slot) = self.counts.get_mut(kind.index()) {
            *slot = count;
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, kind: K, count: u64) {
        if let Some(slot) = self.counts.get_mut(kind.index()) {
            *slot += count;
        }
    }
}

/// What a row of the table of counters holds: one number, or one for each thing of a list.
pub(super) trait Cells {
    /// How many numbers.
    const LEN: usize;

    /// The numbers.
    fn cells(&self) -> &[u64];

    /// The numbers, to be changed.
    fn cells_mut(&mut self) -> &mut [u64];

    /// What the `index`th number is called as the value of a tag, if there are several.
    fn tag_value(index: usize) -> Option<String>;
}

impl Cells for u64 {
    const LEN: usize = 1;

    fn cells(&self) -> &[u64] {
        std::slice::from_ref(self)
    }

    fn cells_mut(&mut self) -> &mut [u64] {
        std::slice::from_mut(self)
    }

    fn tag_value(_: usize) -> Option<String> {
        None
    }
}

impl<K: Kind> Cells for By<K> {
    const LEN: usize = K::ALL.len();

    fn cells(&self) -> &[u64] {
        &self.counts[..Self::LEN]
    }

    fn cells_mut(&mut self) -> &mut [u64] {
        &mut self.counts[..Self::LEN]
    }

    fn tag_value(index: usize) -> Option<String> {
        K::ALL.get(index).map(|kind| kind.tag_value())
    }
}

impl<K> Default for By<K> {
    fn default() -> Self {
        By { counts: [0; WIDTH], kind: PhantomData }
    }
}

impl<K: Kind> fmt::Debug for By<K> {
    /// Those that are not 0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().filter(|(_, count)| *count > 0).map(|(kind, count)| (kind.name(), count)))
            .finish()
    }
}
