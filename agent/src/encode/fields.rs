//! Protocol Buffers, as far as a reader needs them: the fields of a message, one after the other.

/// The value of a field, as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    /// Of any type of whole number but the fixed ones.
    Varint(u64),
    /// Text, bytes, a message, or numbers in one piece.
    Bytes(&'a [u8]),
    /// A number of four or eight bytes.
    Fixed(&'a [u8]),
}

/// What is wrong with a message, and how many bytes from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) offset: usize,
    pub(crate) problem: &'static str,
}

/// The fields of a message: number and value. After a malformed one there is no other.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    len: usize,
}

impl<'a> Fields<'a> {
    /// The fields of `message`.
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Fields { rest: message, len: message.len() }
    }

    fn varint(&mut self) -> Result<u64, &'static str> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or("a number is cut")?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("a number has more than ten bytes")
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], &'static str> {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let (value, rest) = self.rest.split_at_checked(len).ok_or("a field is longer than what it stands in")?;
        self.rest = rest;
        Ok(value)
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), &'static str> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed(self.take(8)?),
            2 => {
                let len = self.varint()?;
                Value::Bytes(self.take(len)?)
            }
            5 => Value::Fixed(self.take(4)?),
            _ => return Err("a field has no type that is known"),
        };
        match tag >> 3 {
            0 => Err("a field has the number 0"),
            number => Ok((number, value)),
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let offset = self.len - self.rest.len();
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field.map_err(|problem| Malformed { offset, problem }))
    }
}

/// The fields of a message, up to the first malformed one.
pub(crate) fn fields(message: &[u8]) -> impl Iterator<Item = (u64, Value<'_>)> {
    Fields::of(message).map_while(Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::protobuf::Message;

    #[test]
    fn what_is_written_is_read_in_its_order() {
        let mut bytes = Vec::new();
        let mut message = Message::new(&mut bytes);
        message.int(1, -5);
        message.bytes(101, b"text");
        message.double(3, 1.5);
        let fields: Result<Vec<_>, _> = Fields::of(&bytes).collect();
        let expected = [
            (1, Value::Varint(-5_i64 as u64)),
            (101, Value::Bytes(b"text")),
            (3, Value::Fixed(&1.5_f64.to_le_bytes())),
        ];
        assert_eq!(fields.unwrap(), expected);
    }

    #[test]
    fn the_place_of_a_fault_is_the_start_of_its_field() {
        for (bytes, offset, problem) in [
            (&b"\x08\x01\x12\x05ab"[..], 2, "a field is longer than what it stands in"),
            (b"\x08\x01\x08\x80", 2, "a number is cut"),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, "a number has more than ten bytes"),
            (b"\x0b", 0, "a field has no type that is known"),
            (b"\x00\x01", 0, "a field has the number 0"),
        ] {
            let fault = Fields::of(bytes).find_map(Result::err);
            assert_eq!(fault, Some(Malformed { offset, problem }), "{bytes:?}");
        }
    }
    #[test]
    fn what_is_cut_anywhere_is_read_up_to_the_first_malformed_field() {
        let mut bytes = Vec::new();
        let mut message = Message::new(&mut bytes);
        message.uint(1, u64::MAX);
        message.double(2, 1.0);
        message.bytes(300, b"text");
        let whole: Vec<_> = fields(&bytes).collect();
        let double = 1.0_f64.to_le_bytes();
        assert_eq!(whole, [(1, Value::Varint(u64::MAX)), (2, Value::Fixed(&double)), (300, Value::Bytes(b"text"))]);
        for len in 0..bytes.len() {
            let read: Vec<_> = fields(&bytes[..len]).collect();
            assert!(read.len() < 3 && whole.starts_with(&read), "cut at {len}: {read:?}");
        }
    }
}
