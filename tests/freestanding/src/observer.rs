//! Somebody who looks at every result, so that nothing is optimised away for want of an audience.

use core::fmt::{self, Display, Write};

/// Digests what it is shown.
#[derive(Default)]
pub(crate) struct Observer(u64);

impl Observer {
    pub(crate) fn number(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x100_0000_01b3);
    }

    pub(crate) fn float(&mut self, number: f64) {
        self.number(number.to_bits());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.number(u64::from(*byte)));
    }

    pub(crate) fn maybe(&mut self, bytes: Option<&[u8]>) {
        self.bytes(bytes.unwrap_or(b"none"));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn shown(&mut self, value: &impl Display) {
        let is_shown = write!(self, "{value}").is_ok();
        self.number(u64::from(is_shown));
    }

    pub(crate) fn digest(&self) -> u64 {
        self.0
    }
}

impl<'a> Extend<&'a u8> for Observer {
    fn extend<I: IntoIterator<Item = &'a u8>>(&mut self, bytes: I) {
        bytes.into_iter().for_each(|byte| self.number(u64::from(*byte)));
    }
}

impl Write for Observer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text(text);
        Ok(())
    }
}
