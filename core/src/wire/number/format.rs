//! Numbers as text.

/// Room for a number.
pub struct NumberBuffer {
    bytes: [u8; 400],
    len: usize,
}

impl NumberBuffer {
    /// Empty.
    pub fn new() -> Self {
        NumberBuffer { bytes: [0; 400], len: 0 }
    }
}

impl core::fmt::Write for NumberBuffer {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        for b in s.bytes() {
            *self.bytes.get_mut(self.len).ok_or(core::fmt::Error)? = b;
            self.len += 1;
        }
        Ok(())
    }
}

/// Style.
pub enum Style {
    /// Ours.
    Plain,
}

/// Format.
pub fn format(value: f64, _: Style, buf: &mut NumberBuffer) -> &[u8] {
    let _ = core::fmt::Write::write_fmt(buf, format_args!("{value}"));
    buf.bytes.get(..buf.len).unwrap_or_default()
}

/// Format.
pub fn format_i64(value: i64, buf: &mut NumberBuffer) -> &[u8] {
    let _ = core::fmt::Write::write_fmt(buf, format_args!("{value}"));
    buf.bytes.get(..buf.len).unwrap_or_default()
}
