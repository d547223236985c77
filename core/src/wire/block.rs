//! A few bytes looked at together: sixteen where the target has such vectors of bytes, eight in a word elsewhere.

/// Bytes side by side, or for each of them whether it was found.
pub(super) trait Bytes: Copy {
    /// Where `byte` stands.
    fn equal_to(self, byte: u8) -> Self;

    /// Where `0` to `9` stand.
    fn digits(self) -> Self;

    /// Zeros where both have the same.
    fn differ(self, other: Self) -> Self;

    /// Whether all are zeros.
    fn is_none(self) -> bool;

    /// What was found in either.
    fn or(self, other: Self) -> Self;

    /// A bit for each byte, the first the lowest: whether it was found.
    fn bits(self) -> u64;

    /// The first that was found.
    fn first(self) -> Option<usize>;

    /// Where one of `bytes` stands.
    #[inline(always)]
    fn any_of<const N: usize>(self, bytes: [u8; N]) -> Self {
        let (first, others) = bytes.split_first().map_or((0, &[][..]), |(first, others)| (*first, others));
        others.iter().fold(self.equal_to(first), |found, &byte| found.or(self.equal_to(byte)))
    }
}

/// As many bytes as the target takes at once.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub(super) type Block = vector::Vector;
#[cfg(any(
    all(target_arch = "aarch64", target_feature = "neon"),
    all(target_arch = "wasm32", target_feature = "simd128")
))]
pub(super) type Block = Lanes;
#[cfg(not(any(
    all(target_arch = "x86_64", target_feature = "sse2"),
    all(target_arch = "aarch64", target_feature = "neon"),
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
pub(super) type Block = Word;

/// Whether eight bytes fit into a register, which WebAssembly has beside pointers of 32 bits. Elsewhere, on small machines, code is short and goes byte by
/// byte.
pub(crate) const WIDE: bool = cfg!(any(target_pointer_width = "64", target_arch = "wasm32"));

/// The bytes of a [`Block`].
pub(super) const BYTES: usize = size_of::<Block>();

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;

/// Eight bytes; what was found is the highest bit of a byte.
#[derive(Clone, Copy)]
pub(super) struct Word(u64);

impl Word {
    #[inline(always)]
    pub(super) fn load(bytes: &[u8; 8]) -> Self {
        Word(u64::from_le_bytes(*bytes))
    }

    /// Where bytes stand that differ from `byte` by an exclusive or of less than `limit`.
    #[inline(always)]
    fn near(self, byte: u8, limit: u8) -> Self {
        let word = self.0 ^ (ONES * u64::from(byte));
        // Sums of seven bits, so that no carry leaves a byte.
        let far = (word & !HIGH).wrapping_add(ONES * u64::from(128u8.wrapping_sub(limit))) | word;
        Word(!far & HIGH)
    }
}

impl Bytes for Word {
    #[inline(always)]
    fn equal_to(self, byte: u8) -> Self {
        self.near(byte, 1)
    }

    #[inline(always)]
    fn digits(self) -> Self {
        self.near(b'0', 10)
    }

    #[inline(always)]
    fn differ(self, other: Self) -> Self {
        Word(self.0 ^ other.0)
    }

    #[inline(always)]
    fn is_none(self) -> bool {
        self.0 == 0
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Word(self.0 | other.0)
    }

    #[inline(always)]
    fn bits(self) -> u64 {
        // Gathers them in the highest byte.
        (self.0 >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }

    #[inline(always)]
    fn first(self) -> Option<usize> {
        (self.0 != 0).then_some((self.0.trailing_zeros() / 8) as usize)
    }
}

/// Sixteen bytes in an array, with loops that a compiler turns into vector instructions where the target has them; what was found is all bits of a byte.
#[cfg(any(
    test,
    all(target_arch = "aarch64", target_feature = "neon"),
    all(target_arch = "wasm32", target_feature = "simd128")
))]
#[derive(Clone, Copy)]
pub(super) struct Lanes([u8; 16]);

#[cfg(any(
    test,
    all(target_arch = "aarch64", target_feature = "neon"),
    all(target_arch = "wasm32", target_feature = "simd128")
))]
mod lanes {
    use super::{Bytes, Lanes};

