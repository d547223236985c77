//! The series that the history knows: text of each once, and how many of its points are kept.

use std::collections::HashMap;

use basenji::core::wire::MetricKind;
use basenji::server::Series;

use crate::json::Lossy;

/// What an allocator takes for itself, roughly.
const ALLOCATED: usize = 16;

/// One series.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) name: String,
    pub(super) kind: MetricKind,
    /// Sorted; a host and an origin, where there is one, are among them.
    pub(super) tags: Vec<String>,
    /// The bucket in which it came first, in seconds since 1970, as far as is known.
    pub(super) since: u64,
    /// Points that are kept of it.
    points: u32,
    key: Box<[u8]>,
}

impl Context {
    /// The value of its first tag of this key; of a tag without a value nothing.
    pub(super) fn value_of(&self, key: &str) -> Option<&str> {
        self.tags.iter().find_map(|tag| match tag.split_once(':') {
            Some((own, value)) if own == key => Some(value),
            None if tag == key => Some(""),
            _ => None,
        })
    }

    fn bytes(&self) -> usize {
        let text: usize = self.tags.iter().map(|tag| tag.len() + size_of::<String>() + ALLOCATED).sum();
        // The key stands in the table too.
        size_of::<Context>() + text + self.name.len() + 2 * self.key.len() + 4 * ALLOCATED
    }
}

/// Every series of which a point is kept.
#[derive(Debug, Default)]
pub(super) struct Names {
    ids: HashMap<Box<[u8]>, u32>,
    /// In boxes, so that one that is forgotten leaves little.
    contexts: Vec<Option<Box<Context>>>,
    free: Vec<u32>,
    bytes: usize,
    scratch: Vec<u8>,
}

impl Names {
    /// The number of a series, one more point of which is kept; it may be that of one that is forgotten.
    pub(super) fn take(&mut self, series: &Series<'_>, at: u64) -> u32 {
        let mut key = std::mem::take(&mut self.scratch);
        key.clear();
        key.extend_from_slice(series.name);
        key.push(b'|');
        key.extend_from_slice(series.kind.name().as_bytes());
        let origin = [series.origin.local_data, series.origin.external_data, series.origin.cardinality];
        for part in [Some(series.host)].into_iter().chain(origin).map(Option::unwrap_or_default) {
            key.push(b'|');
            key.extend_from_slice(part);
        }
        for tag in series.tags {
            key.push(b',');
            key.extend_from_slice(tag);
        }
        let id = match self.ids.get(&key[..]) {
            Some(id) => *id,
            None => self.insert(&key, series, at),
        };
        self.scratch = key;
        if let Some(Some(context)) = self.contexts.get_mut(id as usize) {
            context.points += 1;
        }
        id
    }

    fn insert(&mut self, key: &[u8], series: &Series<'_>, at: u64) -> u32 {
        let text = |bytes: &[u8]| Lossy(bytes).to_string();
        let mut tags: Vec<String> = series.tags.iter().map(text).collect();
        if !series.host.is_empty() {
            tags.push(format!("host:{}", Lossy(series.host)));
        }
        let origin = series.origin;
        for (key, part) in [("c", origin.local_data), ("e", origin.external_data), ("card", origin.cardinality)] {
            tags.extend(part.map(|part| format!("{key}:{}", Lossy(part))));
        }
        tags.sort_unstable();
        let context =
            Context { name: text(series.name), kind: series.kind, tags, since: at, points: 0, key: key.into() };
        self.bytes += context.bytes();
        let id = self.free.pop().unwrap_or_else(|| {
            self.contexts.push(None);
            u32::try_from(self.contexts.len() - 1).unwrap_or(u32::MAX)
        });
        self.ids.insert(key.into(), id);
        self.contexts[id as usize] = Some(Box::new(context));
        id
    }

    /// Drops one point of a series; a series without points is forgotten.
    pub(super) fn drop_point(&mut self, id: u32) {
        let Some(place) = self.contexts.get_mut(id as usize) else { return };
        let Some(context) = place else { return };
        context.points = context.points.saturating_sub(1);
        if context.points == 0 {
            self.bytes -= context.bytes();
            self.ids.remove(&context.key);
            *place = None;
            self.free.push(id);
        }
    }

    /// Every series and its number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Context)> {
        (0..).zip(&self.contexts).filter_map(|(id, context)| Some((id, context.as_deref()?)))
    }

    /// The kind of a series.
    pub(super) fn kind(&self, id: u32) -> Option<MetricKind> {
        Some(self.contexts.get(id as usize)?.as_ref()?.kind)
    }

    /// One more than the largest number.
    pub(super) fn end(&self) -> usize {
        self.contexts.len()
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Gives back most of the table's room after many series were forgotten.
    pub(super) fn shrink(&mut self) {
        if self.ids.capacity() > 1024 && self.ids.len() < self.ids.capacity() / 4 {
            self.ids.shrink_to(self.ids.len() * 2);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let row = size_of::<(Box<[u8]>, u32)>() + 1;
        let places =
            self.contexts.capacity() * size_of::<Option<Box<Context>>>() + self.free.capacity() * size_of::<u32>();
        // An eighth of a table stays empty.
        self.bytes + self.ids.capacity() * row * 8 / 7 + places
    }
}
