//! What the system says of an error, for people.

use std::fmt;
use std::io;

/// Prints an error without its number, ` (os error 111)`, which [`io::Error::raw_os_error`] has.
pub(crate) struct Said<'a>(pub(crate) &'a io::Error);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let end = self.0.raw_os_error().and_then(|code| text.strip_suffix(&format!(" (os error {code})")));
        f.write_str(end.unwrap_or(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_system_error_is_said_without_its_number_and_any_other_text_as_it_is() {
        for (error, said) in [
            (io::Error::from_raw_os_error(libc::ECONNREFUSED), "Connection refused"),
            (io::Error::other("odd (os error 5)"), "odd (os error 5)"),
            (io::ErrorKind::NotFound.into(), "entity not found"),
        ] {
            assert_eq!(Said(&error).to_string(), said);
        }
    }
}
