//! The buckets of a native histogram, in Prometheus' exposition and in remote write.
//!
//! Which buckets there are changes only with a new key, so a distribution that is kept has its spans written once. Their
//! counts are written each time, as deltas.

use basenji::core::state::zigzag;

use super::protobuf::{Message, varint};

/// Empty buckets that are written as such: a span of their own would take more bytes.
const GAP: i64 = 2;

/// Bytes that a bucket takes in a [`Layout`]: a span of its own, in which an offset of more than two bytes is as rare as
/// a length of two, and how many empty ones are written before it.
pub(crate) const BYTES: usize = 8;

/// The fields of spans and deltas, those of the negative side first.
pub(crate) type Fields = [[u8; 2]; 2];

/// In Prometheus' exposition.
pub(crate) const EXPOSITION: Fields = [[9, 10], [12, 13]];

/// In both versions of remote write.
pub(crate) const REMOTE_WRITE: Fields = [[8, 9], [11, 12]];

/// Where the buckets of a histogram are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layout {
    fields: Fields,
    negative: Side,
    positive: Side,
}

/// The same of one side of zero.
#[derive(Debug, Clone, PartialEq, Default)]
struct Side {
    /// As they are written.
    spans: Box<[u8]>,
    /// How many empty buckets are written before each one.
    gaps: Box<[u8]>,
    /// How many deltas there are.
    deltas: usize,
}

impl Layout {
    /// Of buckets by their indices, lowest first, each once.
    pub(crate) fn new(
        fields: Fields,
        negative: impl Iterator<Item = i32>,
        positive: impl Iterator<Item = i32>,
    ) -> Layout {
        let [below, above] = fields.map(|[spans, _]| spans);
        Layout { fields, negative: Side::new(below, negative), positive: Side::new(above, positive) }
    }

    pub(crate) fn fields(&self) -> Fields {
        self.fields
    }

    /// Writes both sides with these counts, one for each bucket in the order of [`Layout::new`].
    pub(crate) fn write(
        &self,
        negative: impl Iterator<Item = u64> + Clone,
        positive: impl Iterator<Item = u64> + Clone,
        scratch: &mut Vec<u8>,
        message: &mut Message<'_>,
    ) {
        let [below, above] = self.fields.map(|[_, deltas]| deltas);
        self.negative.write(below, negative, scratch, message);
        self.positive.write(above, positive, scratch, message);
    }
}

impl Side {
    fn new(field: u8, indices: impl Iterator<Item = i32>) -> Side {
        let (mut spans, mut gaps) = (Vec::new(), Vec::new());
        // The index that the next span would have with an offset of 0; the first and the last one of this span.
        let (mut next, mut open) = (0, None::<(i64, i64)>);
        for index in indices.map(i64::from) {
            let mut gap = 0_i64;
            open = match open {
                Some((first, last)) if index - last <= GAP + 1 => {
                    gap = (index - last - 1).max(0);
                    Some((first, index))
                }
                Some((first, last)) => {
                    next = span(&mut spans, field, next, first, last);
                    Some((index, index))
                }
                None => Some((index, index)),
            };
            gaps.push(gap as u8);
        }
        if let Some((first, last)) = open {
            span(&mut spans, field, next, first, last);
        }
        let deltas = gaps.len() + gaps.iter().map(|&gap| usize::from(gap)).sum::<usize>();
        Side { spans: spans.into(), gaps: gaps.into(), deltas }
    }

    fn write(
        &self,
        field: u8,
        counts: impl Iterator<Item = u64> + Clone,
        scratch: &mut Vec<u8>,
        message: &mut Message<'_>,
    ) {
        if self.gaps.is_empty() {
            return;
        }
        message.raw(&self.spans);
        // Most counts differ by so little that each delta takes a byte.
        scratch.clear();
        scratch.resize(self.deltas, 0);
        let (mut to, mut all) = (scratch.iter_mut(), 0);
        self.each_delta(counts.clone(), |delta| {
            let delta = zigzag(delta);
            all |= delta;
            if let Some(to) = to.next() {
                *to = delta as u8;
            }
        });
        if all >= 0x80 {
            scratch.clear();
            self.each_delta(counts, |delta| varint(scratch, zigzag(delta)));
        }
        message.bytes(field.into(), scratch);
    }

    /// Calls `each` with the deltas of the buckets and of the empty ones that are written.
    #[inline(always)]
    fn each_delta(&self, counts: impl Iterator<Item = u64>, mut each: impl FnMut(i64)) {
        let mut before = 0_u64;
        for (count, &gap) in counts.zip(&self.gaps) {
            if gap > 0 {
                each(0_u64.wrapping_sub(before) as i64);
                (1..gap).for_each(|_| each(0));
                before = 0;
            }
            each(count.wrapping_sub(before) as i64);
            before = count;
        }
    }
}

/// Writes a span from `first` to `last`, where an offset of 0 would be `next`; returns the next such index.
fn span(out: &mut Vec<u8>, field: u8, next: i64, first: i64, last: i64) -> i64 {
    Message::new(out).message(field.into(), |span| {
        if first != next {
            span.sint(1, first - next);
        }
        span.uint(2, (last - first + 1).unsigned_abs());
    });
    last + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(buckets: &[(i32, u64)]) -> String {
        let mut out = Vec::new();
        let layout = Layout::new(EXPOSITION, std::iter::empty(), buckets.iter().map(|bucket| bucket.0));
        let counts = buckets.iter().map(|bucket| bucket.1);
        // What was there before does not matter.
        layout.write(std::iter::empty(), counts, &mut vec![7; 9], &mut Message::new(&mut out));
        out.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn buckets_far_from_each_other_are_spans_of_their_own() {
        assert_eq!(hex(&[(0, 1), (65, 1), (102, 1)]), "62021001620508800110016204084810016a03020000");
        assert_eq!(hex(&[(-18, 1)]), "6204082310016a0102");
        assert_eq!(hex(&[]), "");
    }

    #[test]
    fn a_small_gap_is_written_as_empty_buckets() {
        // Counts 5, 0, 7, 0, 0, 1: deltas 5, -5, 7, -7, 0, 1.
        assert_eq!(hex(&[(1, 5), (3, 7), (6, 1)]), "6204080210066a060a090e0d0002");
        // Three empty ones are a new span; its delta goes on from 5.
        assert_eq!(hex(&[(1, 5), (5, 7)]), "6204080210016204080610016a020a04");
    }

    #[test]
    fn the_widest_indices_and_largest_counts_do_no_harm() {
        let most = u64::MAX;
        assert!(!hex(&[(i32::MIN, most), (0, 0), (i32::MAX, most)]).is_empty());
    }
}
