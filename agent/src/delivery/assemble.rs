//! Bodies out of items, each within two limits: before compression and after it.
//!
//! Items go into the compressor one by one, so that neither the items of a flush nor a body are held twice. The length of the
//! compressed body is bounded by the length last known plus the worst case since. If that bound exceeds the limit, the
//! compressor is flushed, which gives the exact length.

use std::io;

use basenji::server::Amount;

use super::compress::{Compression, Encoder};

/// The limits of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes as sent.
    pub(crate) compressed: usize,
    /// Bytes before compression.
    pub(crate) uncompressed: usize,
    /// Points, or whatever the receiver counts.
    pub(crate) points: usize,
}

/// What a body looks like around its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) compression: Compression,
    pub(crate) limits: Limits,
    /// What stands before the first item.
    pub(crate) before: Vec<u8>,
    /// What stands between two items.
    pub(crate) between: &'static [u8],
    /// What stands after the last item.
    pub(crate) after: Vec<u8>,
}

/// A finished body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) body: Vec<u8>,
    /// What is in it.
    pub(crate) amount: Amount,
    /// Bytes before compression.
    pub(crate) uncompressed: usize,
}

/// Makes bodies of items.
pub(crate) struct Assembler {
    form: Form,
    open: Option<Open>,
    /// Bytes of the last body: most have about as many.
    usual: usize,
}

/// A body that is being made.
struct Open {
    encoder: Encoder,
    uncompressed: usize,
    /// Bytes of the compressed body when it was last known, and those that went in since.
    known: usize,
    since: usize,
    points: usize,
    amount: Amount,
}

impl Assembler {
    pub(crate) fn new(form: Form) -> Assembler {
        Assembler { form, open: None, usual: 0 }
    }

    /// Takes in an item; a body that has no room for it is handed to `done` first.
    ///
    /// # Errors
    ///
    /// The item fits no body, and is not in one: [`Fault::TooLarge`]; or there is no memory.
    pub(crate) fn push(
        &mut self,
        item: &[u8],
        points: usize,
        amount: Amount,
        done: &mut dyn FnMut(Part),
    ) -> io::Result<bool> {
        if let Some(mut open) = self.open.take() {
            if open.has_room(&self.form, item.len(), points)? {
                open.write(self.form.between)?;
                open.take(item, points, amount)?;
                self.open = Some(open);
                return Ok(true);
            }
            done(self.close(open)?);
        }
        let Limits { compressed, uncompressed, points: most } = self.form.limits;
        if self.form.before.len() + item.len() + self.form.after.len() > uncompressed || points > most {
            return Ok(false);
        }
        let mut open = Open::new(&self.form, self.usual)?;
        open.take(item, points, amount)?;
        if open.bound(&self.form, 0) > compressed && !open.is_truly_within(&self.form, 0)? {
            return Ok(false);
        }
        self.open = Some(open);
        Ok(true)
    }

    /// Takes in items that stand one after the other, if the body that is open has room for all of them and that is known
    /// without a closer look; if not, nothing is taken in, and each is for [`Assembler::push`].
    ///
    /// # Errors
    ///
    /// There is no memory for it.
    pub(crate) fn push_all(&mut self, items: &[u8], points: usize, amount: Amount) -> io::Result<bool> {
        let Assembler { form, open: Some(open), .. } = self else { return Ok(false) };
        let Limits { compressed, uncompressed, points: most } = form.limits;
        let has_room = form.between.is_empty()
            && open.uncompressed + items.len() + form.after.len() <= uncompressed
            && open.points + points <= most
            && open.bound(form, items.len()) <= compressed;
        if has_room {
            open.take(items, points, amount)?;
        }
        Ok(has_room)
    }

    /// Hands over the last body, if there is one. The assembler goes on with an empty one.
    ///
    /// # Errors
    ///
    /// There is no memory for it.
    pub(crate) fn finish(&mut self, done: &mut dyn FnMut(Part)) -> io::Result<()> {
        if let Some(open) = self.open.take() {
            done(self.close(open)?);
        }
        Ok(())
    }

    fn close(&mut self, open: Open) -> io::Result<Part> {
        let part = open.close(&self.form)?;
        self.usual = part.body.len();
        Ok(part)
    }
}

impl Open {
    fn new(form: &Form, usual: usize) -> io::Result<Open> {
        let encoder = Encoder::new(form.compression, usual)?;
        let mut open = Open { encoder, uncompressed: 0, known: 0, since: 0, points: 0, amount: Amount::default() };
        open.write(&form.before)?;
        Ok(open)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.encoder.write(bytes)?;
        self.uncompressed += bytes.len();
        self.since += bytes.len();
        Ok(())
    }

    fn take(&mut self, item: &[u8], points: usize, amount: Amount) -> io::Result<()> {
        self.write(item)?;
        self.points += points;
        self.amount += amount;
        Ok(())
    }

    /// The most bytes that the body has with `more` bytes.
    fn bound(&self, form: &Form, more: usize) -> usize {
        self.known + form.compression.bound(self.since + more + form.after.len())
    }

    fn has_room(&mut self, form: &Form, item: usize, points: usize) -> io::Result<bool> {
        let more = form.between.len() + item;
        let Limits { compressed, uncompressed, points: most } = form.limits;
        if self.uncompressed + more + form.after.len() > uncompressed || self.points + points > most {
            return Ok(false);
        }
        Ok(self.bound(form, more) <= compressed || self.is_truly_within(form, more)?)
    }

