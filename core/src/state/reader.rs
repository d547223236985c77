//! Reads numbers, and the fields of Protocol Buffers, and says where one is wrong.

use super::fault::{Fault, StateError};

/// Bytes that are still to be read, and where they stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A field of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) number: u64,
    /// Where it begins.
    pub(super) offset: usize,
    value: Value<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32,
    Bytes(Reader<'a>),
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many bytes stand before the next one.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) fn take(&mut self, len: usize) -> Result<Reader<'a>, StateError> {
        let end = self.at.saturating_add(self.bytes.len());
        let (taken, rest) = self.bytes.split_at_checked(len).ok_or(StateError { fault: Fault::Cut, offset: end })?;
        let reader = Reader { bytes: taken, at: self.at };
        (self.bytes, self.at) = (rest, self.at.saturating_add(len));
        Ok(reader)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], StateError> {
        let taken = self.take(N)?;
        taken.bytes.first_chunk().copied().ok_or(StateError { fault: Fault::Cut, offset: taken.at })
    }

    pub(super) fn byte(&mut self) -> Result<u8, StateError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn double(&mut self) -> Result<f64, StateError> {
        self.array().map(f64::from_le_bytes)
    }

    pub(super) fn varint(&mut self) -> Result<u64, StateError> {
        let offset = self.at;
        let mut value = 0;
        for shift in 0..10u32 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift.wrapping_mul(7);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(StateError { fault: Fault::Number, offset })
    }

    /// A number of either sign.
    pub(super) fn sint(&mut self) -> Result<i64, StateError> {
        self.varint().map(signed)
    }

    /// The next field of a message, if there is one.
    pub(super) fn field(&mut self) -> Result<Option<Field<'a>>, StateError> {
        if self.is_empty() {
            return Ok(None);
        }
        let offset = self.at;
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let len = self.varint()?;
                Value::Bytes(self.take(usize::try_from(len).unwrap_or(usize::MAX))?)
            }
            5 => {
                self.take(4)?;
                Value::Fixed32
            }
            _ => return Err(StateError { fault: Fault::Field, offset }),
        };
        Ok(Some(Field { number: tag >> 3, offset, value }))
    }
}

impl<'a> Field<'a> {
    fn wrong(&self) -> StateError {
        StateError { fault: Fault::Field, offset: self.offset }
    }

    pub(super) fn uint(&self) -> Result<u64, StateError> {
        if let Value::Varint(value) = self.value { Ok(value) } else { Err(self.wrong()) }
    }

    pub(super) fn sint(&self) -> Result<i64, StateError> {
        self.uint().map(signed)
    }

    pub(super) fn fixed64(&self) -> Result<u64, StateError> {
        if let Value::Fixed64(value) = self.value { Ok(value) } else { Err(self.wrong()) }
    }

    pub(super) fn double(&self) -> Result<f64, StateError> {
        self.fixed64().map(f64::from_bits)
    }

    pub(super) fn message(&self) -> Result<Reader<'a>, StateError> {
        if let Value::Bytes(message) = self.value { Ok(message) } else { Err(self.wrong()) }
    }
}

/// The numbers of a repeated field, packed or one by one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    message: Reader<'a>,
    number: u64,
    packed: Reader<'a>,
}

impl<'a> Column<'a> {
    pub(super) fn of(message: Reader<'a>, number: u64) -> Self {
        Column { message, number, packed: Reader::new(&[]) }
    }

    /// The next number, and where it stands.
    pub(super) fn next(&mut self) -> Result<Option<(u64, usize)>, StateError> {
        loop {
            if !self.packed.is_empty() {
                let at = self.packed.at();
                return Ok(Some((self.packed.varint()?, at)));
            }
            match self.message.field()? {
                None => return Ok(None),
                Some(field) if field.number == self.number => match field.value {
                    Value::Bytes(packed) => self.packed = packed,
                    _ => return Ok(Some((field.uint()?, field.offset))),
                },
                Some(_) => {}
            }
        }
    }
}

/// The number of either sign that was written as one without.
pub(super) const fn signed(value: u64) -> i64 {
    (value >> 1) as i64 ^ ((value & 1) as i64).wrapping_neg()
}
