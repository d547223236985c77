//! Repetition as real senders have it: a few lines come all the time, most of them seldom.

/// As many lines as `lines` has, drawn by Zipf's law: the first of them twice as often as the second, three times as often as the third. The same
/// lines give the same text.
pub(crate) fn zipf<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let lines: Vec<&[u8]> = lines.collect();
    let ends: Vec<f64> = (1..=lines.len())
        .scan(0.0, |sum, rank| {
            *sum += 1.0 / rank as f64;
            Some(*sum)
        })
        .collect();
    let total = ends.last().copied().unwrap_or_default();
    let mut text = Vec::new();
    let mut state = 7_u64;
    for _ in 0..lines.len() {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let point = (state >> 11) as f64 / (1u64 << 53) as f64 * total;
        text.extend_from_slice(lines[ends.partition_point(|&end| end < point)]);
        text.push(b'\n');
    }
    text
}
