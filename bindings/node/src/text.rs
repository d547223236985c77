//! Bytes of the protocol as text.

/// The text of `bytes`; what is not UTF-8 becomes U+FFFD here, at the edge where it leaves, and nowhere before.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
