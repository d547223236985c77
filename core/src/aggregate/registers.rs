//! The registers of a HyperLogLog, a byte each, eight a word.

/// The register of a hash, of 2 to the power of `precision` (4 to 16), and the place of the first one bit after its number, counted from 1.
#[inline]
pub fn register(hash: u64, precision: u8) -> (usize, u8) {
    let precision = u32::from(precision.clamp(4, 16));
    let index = hash.wrapping_shr(64u32.wrapping_sub(precision));
    // A bit of its own ends the search where all of the member's are 0.
    let rest = hash.wrapping_shl(precision) | 1u64.wrapping_shl(precision.wrapping_sub(1));
    (index as usize, (rest.leading_zeros() as u8).wrapping_add(1))
}

/// The words of the registers, without what a block has beyond them: no block is as small as the sixteen registers of precision 4.
pub(super) fn of_block(words: &[u64], precision: u64) -> &[u64] {
    words.get(..(1usize << precision.clamp(4, 16)) / 8).unwrap_or(words)
}

/// Raises the register of `member` to the place of the first one bit after the register's number.
pub(super) fn raise(registers: &mut [u64], precision: u64, member: u64) {
    let (index, rank) = register(member, precision.min(16) as u8);
    if let Some(word) = registers.get_mut(index / 8) {
        let shift = (index % 8).wrapping_mul(8);
        if (*word >> shift & 0xff) < u64::from(rank) {
            *word = *word & !(0xff << shift) | u64::from(rank) << shift;
        }
    }
}

/// Ertl's improved estimator ("New cardinality estimation algorithms for HyperLogLog sketches", 2017): no bias correction tables.
pub(super) fn estimate(registers: &[u64], precision: u64) -> u64 {
    let mut histogram = [0u32; 64];
    for register in of_block(registers, precision).iter().flat_map(|word| word.to_le_bytes()) {
        if let Some(count) = histogram.get_mut(usize::from(register)) {
            *count = count.wrapping_add(1);
        }
    }
    let precision = precision.clamp(4, 16);
    let m = (1u64 << precision) as f64;
    let ranks = 64usize.wrapping_sub(precision as usize);
    let share = |rank: usize| histogram.get(rank).map_or(0.0, |&count| f64::from(count));
    let mut z = m * tau(1.0 - share(ranks.wrapping_add(1)) / m);
    for rank in (1..=ranks).rev() {
        z = 0.5 * (z + share(rank));
    }
    z += m * sigma(share(0) / m);
    libm::round(m * m / (2.0 * core::f64::consts::LN_2 * z)) as u64
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    // The sum grows until it no longer changes, at most about 50 steps.
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = libm::sqrt(x);
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}
