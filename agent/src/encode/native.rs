//! The buckets of a native histogram, in Prometheus' exposition and in remote write.

use basenji::core::state::prometheus;

use super::exponential::Buckets;
use super::pen::FIELD;
use super::protobuf::Message;

/// Writes both sides of a histogram: the spans and deltas of the negative ones in these two fields, then those of the
/// positive ones.
pub(crate) fn sides(message: &mut Message<'_>, negative: [u8; 2], positive: [u8; 2], buckets: &mut Buckets) {
    let Buckets { positive: above, negative: below, sheet, .. } = buckets;
    sheet.truncate(0);
    sheet.write((above.len() + below.len()) * prometheus::BUCKET + 2 * FIELD, |pen| {
        for ([spans, deltas], side) in [(negative, below), (positive, above)] {
            prometheus::side(pen, spans, deltas, side.iter().copied());
        }
    });
    message.raw(sheet.written());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(buckets: &[(i32, u64)]) -> String {
        let mut out = Vec::new();
        let mut buckets = Buckets { positive: buckets.to_vec(), ..Buckets::default() };
        sides(&mut Message::new(&mut out), [9, 10], [12, 13], &mut buckets);
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
