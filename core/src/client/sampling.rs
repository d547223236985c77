//! Sampling: which calls are sent, and which rate stands in the line.
//!
//! The generator is wyrand: 64 bits of state, one multiplication a draw. Whoever can guess the seed can guess which calls are sent, which
//! harms nobody. Nothing here reads a clock or a random source: the seed is the caller's.

use crate::wire::WIDE;

/// What a sample rate means to a client.
///
/// | rate | `Proper` | `AllButOne` | `UpToOne` | `BelowOne` |
/// | --- | --- | --- | --- | --- |
/// | between 0 and 1 | sampled | sampled | sampled | sampled |
/// | 1 | sent | sent | sent | sent |
/// | above 1 | sent, odd | sent, written | sent | sent |
/// | 0 | sent, odd | sent if 0 is drawn | sent | sent if 0 is drawn |
/// | below 0 | sent, odd | never sent | never sent | never sent |
/// | NaN | sent, odd | sent, written | sent | sent |
///
/// A sampled call is sent if the draw, from 0 to below 1, is below the rate (`Proper`, `UpToOne`), or not above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rates {
    /// Ours: only what lies between 0 and 1 is sampled; all else but 1 is odd, for the caller to count, and taken as 1.
    Proper,
    /// datadogpy.
    AllButOne,
    /// hot-shots, to which 0 and NaN mean that no rate was given.
    UpToOne,
    /// datadog-go.
    BelowOne,
}

impl Rates {
    /// Whether a rate stands in the line.
    #[inline]
    pub fn is_written(self, rate: f64) -> bool {
        match self {
            Rates::Proper | Rates::UpToOne => 0.0 < rate && rate < 1.0,
            Rates::AllButOne => rate != 1.0,
            Rates::BelowOne => rate < 1.0,
        }
    }

    /// Whether a rate lies outside of (0, 1], which servers read in different ways.
    #[inline]
    pub fn is_odd(rate: f64) -> bool {
        !(0.0 < rate && rate <= 1.0)
    }

    /// Whether a call of this rate is sent, with a draw from 0 to below 1.
    #[inline]
    pub fn keeps(self, rate: f64, draw: f64) -> bool {
        match self {
            Rates::Proper => !self.is_written(rate) || draw < rate,
            Rates::UpToOne => rate == 0.0 || rate.is_nan() || draw < rate,
            Rates::AllButOne | Rates::BelowOne => draw <= rate || rate.is_nan(),
        }
    }
}

/// Decides which calls are sent.
#[derive(Debug, Clone)]
pub struct Sampler {
    state: u64,
}

impl Sampler {
    /// A sampler that decides the same for the same seed and calls. Two clients need different seeds, or they keep and drop the same calls.
    pub const fn new(seed: u64) -> Self {
        Sampler { state: seed }
    }

    /// Whether a call of this rate is sent. Only a rate other than 1 takes a draw.
    #[inline]
    pub fn keep(&mut self, rates: Rates, rate: f64) -> bool {
        rate == 1.0 || rates.keeps(rate, self.draw())
    }

    /// A number from 0 to below 1, each multiple of 2^-53 as likely.
    #[inline]
    pub fn draw(&mut self) -> f64 {
        const SCALE: f64 = 1.0 / (1u64 << 53) as f64;
        let number = (self.next() >> 11) as f64;
        if WIDE {
            return number * SCALE;
        }
        // Small machines take the power of two from the exponent, and need no multiplication of doubles.
        number.to_bits().checked_sub(53 << 52).map_or(0.0, f64::from_bits)
    }

    #[inline]
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0xa076_1d64_78bd_642f);
        let product = u128::from(self.state).wrapping_mul(u128::from(self.state ^ 0xe703_7ed1_a0b4_28db));
        (product >> 64) as u64 ^ product as u64
    }
}

#[cfg(test)]
mod tests {
    use super::{Rates, Sampler};

    #[test]
    fn the_rates_are_as_the_table_says() {
        use Rates::*;
        for rates in [Proper, AllButOne, UpToOne, BelowOne] {
            assert!(rates.keeps(0.5, 0.25) && !rates.keeps(0.5, 0.75) && rates.is_written(0.5), "{rates:?}");
            assert!(rates.keeps(1.0, 0.99) && !rates.is_written(1.0), "{rates:?}");
            assert!(rates.keeps(2.0, 0.99) && rates.is_written(2.0) == (rates == AllButOne), "{rates:?}");
            assert_eq!(rates.keeps(0.0, 0.5), matches!(rates, Proper | UpToOne), "{rates:?}");
            assert!(rates.keeps(0.0, 0.0), "{rates:?}");
            assert_eq!(rates.keeps(-1.0, 0.0), rates == Proper, "{rates:?}");
            assert!(rates.keeps(f64::NAN, 0.5), "{rates:?}");
            assert_eq!(rates.is_written(f64::NAN), rates == AllButOne, "{rates:?}");
            assert_eq!(rates.keeps(0.5, 0.5), matches!(rates, AllButOne | BelowOne), "{rates:?}");
        }
        assert!([0.0, -1.0, 1.5, f64::NAN, f64::INFINITY].into_iter().all(Rates::is_odd));
        assert!(!Rates::is_odd(1.0) && !Rates::is_odd(1e-300));
    }

    #[test]
    fn a_seed_decides_all_draws() {
        let draws = |seed| {
            let mut sampler = Sampler::new(seed);
            [(); 8].map(|()| sampler.draw())
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
    }

    /// The share of kept calls is within 4.5 standard deviations, which a fair sampler misses once in 150,000 times.
    #[test]
    fn the_share_of_kept_calls_is_the_rate() {
        let calls = 200_000u32;
        for seed in [0, 1, 2, 0x5eed, u64::MAX] {
            for rate in [0.001, 0.01, 0.1, 0.25, 0.5, 0.9, 0.999] {
                let mut sampler = Sampler::new(seed);
                let kept = (0..calls).filter(|_| sampler.keep(Rates::Proper, rate)).count() as f64;
                let expected = f64::from(calls) * rate;
                let deviation = (expected * (1.0 - rate)).sqrt();
                assert!((kept - expected).abs() < 4.5 * deviation, "seed {seed}, rate {rate}: {kept} of {calls}");
            }
        }
    }

    /// Pearson's test over 256 cells of one draw and over 16 x 16 cells of two in a row: with 255 degrees of freedom the sum exceeds 359
    /// once in 100,000 times.
    #[test]
    fn draws_are_even_alone_and_in_pairs() {
        for seed in [0, 1, 2, 3, 0xdead_beef] {
            let mut sampler = Sampler::new(seed);
            let (mut single, mut pairs) = ([0u32; 256], [0u32; 256]);
            let mut last = sampler.draw();
            for _ in 0..256_000 {
                let draw = sampler.draw();
                single[(draw * 256.0) as usize] += 1;
                pairs[(last * 16.0) as usize * 16 + (draw * 16.0) as usize] += 1;
                last = draw;
            }
            for cells in [single, pairs] {
                let sum: f64 = cells.iter().map(|&count| (f64::from(count) - 1000.0).powi(2) / 1000.0).sum();
                assert!(sum < 359.0 && sum > 170.0, "seed {seed}: {sum}");
            }
        }
    }
}
