//! Why a line was refused, and what "full" means.
//!
//! [`ErrorKind`] owns code, name and message: numbers are stable, kinds are only ever appended, and no wrapper matches on them.

use core::fmt;

/// Declares an enumeration of reasons: each has a stable number, a short name and a sentence.
macro_rules! kinds {
    (
        $(#[$about:meta])* pub enum $Kinds:ident {
            $($(#[$doc:meta])* $kind:ident = $code:literal, $name:literal, $message:literal;)+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum $Kinds {
            $($(#[$doc])* $kind = $code,)+
        }

        impl $Kinds {
            /// Every one, in order of its code; the code of `ALL[i]` is `i + 1`.
            pub const ALL: &'static [$Kinds] = &[$($Kinds::$kind),+];

            /// The stable number, from 1; a number is never used again.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The short stable name, in lower case.
            pub const fn name(self) -> &'static str {
                match self { $($Kinds::$kind => $name,)+ }
            }

            /// One sentence for a person; it may change between versions.
            pub const fn message(self) -> &'static str {
                match self { $($Kinds::$kind => $message,)+ }
            }
        }

        impl core::fmt::Display for $Kinds {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.message())
            }
        }
    };
}

pub(crate) use kinds;

/// Writes what is wrong, and where.
pub(crate) fn write_at(f: &mut fmt::Formatter<'_>, message: &str, offset: usize) -> fmt::Result {
    f.write_str(message)?;
    f.write_str(" (at byte ")?;
    fmt::Display::fmt(&offset, f)?;
    f.write_str(")")
}

kinds! {
    /// The reason why a line, a frame or a field is refused.
    pub enum ErrorKind {
        /// A metric without `|`, or a service check with fewer than two.
        NoPipe = 1, "no |", "expected a '|' before the type or the status";
        /// A metric without `:` between name and value.
        NoColon = 2, "no :", "expected a ':' between the name and the value";
        /// A metric whose name has no bytes.
        EmptyName = 3, "empty name", "the name before the first ':' is empty";
        /// A metric whose value has no bytes, or a packed value without any item.
        EmptyValue = 4, "empty value", "there is no value between ':' and '|'";
        /// A value that is not a number, or that is too large for one.
        BadValue = 5, "bad value", "the value is not a number (a name must not contain ':')";
        /// A type other than c, g, ms, h, d and s.
        BadType = 6, "bad type", "the type is none of c, g, ms, h, d, s";
        /// A sample rate that is not a number.
        BadRate = 7, "bad rate", "the sample rate after '@' is not a number";
        /// A `T` field that is not a whole number of seconds from 1 up.
        BadTimestamp = 8, "bad timestamp", "the timestamp after 'T' is not a whole number of seconds, 1 or more";
        /// An event whose `_e{..}:` is malformed or announces an empty title.
        BadEventHeader = 9, "bad event header", "expected '_e{title length,text length}:' with a title of at least one byte";
        /// An event with fewer bytes than its header announces.
        EventTooShort = 10, "event too short", "the event has fewer bytes than its header announces";
        /// A service check status other than 0, 1, 2 and 3.
        BadStatus = 11, "bad status", "the status is none of 0, 1, 2, 3";
        /// A service check whose name has no bytes.
        EmptyCheckName = 12, "empty check name", "the service check has no name";
        /// A last line without a newline where the listener requires one.
        Unterminated = 13, "unterminated", "the last line does not end in a newline";
        /// The last line of a datagram that the receive buffer cut.
        Truncated = 14, "truncated", "the datagram was longer than the receive buffer, its last line is incomplete";
        /// A stream frame that announces more bytes than the receive buffer has.
        FrameTooLong = 15, "frame too long", "the frame is longer than the receive buffer";
        /// A stream frame that announces no bytes.
        EmptyFrame = 16, "empty frame", "the frame has a length of 0";
    }
}

/// A refused line: what is wrong, and where.
///
/// # Example
///
/// ```
/// use basenji_core::wire::Metric;
/// use basenji_core::ErrorKind;
///
/// let error = Metric::parse(b"page.views:1|x").unwrap_err();
/// assert_eq!((error.kind, error.offset), (ErrorKind::BadType, 13));
/// assert_eq!((error.kind.code(), error.kind.name()), (6, "bad type"));
/// assert_eq!(error.to_string(), "the type is none of c, g, ms, h, d, s (at byte 13)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ParseError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Bytes from the start of the line to the first byte of the part that is wrong.
    pub offset: usize,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_at(f, self.kind.message(), self.offset)
    }
}

impl core::error::Error for ParseError {}

/// Memory that was given has been used up; the caller decides what to lose, and counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Full {
    /// The output buffer: nothing of the line was written.
    Buffer,
    /// The table of contexts: known series go on, a new one is refused.
    Contexts,
    /// The bytes for names and tags: known series go on, a new one is refused.
    Bytes,
    /// The cells for samples, members and bins.
    Cells,
    /// The scratch space for the tags of one message.
    Tags,
    /// The list of open buckets.
    Buckets,
    /// The 65,535 bytes that a name, a host or all tags of a series may have.
    Length,
}

impl Full {
    /// Every one, in order of declaration.
    pub const ALL: &'static [Full] =
        &[Full::Buffer, Full::Contexts, Full::Bytes, Full::Cells, Full::Tags, Full::Buckets, Full::Length];

    /// One stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Full::Buffer => "buffer",
            Full::Contexts => "contexts",
            Full::Bytes => "bytes",
            Full::Cells => "cells",
            Full::Tags => "tags",
            Full::Buckets => "buckets",
            Full::Length => "length",
        }
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Full::Buffer => "the output buffer is full",
            Full::Contexts => "the table of contexts is full",
            Full::Bytes => "the space for names and tags is full",
            Full::Cells => "the space for samples is full",
            Full::Tags => "the message has more tags than there is scratch space for",
            Full::Buckets => "too many buckets are open",
            Full::Length => "a name or the tags are longer than 65,535 bytes",
        })
    }
}

impl core::error::Error for Full {}
