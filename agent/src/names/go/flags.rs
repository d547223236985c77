//! The flags of an expression.

/// What `(?imsU)` switches.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    /// `i`: letters match in either case.
    pub(super) fold: bool,
    /// `m`: `^` and `$` are those of a line.
    pub(super) lines: bool,
    /// `s`: a dot is a newline too.
    pub(super) dot_all: bool,
    /// `U`: `x*` prefers less, and `x*?` more.
    pub(super) ungreedy: bool,
}