    /// Whether the body is within the limit once it is known how long it really is.
    fn is_truly_within(&mut self, form: &Form, more: usize) -> io::Result<bool> {
        // A flush costs a few bytes, and so says less than it costs where hardly anything is left to be known.
        if self.known + self.since / 64 + more > form.limits.compressed {
            return Ok(false);
        }
        self.known = self.encoder.flush()?;
        self.since = 0;
        Ok(self.bound(form, more) <= form.limits.compressed)
    }

    fn close(mut self, form: &Form) -> io::Result<Part> {
        self.write(&form.after)?;
        let mut body = self.encoder.finish()?;
        body.shrink_to_fit();
        Ok(Part { body, amount: self.amount, uncompressed: self.uncompressed })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    const KINDS: [Compression; 4] =
        [Compression::None, Compression::Deflate(6), Compression::Gzip(6), Compression::Zstd(1)];

    fn form(compression: Compression, limits: Limits) -> Form {
        Form { compression, limits, before: b"[".to_vec(), between: b",", after: b"]".to_vec() }
    }

    fn plain(compression: Compression, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match compression {
            Compression::None => out.extend_from_slice(body),
            Compression::Deflate(_) => drop(flate2::read::ZlibDecoder::new(body).read_to_end(&mut out).unwrap()),
            Compression::Gzip(_) => drop(flate2::read::GzDecoder::new(body).read_to_end(&mut out).unwrap()),
            Compression::Zstd(_) => out = zstd::decode_all(body).unwrap(),
        }
        out
    }

    /// Numbers that do not compress, of a period that no test reaches.
    fn noise(len: usize, seed: &mut u64) -> Vec<u8> {
        let mut next = || {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*seed >> 56) as u8 | 0x80
        };
        (0..len).map(|_| next()).collect()
    }

    #[test]
    fn bodies_keep_to_every_limit_and_hold_every_item_once_and_in_order() {
        for compression in KINDS {
            for (compressed, uncompressed, points) in
                [(2_000, 5_000, 1_000), (700, 100_000, 1_000), (100_000, 1_000, 1_000), (100_000, 100_000, 7)]
            {
                let mut seed = 7;
                let mut assembler = Assembler::new(form(compression, Limits { compressed, uncompressed, points }));
                let (mut parts, mut expected) = (Vec::new(), Vec::new());
                for number in 0..300 {
                    let noise = noise(number % 90, &mut seed);
                    let item = [format!("<{number}>").as_bytes(), &noise, &[b'a'; 30]].concat();
                    assert!(assembler.push(&item, 1, Amount::SERIES, &mut |part| parts.push(part)).unwrap());
                    expected.push(item);
                }
                assembler.finish(&mut |part| parts.push(part)).unwrap();
                assembler.finish(&mut |_| panic!("there is no other body")).unwrap();
                assert_eq!(parts.iter().map(|part| part.amount.series).sum::<u64>(), 300);
                let mut found = Vec::new();
                for part in &parts {
                    assert!(part.body.len() <= compressed, "{compression:?}: {} of {compressed}", part.body.len());
                    assert!(part.uncompressed <= uncompressed && part.amount.series as usize <= points);
                    let body = plain(compression, &part.body);
                    assert_eq!(body.len(), part.uncompressed);
                    let inner = body.strip_prefix(b"[").and_then(|body| body.strip_suffix(b"]")).expect("brackets");
                    found.extend(inner.split(|&byte| byte == b',').map(<[u8]>::to_vec));
                }
                // Noise has no comma, since every byte of it is above 127.
                assert!(found == expected, "{compression:?}");
            }
        }
    }

    #[test]
    fn an_item_that_fits_no_body_is_left_out_and_the_others_go_on() {
        for compression in KINDS {
            let limits = Limits { compressed: 300, uncompressed: 2_000, points: 5 };
            let mut assembler = Assembler::new(form(compression, limits));
            let mut parts = Vec::new();
            let mut push = |item: &[u8], points| {
                assembler.push(item, points, Amount::SERIES, &mut |part| parts.push(part)).unwrap()
            };
            assert!(push(b"a", 1));
            assert!(!push(&[b'b'; 2_001], 1), "too long before compression");
            assert!(!push(&noise(900, &mut 3), 1), "too long after it");
            assert!(!push(b"c", 6), "too many points");
            assert!(push(b"d", 1));
            assembler.finish(&mut |part| parts.push(part)).unwrap();
            let bodies: Vec<_> = parts.iter().map(|part| plain(compression, &part.body)).collect();
            assert_eq!(bodies.concat(), b"[a][d]");
        }
    }

    #[test]
    fn what_compresses_well_fills_a_body_far_beyond_its_limit() {
        let limits = Limits { compressed: 4_000, uncompressed: 1_000_000, points: usize::MAX };
        for compression in &KINDS[1..] {
            let mut assembler = Assembler::new(form(*compression, limits));
            for number in 0..1_000 {
                let item = format!("{{\"metric\":\"page.views\",\"tags\":[\"env:prod\",\"number:{number}\"]}}");
                let refuse = &mut |part: Part| assert!(part.uncompressed > 30_000, "{compression:?}: {part:?}");
                assert!(assembler.push(item.as_bytes(), 1, Amount::SERIES, refuse).unwrap());
            }
        }
    }
}
