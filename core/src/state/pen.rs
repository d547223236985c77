//! Writes Protocol Buffers and other numbers into bytes that are there already: no write asks for room.

use core::mem;

use crate::shift;

/// Bytes that a field takes at most beside what is in it.
pub const FIELD: usize = 11;

/// Bytes before a message: its tag, and a length of 128 to 16,383.
const HEAD: usize = 3;

/// Where the next byte goes. Fields are among the first fifteen; what has no room is left out, which [`Pen::is_full`] tells afterwards.
///
/// # Example
///
/// ```
/// use basenji_core::state::Pen;
///
/// let mut bytes = [0; 8];
/// let mut pen = Pen::new(&mut bytes);
/// pen.uint(1, 150);
/// assert_eq!((pen.left(), pen.is_full()), (5, false));
/// assert_eq!(bytes[..3], [0x08, 0x96, 0x01]);
/// ```
#[derive(Debug)]
pub struct Pen<'a> {
    left: &'a mut [u8],
    is_full: bool,
}

impl<'a> Pen<'a> {
    /// Writes from the first of these bytes on.
    #[inline(always)]
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Pen { left: bytes, is_full: false }
    }

    /// How many bytes are left.
    #[inline(always)]
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// Whether something had no room.
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    #[inline(always)]
    fn take(&mut self, len: usize) -> &'a mut [u8] {
        match mem::take(&mut self.left).split_at_mut_checked(len) {
            Some((taken, left)) => {
                self.left = left;
                taken
            }
            None => {
                self.is_full = true;
                &mut []
            }
        }
    }

    /// Bytes as they are.
    #[inline(always)]
    pub fn raw(&mut self, bytes: &[u8]) {
        copy(self.take(bytes.len()), bytes);
    }

    /// As many bytes as the compiler knows.
    #[inline(always)]
    pub fn fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(to) = self.take(N).first_chunk_mut() {
            *to = bytes;
        }
    }

    /// A field of type `bytes`.
    #[inline(always)]
    pub fn bytes(&mut self, field: u8, value: &[u8]) {
        if value.len() < 0x80 {
            if let [tag, len, to @ ..] = self.take(value.len().wrapping_add(2)) {
                (*tag, *len) = (field << 3 | 2, value.len() as u8);
                copy(to, value);
            }
        } else {
            self.long_bytes(field, value);
        }
    }

    #[cold]
    fn long_bytes(&mut self, field: u8, value: &[u8]) {
        self.fixed([field << 3 | 2]);
        self.varint(value.len() as u64);
        self.raw(value);
    }

    /// A field of type `uint32`, `uint64`, `bool` or an enumeration.
    #[inline(always)]
    pub fn uint(&mut self, field: u8, value: u64) {
        self.fixed([field << 3]);
        self.varint(value);
    }

    /// A field of type `sint32` or `sint64`.
    #[inline(always)]
    pub fn sint(&mut self, field: u8, value: i64) {
        self.fixed([field << 3]);
        self.packed_sint(value);
    }

    /// An element of a packed field of type `sint32` or `sint64`.
    #[inline(always)]
    pub fn packed_sint(&mut self, value: i64) {
        self.varint(zigzag(value));
    }

    /// A field of type `double`.
    #[inline(always)]
    pub fn double(&mut self, field: u8, value: f64) {
        self.fixed64(field, value.to_bits());
    }

    /// A field of type `fixed64`.
    #[inline(always)]
    pub fn fixed64(&mut self, field: u8, value: u64) {
        if let Some([tag, to @ ..]) = self.take(9).first_chunk_mut::<9>() {
            *tag = field << 3 | 1;
            *to = value.to_le_bytes();
        }
    }

    /// Seven bits a byte, the lowest first: also an element of a packed field of type `uint32` or `uint64`.
    #[inline(always)]
    pub fn varint(&mut self, value: u64) {
        match value {
            0..0x80 => self.fixed([value as u8]),
            0x80..0x4000 => self.fixed([value as u8 | 0x80, (value >> 7) as u8]),
            _ => self.long_varint(value),
        }
    }

    fn long_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.fixed([value as u8 | 0x80]);
            value >>= 7;
        }
        self.fixed([value as u8]);
    }

    /// A packed field of `sint32`; most elements take two bytes, as the keys of a sketch do.
    #[inline]
    pub fn packed_sints<I: ExactSizeIterator<Item = i32>>(&mut self, field: u8, values: impl Fn() -> I) {
        let len = values().len().saturating_mul(2);
        let is_usual = self.try_usual(field, len, |to| {
            let mut is_usual = true;
            for (to, value) in to.as_chunks_mut::<2>().0.iter_mut().zip(values()) {
                let value = (value << 1 ^ value >> 31).cast_unsigned();
                is_usual &= (0x80..0x4000).contains(&value);
                *to = [value as u8 | 0x80, (value >> 7) as u8];
            }
            is_usual
        });
        if !is_usual {
            self.message(field, |pen| values().for_each(|value| pen.packed_sint(value.into())));
        }
    }

    /// A packed field of `uint32`; most elements take a byte, as the counts of a sketch do.
    #[inline]
    pub fn packed_uints<I: ExactSizeIterator<Item = u32>>(&mut self, field: u8, values: impl Fn() -> I) {
        let is_usual = self.try_usual(field, values().len(), |to| {
            let mut all = 0;
            for (to, value) in to.iter_mut().zip(values()) {
                all |= value;
                *to = value as u8;
            }
            all < 0x80
        });
        if !is_usual {
            self.message(field, |pen| values().for_each(|value| pen.varint(value.into())));
        }
    }

    /// A packed field of `uint64`, of which those elements are given that are not 0: place, lowest first, and value. Most take a byte.
    pub(super) fn packed_sparse(&mut self, field: u8, elements: impl Iterator<Item = (u32, u64)> + Clone) {
        let len = elements.clone().last().map_or(0, |(place, _)| (place as usize).saturating_add(1));
        let is_usual = self.try_usual(field, len, |to| {
            to.fill(0);
            let mut all = 0;
            for (place, value) in elements.clone() {
                all |= value;
                if let Some(to) = to.get_mut(place as usize) {
                    *to = value as u8;
                }
            }
            all < 0x80
        });
        if !is_usual {
            self.message(field, |pen| {
                let mut next = 0;
                for (place, value) in elements {
                    (next..place).for_each(|_| pen.fixed([0]));
                    pen.varint(value);
                    next = place.wrapping_add(1);
                }
            });
        }
    }

    /// A packed field of `len` bytes, if `write` says that it is; else nothing.
    #[inline(always)]
    pub(super) fn try_usual(&mut self, field: u8, len: usize, write: impl FnOnce(&mut [u8]) -> bool) -> bool {
        let left = mem::take(&mut self.left);
        let room = left.len();
        let mut pen = Pen::new(&mut *left);
        pen.fixed([field << 3 | 2]);
        pen.varint(len as u64);
        let to = pen.take(len);
        // Without room for all, it is left to the other way to say so.
        let is_usual = !pen.is_full && write(to);
        let used = if is_usual { room.wrapping_sub(pen.left.len()) } else { 0 };
        if let Some((_, after)) = left.split_at_mut_checked(used) {
            self.left = after;
        }
        is_usual
    }

    /// A label of Prometheus in the field 1: a message of a name and a value.
    #[inline]
    pub fn label(&mut self, name: &[u8], value: &[u8]) {
        let len = name.len().wrapping_add(value.len()).wrapping_add(4);
        if name.len() < 0x80 && value.len() < 0x80 && len < 0x80 {
            self.fixed([1 << 3 | 2, len as u8, 1 << 3 | 2, name.len() as u8]);
            self.raw(name);
            self.fixed([2 << 3 | 2, value.len() as u8]);
            self.raw(value);
        } else {
            self.message(1, |pen| {
                pen.bytes(1, name);
                pen.bytes(2, value);
            });
        }
    }

    /// An attribute of OpenTelemetry: a message of a key and a value, itself a message of a text.
    #[inline]
    pub fn attribute(&mut self, field: u8, key: &[u8], value: &[u8]) {
        let len = key.len().wrapping_add(value.len()).wrapping_add(6);
        if key.len() < 0x80 && value.len() < 0x80 - 2 && len < 0x80 {
            self.fixed([field << 3 | 2, len as u8, 1 << 3 | 2, key.len() as u8]);
            self.raw(key);
            let any = (value.len() as u8).wrapping_add(2);
            self.fixed([2 << 3 | 2, any, 1 << 3 | 2, value.len() as u8]);
            self.raw(value);
        } else {
            self.message(field, |pen| {
                pen.bytes(1, key);
                pen.message(2, |any| any.bytes(1, value));
            });
        }
    }

    /// A message in a field. One of less than 128 bytes, or more than 16,383, is moved by a byte or more.
    #[inline]
    pub fn message(&mut self, field: u8, write: impl FnOnce(&mut Pen<'_>)) {
        let left = mem::take(&mut self.left);
        let Some((head, body)) = left.split_first_chunk_mut::<HEAD>() else {
            self.is_full = true;
            return;
        };
        let room = body.len();
        let mut pen = Pen::new(body);
        write(&mut pen);
        self.is_full |= pen.is_full;
        let len = room.wrapping_sub(pen.left.len());
        let before = if (0x80..0x4000).contains(&len) {
            *head = [field << 3 | 2, len as u8 | 0x80, (len >> 7) as u8];
            HEAD
        } else {
            move_message(left, field, len)
        };
        match left.split_at_mut_checked(before.wrapping_add(len)) {
            Some((_, after)) => self.left = after,
            None => self.is_full = true,
        }
    }
}

