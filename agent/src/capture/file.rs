//! A capture on disk, compressed or not.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

/// The first bytes of what Zstandard has compressed.
const ZSTANDARD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Opens a file for a [`Reader`](super::Reader): what it holds, uncompressed.
///
/// # Errors
///
/// What the system reports.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    (&mut file).take(ZSTANDARD.len() as u64).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(match start == ZSTANDARD {
        true => Box::new(zstd::stream::read::Decoder::new(file)?),
        false => Box::new(BufReader::new(file)),
    })
}
