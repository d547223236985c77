//! Why a state is refused.

use core::fmt;

use crate::error::{kinds, write_at};

kinds! {
    /// The reason why a state is refused.
    pub enum Fault {
        /// The bytes end too early.
        Cut = 1, "cut", "the state is cut: it ends before its last number";
        /// The first bytes are not those of this form.
        Form = 2, "form", "this is no state of this form";
        /// A version of the form that a later Basenji has written.
        Version = 3, "version", "the state is of a version that is not known";
        /// A sketch where different members are counted, or the other way round.
        Kind = 4, "kind", "the state is of another kind";
        /// A number of more than ten bytes, or out of its range.
        Number = 5, "number", "a number is out of its range";
        /// Keys or registers that are not in their order.
        Order = 6, "order", "keys or registers are not in ascending order";
        /// Bins that count more than all values, or columns of different lengths.
        Count = 7, "count", "the counts do not agree";
        /// A minimum, maximum or average that the values cannot have.
        Summary = 8, "summary", "minimum, maximum and average cannot be those of the values";
        /// Bins of a width that the sketch does not have.
        Width = 9, "width", "the bins have another width";
        /// A field of another type.
        Field = 10, "field", "a field has another type than it should";
        /// The checksum at the end is that of other bytes.
        Checksum = 11, "checksum", "the checksum is not that of the bytes before it";
        /// Bytes behind the last one.
        Trailing = 12, "trailing", "more bytes follow where the state should end";
    }
}

/// A refused state: what is wrong, and where.
///
/// # Example
///
/// ```
/// use basenji_core::state::{self, Fault, Form};
///
/// let error = state::read(b"\xba\x5e\x01\x02", Form::Compact, [0; 8]).unwrap_err();
/// assert_eq!((error.fault, error.offset), (Fault::Version, 3));
/// assert_eq!(error.to_string(), "the state is of a version that is not known (at byte 3)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StateError {
    /// What is wrong.
    pub fault: Fault,
    /// Bytes from the start of the state to the part that is wrong.
    pub offset: usize,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_at(f, self.fault.message(), self.offset)
    }
}

impl core::error::Error for StateError {}