/// Puts tag and length before a message of `len` bytes, and returns how many bytes these take.
fn move_message(left: &mut [u8], field: u8, len: usize) -> usize {
    let mut head = [0; FIELD];
    let mut pen = Pen::new(&mut head);
    pen.fixed([field << 3 | 2]);
    pen.varint(len as u64);
    let before = FIELD.wrapping_sub(pen.left.len());
    // A message of no room has none for its head either.
    if let Some(from) = HEAD.checked_sub(before) {
        if let Some(message) = left.get_mut(before..HEAD.wrapping_add(len)) {
            shift::bytes_to_front(message, from);
        }
    } else if let Some(message) = left.get_mut(HEAD..before.wrapping_add(len)) {
        shift::bytes_back(message, before.wrapping_sub(HEAD));
    } else {
        return before;
    }
    left.iter_mut().zip(head).take(before).for_each(|(to, byte)| *to = byte);
    before
}

/// Small numbers of either sign as small numbers.
#[inline(always)]
pub const fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

/// Copies a text, without a call if it is short, as most are.
#[inline(always)]
fn copy(to: &mut [u8], from: &[u8]) {
    let len = from.len();
    if to.len() != len {
        return;
    }
    match len {
        8..16 => ends::<8>(to, from),
        16..=32 => ends::<16>(to, from),
        0 => {}
        1..4 => to.iter_mut().zip(from).for_each(|(to, from)| *to = *from),
        4..8 => ends::<4>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// Copies the first and the last `N` bytes, which are all of no more than twice as many.
#[inline(always)]
fn ends<const N: usize>(to: &mut [u8], from: &[u8]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (to.last_chunk_mut::<N>(), from.last_chunk()) {
        *to = *from;
    }
}
