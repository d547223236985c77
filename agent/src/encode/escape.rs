//! Names as Prometheus takes them: letters, digits, `_` and `:`, and how any other name becomes one.

use std::fmt;

/// What becomes of a name that is not plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Escaping {
    /// It stays; what is not UTF-8 in it becomes U+FFFD.
    Utf8,
    /// Each other character becomes `_`; a digit at the beginning gets one before it.
    Underscores,
    /// `.` becomes `_dot_`, `_` becomes `__`, and so does each other character.
    Dots,
    /// `U__`, and each other character as its number in hexadecimal between two `_`; `_` becomes `__`.
    Values,
}

impl Escaping {
    /// The scheme of that name in an `Accept` header.
    pub(crate) fn from_name(name: &str) -> Option<Escaping> {
        [Escaping::Utf8, Escaping::Underscores, Escaping::Dots, Escaping::Values]
            .into_iter()
            .find(|escaping| escaping.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Escaping::Utf8 => "allow-utf-8",
            Escaping::Underscores => "underscores",
            Escaping::Dots => "dots",
            Escaping::Values => "values",
        }
    }

    /// Appends the name of a metric or a label.
    pub(crate) fn append(self, name: &[u8], out: &mut Vec<u8>) {
        match self {
            // Nearly every name is.
            Escaping::Underscores | Escaping::Utf8 | Escaping::Values if is_plain(name) => out.extend_from_slice(name),
            Escaping::Utf8 => out.extend_from_slice(String::from_utf8_lossy(name).as_bytes()),
            Escaping::Underscores if name.is_ascii() => {
                if name.first().is_none_or(u8::is_ascii_digit) {
                    out.push(b'_');
                }
                out.extend(name.iter().map(|&byte| if is_plain_byte(byte) { byte } else { b'_' }));
            }
            _ => self.append_each(&String::from_utf8_lossy(name), out),
        }
    }

    /// Appends it character by character.
    fn append_each(self, name: &str, out: &mut Vec<u8>) {
        match self {
            Escaping::Values => out.extend_from_slice(b"U__"),
            Escaping::Underscores if name.starts_with(|first: char| first.is_ascii_digit()) => out.push(b'_'),
            _ => {}
        }
        for (at, letter) in name.char_indices() {
            let is_plain = letter.is_ascii_alphanumeric() || letter == ':';
            let is_first_digit = at == 0 && letter.is_ascii_digit();
            match (self, letter) {
                (Escaping::Dots, '.') => out.extend_from_slice(b"_dot_"),
                (Escaping::Dots | Escaping::Values, '_') => out.extend_from_slice(b"__"),
                (Escaping::Underscores, _) if is_plain => out.push(letter as u8),
                (_, _) if is_plain && !is_first_digit => out.push(letter as u8),
                (Escaping::Underscores, _) => out.push(b'_'),
                (Escaping::Dots, _) => out.extend_from_slice(b"__"),
                (_, _) => out.extend_from_slice(format!("_{:X}_", u32::from(letter)).to_ascii_lowercase().as_bytes()),
            }
        }
    }
}

impl fmt::Display for Escaping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a name needs neither escaping nor quotes.
pub(crate) fn is_plain(name: &[u8]) -> bool {
    name.first().is_some_and(|first| !first.is_ascii_digit()) && name.iter().all(|&byte| is_plain_byte(byte))
}

#[inline]
fn is_plain_byte(byte: u8) -> bool {
    PLAIN[usize::from(byte)]
}

/// Letters, digits, `_` and `:`.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let own = byte as u8;
        plain[byte] = own.is_ascii_alphanumeric() || own == b'_' || own == b':';
        byte += 1;
    }
    plain
};

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(escaping: Escaping, name: &str) -> String {
        let mut out = Vec::new();
        escaping.append(name.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_scheme_makes_of_a_name_what_prometheus_makes_of_it() {
        for (name, underscores, dots, values) in [
            ("plain_name:x", "plain_name:x", "plain__name:x", "plain_name:x"),
            ("page.views", "page_views", "page_dot_views", "U__page_2e_views"),
            ("a.b_c", "a_b_c", "a_dot_b__c", "U__a_2e_b__c"),
            ("utf.ünïcode", "utf__n_code", "utf_dot___n__code", "U__utf_2e__fc_n_ef_code"),
            ("no spaces/x", "no_spaces_x", "no__spaces__x", "U__no_20_spaces_2f_x"),
            ("\u{1f415}", "_", "__", "U___1f415_"),
        ] {
            assert_eq!(escaped(Escaping::Underscores, name), underscores);
            assert_eq!(escaped(Escaping::Dots, name), dots);
            assert_eq!(escaped(Escaping::Values, name), values);
            assert_eq!(escaped(Escaping::Utf8, name), name);
        }
    }

    #[test]
    fn a_digit_never_stands_first() {
        assert_eq!(escaped(Escaping::Underscores, "9digit.na-me/x"), "_9digit_na_me_x");
        assert_eq!(escaped(Escaping::Underscores, "9ü"), "_9_");
        assert_eq!(escaped(Escaping::Dots, "9digit"), "__digit");
        assert_eq!(escaped(Escaping::Values, "9digit"), "U___39_digit");
    }

    #[test]
    fn every_name_becomes_a_plain_one_or_stays_and_is_utf_8() {
        for name in [&b""[..], b"\xff\xfe", b"a\xffb", b".", b"_", b"a b", b"0", b"x.y", "é9".as_bytes()] {
            for escaping in [Escaping::Underscores, Escaping::Dots, Escaping::Values] {
                let mut out = Vec::new();
                escaping.append(name, &mut out);
                assert!(is_plain(&out) || name.is_empty(), "{escaping} {name:?} {out:?}");
            }
            let mut out = Vec::new();
            Escaping::Utf8.append(name, &mut out);
            assert!(str::from_utf8(&out).is_ok());
        }
        assert_eq!(Escaping::from_name("dots"), Some(Escaping::Dots));
        assert_eq!(Escaping::from_name("none"), None);
    }
}
