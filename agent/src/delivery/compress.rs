//! Compression of bodies, as they are written.

use std::io::{self, Write};

use flate2::write::{GzEncoder, ZlibEncoder};

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    /// Not at all.
    None,
    /// The zlib format, which HTTP calls `deflate`, at a level from 0 to 9.
    Deflate(u32),
    /// gzip, at a level from 0 to 9.
    Gzip(u32),
    /// Zstandard, at a level from 1 to 22.
    Zstd(i32),
}

impl Compression {
    /// The value of `Content-Encoding`, if there has to be one.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Compression::None => None,
            Compression::Deflate(_) => Some("deflate"),
            Compression::Gzip(_) => Some("gzip"),
            Compression::Zstd(_) => Some("zstd"),
        }
    }

    /// The most bytes that `len` bytes can become: data that does not compress is stored in blocks with a few bytes each.
    pub(super) fn bound(self, len: usize) -> usize {
        match self {
            Compression::None => len,
            _ => len + len / 128 + 128,
        }
    }
}

/// A body that is being compressed.
pub(super) enum Encoder {
    Plain(Vec<u8>),
    Deflate(ZlibEncoder<Vec<u8>>),
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Vec<u8>>>),
}

impl Encoder {
    /// With room for as many bytes.
    ///
    /// # Errors
    ///
    /// There is no memory for it.
    pub(super) fn new(compression: Compression, expected: usize) -> io::Result<Encoder> {
        let out = Vec::with_capacity(expected);
        Ok(match compression {
            Compression::None => Encoder::Plain(out),
            Compression::Deflate(level) => Encoder::Deflate(ZlibEncoder::new(out, flate2::Compression::new(level))),
            Compression::Gzip(level) => Encoder::Gzip(GzEncoder::new(out, flate2::Compression::new(level))),
            Compression::Zstd(level) => Encoder::Zstd(Box::new(zstd::stream::write::Encoder::new(out, level)?)),
        })
    }

    /// Appends bytes of the body.
    ///
    /// # Errors
    ///
    /// There is no memory for it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Encoder::Plain(out) => out.write_all(bytes),
            Encoder::Deflate(out) => out.write_all(bytes),
            Encoder::Gzip(out) => out.write_all(bytes),
            Encoder::Zstd(out) => out.write_all(bytes),
        }
    }

    /// Compresses everything that was written, and tells how long it is so far.
    ///
    /// # Errors
    ///
    /// There is no memory for it.
    pub(super) fn flush(&mut self) -> io::Result<usize> {
        match self {
            Encoder::Plain(_) => {}
            Encoder::Deflate(out) => out.flush()?,
            Encoder::Gzip(out) => out.flush()?,
            Encoder::Zstd(out) => out.flush()?,
        }
        Ok(match self {
            Encoder::Plain(out) => out.len(),
            Encoder::Deflate(out) => out.get_ref().len(),
            Encoder::Gzip(out) => out.get_ref().len(),
            Encoder::Zstd(out) => out.get_ref().len(),
        })
    }

    /// The compressed body.
    ///
    /// # Errors
    ///
    /// There is no memory for it.
    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Encoder::Plain(out) => Ok(out),
            Encoder::Deflate(out) => out.finish(),
            Encoder::Gzip(out) => out.finish(),
            Encoder::Zstd(out) => out.finish(),
        }
    }
}
