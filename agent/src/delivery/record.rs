//! A payload as a file.
//!
//! ```text
//! "BSJR" version:u8  path  count:u32 (name value)*  body  crc32:u32 over everything before it
//! ```
//! Texts and the body stand behind their length (u32), numbers are little-endian. What is in the payload and when it was
//! made stand in the file's name, so that a directory can be listed without being read and a file that cannot be read is
//! still counted.

use std::sync::Arc;

use basenji::server::Amount;

use super::payload::{Head, Payload};

const MAGIC: &[u8; 5] = b"BSJR\x01";

/// What a file's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// Seconds since 1970.
    pub(super) created: u64,
    /// Tells files of one second apart.
    pub(super) number: u64,
    amount: [u64; 3],
}

impl Name {
    pub(super) fn new(payload: &Payload, number: u64) -> Name {
        let Amount { series, events, checks } = payload.amount;
        Name { created: payload.created, number, amount: [series, events, checks] }
    }

    pub(super) fn amount(&self) -> Amount {
        let [series, events, checks] = self.amount;
        Amount { series, events, checks }
    }

    pub(super) fn text(&self) -> String {
        let [series, events, checks] = self.amount;
        format!("{:012}-{:08}-{series}-{events}-{checks}.retry", self.created, self.number)
    }

    /// Reads a name; nothing of a file that is not ours.
    pub(super) fn parse(text: &str) -> Option<Name> {
        let mut numbers = text.strip_suffix(".retry")?.split('-').map(|part| part.parse::<u64>().ok());
        let mut next = || numbers.next().flatten();
        let name = Name { created: next()?, number: next()?, amount: [next()?, next()?, next()?] };
        numbers.next().is_none().then_some(name)
    }
}

/// The bytes of a file.
pub(super) fn write(payload: &Payload) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    let mut put = |bytes: &[u8]| {
        out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        out.extend_from_slice(bytes);
    };
    put(payload.head.path.as_bytes());
    put(&(payload.head.headers.len() as u32).to_le_bytes());
    for (name, value) in &payload.head.headers {
        put(name.as_bytes());
        put(value.as_bytes());
    }
    put(&payload.body);
    let sum = crc32fast::hash(&out);
    out.extend_from_slice(&sum.to_le_bytes());
    out
}

/// Reads a file; nothing if any byte of it is not as it was written.
pub(super) fn read(bytes: &[u8], name: &Name) -> Option<Payload> {
    let (content, sum) = bytes.split_last_chunk::<4>()?;
    if crc32fast::hash(content) != u32::from_le_bytes(*sum) {
        return None;
    }
    let mut rest = content.strip_prefix(MAGIC)?;
    let mut take = || {
        let (len, after) = rest.split_first_chunk::<4>()?;
        let (part, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        rest = after;
        Some(part)
    };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    let path = text(take()?)?;
    let count = u32::from_le_bytes(take()?.try_into().ok()?);
    let mut headers = Vec::new();
    for _ in 0..count {
        headers.push((text(take()?)?, text(take()?)?));
    }
    let body = Arc::new(take()?.to_vec());
    let head = Arc::new(Head { path, headers });
    rest.is_empty().then_some(Payload { head, body, amount: name.amount(), created: name.created })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Payload {
        let headers = vec![("content-type".to_owned(), "a/b".to_owned()), ("x".to_owned(), String::new())];
        let head = Arc::new(Head { path: "/api".to_owned(), headers });
        Payload {
            head,
            body: vec![0, 1, 2, 255].into(),
            amount: Amount { series: 1, events: 2, checks: 3 },
            created: 5,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let payload = payload();
        let name = Name::new(&payload, 7);
        assert_eq!(name.text(), "000000000005-00000007-1-2-3.retry");
        assert_eq!(Name::parse(&name.text()), Some(name));
        assert_eq!(read(&write(&payload), &name), Some(payload));
        for other in ["", ".retry", "1-2-3-4.retry", "1-2-3-4-5-6.retry", "1-2-3-4-x.retry", "1-2-3-4-5.tmp"] {
            assert_eq!(Name::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_file_with_any_byte_changed_or_cut_anywhere_is_not_read() {
        let payload = payload();
        let (name, bytes) = (Name::new(&payload, 0), write(&payload));
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 0x10;
            assert_eq!(read(&changed, &name), None, "byte {place}");
            assert_eq!(read(&bytes[..place], &name), None, "cut at {place}");
        }
    }
}
