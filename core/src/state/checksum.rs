//! The checksum at the end of a compact state: CRC-32 as of zlib and Ethernet.

const POLYNOMIAL: u32 = 0xedb8_8320;

/// What half a byte adds.
const TABLE: [u32; 16] = {
    let mut table = [0; 16];
    let mut at = 0;
    while at < 16 {
        let (mut sum, mut bit) = (at as u32, 0);
        while bit < 4 {
            sum = sum >> 1 ^ if sum & 1 == 1 { POLYNOMIAL } else { 0 };
            bit = u32::wrapping_add(bit, 1);
        }
        table[at] = sum;
        at = usize::wrapping_add(at, 1);
    }
    table
};

/// The checksum of these bytes. Costs some ten instructions a byte.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let half = |sum: u32| sum >> 4 ^ TABLE[(sum & 15) as usize];
    !bytes.iter().fold(!0, |sum, byte| half(half(sum ^ u32::from(*byte))))
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_the_one_that_everybody_has() {
        assert_eq!(super::checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(super::checksum(b""), 0);
    }
}
