//! Recording for a context that was recorded for before, without a search: a hint says where to look, the bytes decide.

use super::aggregator::Aggregator;
use super::entry::{Entry, Slot};
use super::hint::Hint;
use super::outcome::Outcome;
use super::record::seconds;
use super::sample::{self, Sample};
use super::storage::Storage;
use super::table::has_only_tags;
use crate::Time;
use crate::wire::search::same;
use crate::wire::{MetricKind, TagTexts};

impl<S: Storage> Aggregator<S> {
    /// The context that a metric was recorded for last.
    pub fn last_context(&self) -> Hint {
        self.last
    }

    /// [`Aggregator::record`] of one value that is no set's member, for a context that has nothing but a kind, a name and tags and that was at
    /// `hint` before. False if the context is not there, if the value is not finite or if there is no room: then nothing was recorded. Cost: linear in
    /// the bytes.
    #[inline]
    pub fn record_at(
        &mut self,
        hint: Hint,
        (kind, name, tags): (MetricKind, &[u8], impl TagTexts),
        value: f64,
        now: Time,
    ) -> bool {
        if self.closed.is_some() {
            self.settle();
        }
        let (Hint(at), parts) = (hint, self.storage.parts());
        let Some(entry) = parts.entries.get_mut(at as usize).filter(|_| at < self.table.len) else { return false };
        if !is_of(entry, parts.text, (kind, name, tags)) {
            return false;
        }
        let (sample, (from, to, bucket)) = (Sample { value, weight: 1.0, member: 0, now }, self.current);
        let mut slot = Slot { at: bucket, a: entry.a, b: entry.b };
        // A sum that a count has room for is finite.
        let is_plain = (kind == MetricKind::Count || kind == MetricKind::Gauge && value.is_finite())
            && u64::from(entry.bucket) == bucket
            && (from..to).contains(&now.as_millis())
            && sample::add_plain(kind, &mut slot, &sample);
        if is_plain {
            (entry.a, entry.b) = (slot.a, slot.b);
            entry.last_seen = entry.last_seen.max(seconds(now));
        }
        is_plain || value.is_finite() && self.take(at, sample, None) == Outcome::Bucket
    }
}

/// Whether an entry has nothing but this kind, this name and these tags.
#[inline(always)]
fn is_of(entry: &Entry, text: &[u8], (kind, name, tags): (MetricKind, &[u8], impl TagTexts)) -> bool {
    if !has_only_tags(entry, kind) || usize::from(entry.name_len) != name.len() {
        return false;
    }
    let (start, len) = (entry.text as usize, name.len().wrapping_add(entry.tags_len.into()));
    let key = text.get(start..start.wrapping_add(len)).unwrap_or_default();
    let Some((stored, stored_tags)) = key.split_at_checked(name.len()) else { return false };
    same(stored, name) && tags.are_counted(stored_tags, entry.tags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::{Point, Settings, Source, StaticStorage};
    use crate::wire::{Metric, OriginFields, Tags, Values};

    const NOW: Time = Time::from_secs(1000);

    fn metric<'a>(tags: &'a [&'a [u8]], member: Option<&'a [u8]>) -> Metric<'a> {
        Metric {
            name: b"name",
            kind: if member.is_some() { MetricKind::Set } else { MetricKind::Count },
            values: member.map_or(Values::One(1.0), Values::Member),
            sample_rate: 1.0,
            tags: Tags::List(tags),
            timestamp: None,
            origin: OriginFields::NONE,
        }
    }

    #[test]
    fn a_hint_leads_to_its_context_and_to_no_other() {
        let mut aggregator = Aggregator::new(StaticStorage::<8, 256, 64>::new(), Settings::new());
        assert!(!aggregator.record_at(Hint::default(), (MetricKind::Count, b"", &[b""; 0][..]), 1.0, NOW));
        aggregator.record(&metric(&[b"a", b"b"], None), &Source::default(), NOW).unwrap();
        let hint = aggregator.last_context();
        aggregator.record(&metric(&[], None), &Source::default(), NOW).unwrap();
        let mut at =
            |hint, kind, name: &str, tags: &[&str]| aggregator.record_at(hint, (kind, name.as_bytes(), tags), 1.0, NOW);
        assert!(at(hint, MetricKind::Count, "name", &["a", "b"]));
        for tags in [&[][..], &["a"], &["a,b"], &["a", "b", ""], &["b", "a"], &["a", "c"], &["a", ",b"], &["a,", "b"]] {
            assert!(!at(hint, MetricKind::Count, "name", tags), "{tags:?}");
        }
        assert!(!at(hint, MetricKind::Gauge, "name", &["a", "b"]));
        assert!(!at(hint, MetricKind::Count, "nam", &["a", "b"]));
        assert!(!at(Hint(hint.0 + 2), MetricKind::Count, "name", &["a", "b"]));
        assert!(!aggregator.record_at(hint, (MetricKind::Count, b"name", &["a", "b"][..]), f64::NAN, NOW));
        let mut sums = aggregator.flush_all(NOW).filter_map(|series| match series.point {
            Point::Count(sum) => Some(sum),
            _ => None,
        });
        assert_eq!((sums.next(), sums.next(), sums.next()), (Some(2.0), Some(1.0), None));
    }

    #[test]
    fn tags_are_told_apart_however_many_there_are() {
        for count in [1usize, 2, 253, 254, 255, 256, 300] {
            let mut aggregator = Aggregator::new(StaticStorage::<4, 8192, 64, 512>::new(), Settings::new());
            let tags: std::vec::Vec<_> = (0..count).map(|tag| std::format!("t{tag}").into_bytes()).collect();
            let list: std::vec::Vec<&[u8]> = tags.iter().map(|tag| &tag[..]).collect();
            aggregator.record(&metric(&list, None), &Source::default(), NOW).unwrap();
            let hint = aggregator.last_context();
            let mut at = |tags: &[&[u8]]| aggregator.record_at(hint, (MetricKind::Count, b"name", tags), 1.0, NOW);
            assert!(at(&list) && !at(&list[1..]) && !at(&[&list[..], &[b"x"]].concat()), "{count}");
            // The same text with a tag less: the last two are one, with a comma of its own.
            let (rest, last) = list.split_at(count.saturating_sub(2));
            let last = last.join(&b',');
            assert_eq!(at(&[rest, &[&last]].concat()), count == 1, "{count}");
        }
    }

    #[test]
    fn what_has_more_than_tags_is_not_found_by_them() {
        let settings = Settings { key_by_origin: true, ..Settings::new() };
        let mut aggregator = Aggregator::new(StaticStorage::<8, 256, 64>::new(), settings);
        let origin = OriginFields { cardinality: Some(b"low"), ..OriginFields::NONE };
        let host = Source { host: b"h", ..Source::default() };
        for (metric, source) in [
            (Metric { origin, ..metric(&[], None) }, Source::default()),
            (metric(&[], None), host),
            (metric(&[b""], None), Source::default()),
        ] {
            aggregator.record(&metric, &source, NOW).unwrap();
            let hint = aggregator.last_context();
            for tags in [&[][..], &[""]] {
                assert!(!aggregator.record_at(hint, (MetricKind::Count, b"name", tags), 1.0, NOW));
            }
        }
    }
}