    /// A bit for each byte of a half.
    const PLACES: [u8; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

    impl Lanes {
        #[inline(always)]
        pub(in super::super) fn load(bytes: &[u8; 16]) -> Self {
            Lanes(*bytes)
        }

        #[inline(always)]
        fn which(self, is_found: impl Fn(u8) -> bool) -> Self {
            Lanes(self.0.map(|byte| if is_found(byte) { 0xFF } else { 0 }))
        }
    }

    impl Bytes for Lanes {
        #[inline(always)]
        fn equal_to(self, byte: u8) -> Self {
            self.which(|other| other == byte)
        }

        #[inline(always)]
        fn digits(self) -> Self {
            self.which(|byte| byte.wrapping_sub(b'0') < 10)
        }

        #[inline(always)]
        fn differ(self, other: Self) -> Self {
            Lanes((u128::from_ne_bytes(self.0) ^ u128::from_ne_bytes(other.0)).to_ne_bytes())
        }

        #[inline(always)]
        fn is_none(self) -> bool {
            u128::from_ne_bytes(self.0) == 0
        }

        #[inline(always)]
        fn or(self, other: Self) -> Self {
            let mut either = self;
            either.0.iter_mut().zip(other.0).for_each(|(byte, other)| *byte |= other);
            either
        }

        #[inline(always)]
        fn bits(self) -> u64 {
            let (halves, _) = self.0.as_chunks::<8>();
            let bits = |half: &[u8; 8]| half.iter().zip(PLACES).fold(0u8, |bits, (byte, place)| bits | byte & place);
            halves.iter().rev().fold(0, |all, half| all << 8 | u64::from(bits(half)))
        }

        #[inline(always)]
        fn first(self) -> Option<usize> {
            let bits = self.bits();
            (bits != 0).then_some(bits.trailing_zeros() as usize)
        }
    }
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod vector {
    use super::Bytes;
    use safe_arch::{
        cmp_eq_mask_i8_m128i, load_unaligned_m128i, m128i, min_u8_m128i, move_mask_i8_m128i, set_splat_i8_m128i,
        sub_i8_m128i, zeroed_m128i,
    };

    /// Sixteen bytes; what was found is all bits of a byte.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Vector(m128i);

    impl Vector {
        #[inline(always)]
        pub(in super::super) fn load(bytes: &[u8; 16]) -> Self {
            Vector(load_unaligned_m128i(bytes))
        }
    }

    impl Bytes for Vector {
        #[inline(always)]
        fn equal_to(self, byte: u8) -> Self {
            Vector(cmp_eq_mask_i8_m128i(self.0, set_splat_i8_m128i(byte as i8)))
        }

        #[inline(always)]
        fn digits(self) -> Self {
            let value = sub_i8_m128i(self.0, set_splat_i8_m128i(b'0' as i8));
            Vector(cmp_eq_mask_i8_m128i(value, min_u8_m128i(value, set_splat_i8_m128i(9))))
        }

        #[inline(always)]
        fn differ(self, other: Self) -> Self {
            Vector(self.0 ^ other.0)
        }

        #[inline(always)]
        fn is_none(self) -> bool {
            move_mask_i8_m128i(cmp_eq_mask_i8_m128i(self.0, zeroed_m128i())) == 0xFFFF
        }

        #[inline(always)]
        fn or(self, other: Self) -> Self {
            Vector(self.0 | other.0)
        }

        #[inline(always)]
        fn bits(self) -> u64 {
            move_mask_i8_m128i(self.0) as u64
        }

        #[inline(always)]
        fn first(self) -> Option<usize> {
            let bits = self.bits();
            (bits != 0).then_some(bits.trailing_zeros() as usize)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: impl Bytes, len: usize, expected: impl Fn(usize) -> bool) {
        let bits = (0..len).filter(|&at| expected(at)).fold(0, |bits, at| bits | 1 << at);
        assert_eq!((found.bits(), found.first()), (bits, (0..len).find(|&at| expected(at))));
    }

    #[test]
    fn every_byte_is_found_where_it_stands_and_no_other() {
        for first in 0..=255u8 {
            let bytes: [u8; BYTES] = core::array::from_fn(|at| first.wrapping_add((at as u8).wrapping_mul(37)));
            let block = Block::load(&bytes);
            check(block.digits(), BYTES, |at| bytes[at].is_ascii_digit());
            check(block.any_of([b':', b'\n', 0x80]), BYTES, |at| [b':', b'\n', 0x80].contains(&bytes[at]));
            let lanes: [u8; 16] = core::array::from_fn(|at| first.wrapping_add((at as u8).wrapping_mul(37)));
            check(Lanes::load(&lanes).digits(), 16, |at| lanes[at].is_ascii_digit());
            check(Lanes::load(&lanes).any_of([b':', b'\n', 0x80]), 16, |at| [b':', b'\n', 0x80].contains(&lanes[at]));
            let bytes = *bytes.first_chunk().expect("a block is not shorter than a word");
            let word = Word::load(&bytes);
            check(word.digits(), 8, |at| bytes[at].is_ascii_digit());
            check(word.any_of([b':', b'\n', 0x80]), 8, |at| [b':', b'\n', 0x80].contains(&bytes[at]));
        }
    }
}
