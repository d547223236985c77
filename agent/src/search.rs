//! A search: words for names, `tag:value`, and either with a `-` in front for all others.

/// One word.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    Name(String),
    Tag(String),
}

/// Every word has to fit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Search {
    /// Whether it has to fit, and the word.
    words: Vec<(bool, Word)>,
}

impl Search {
    /// Reads words between blanks; one with blanks in it stands in quotes. A word with a colon, or with a `#` in front, is a
    /// tag; a `*` stands for anything; a name without one may stand anywhere in the name.
    pub(crate) fn parse(text: &str) -> Search {
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (fits, word) = rest.strip_prefix('-').map_or((true, rest), |word| (false, word));
            let (word, after) = split_word(word);
            rest = after.trim_start();
            match word.strip_prefix('#') {
                Some(tag) => words.push((fits, Word::Tag(tag.to_owned()))),
                None if word.contains(':') => words.push((fits, Word::Tag(word.to_owned()))),
                None if word.is_empty() => {}
                None => words.push((fits, Word::Name(word.to_lowercase()))),
            }
        }
        Search { words }
    }

    /// Whether a series of this name and these tags is looked for.
    pub(crate) fn fits(&self, name: &str, tags: &[String]) -> bool {
        self.words.iter().all(|(fits, word)| {
            *fits
                == match word {
                    Word::Name(word) => is_name(word, &name.to_lowercase()),
                    Word::Tag(tag) => {
                        // A key with any value, or with none.
                        let bare = tag.strip_suffix(":*");
                        tags.iter().any(|own| is_like(tag.as_bytes(), own.as_bytes()) || bare == Some(own))
                    }
                }
        })
    }
}

/// The first word and what follows it. A word in quotes ends with a quote that a blank or the end follows.
fn split_word(text: &str) -> (&str, &str) {
    if let Some(inside) = text.strip_prefix('"') {
        for (end, _) in inside.match_indices('"') {
            let rest = &inside[end + 1..];
            if rest.is_empty() || rest.starts_with(char::is_whitespace) {
                return (&inside[..end], rest);
            }
        }
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

fn is_name(word: &str, name: &str) -> bool {
    if word.contains('*') { is_like(word.as_bytes(), name.as_bytes()) } else { name.contains(word) }
}

/// Whether `text` is like `pattern`, in which `*` stands for anything; in time of their product at most.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, place));
            at += 1;
        } else if pattern.get(at) == Some(&text[place]) {
            (at, place) = (at + 1, place + 1);
        } else if let Some((star_at, star_place)) = star {
            star = Some((star_at, star_place + 1));
            (at, place) = (star_at + 1, star_place + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, fits) in [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "abcd", false),
            ("*", "", true),
            ("*.time", "login.time", true),
            ("a**b*", "a1b2", true),
            ("", "", true),
            ("a", "", false),
            ("route:/a*", "route:/a/b", true),
        ] {
            assert_eq!(is_like(pattern.as_bytes(), text.as_bytes()), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn words_in_quotes_hold_blanks_and_a_hash_makes_a_tag() {
        let tags = ["queue:mail in".to_owned(), "vip".to_owned(), "-a:b".to_owned(), "q:\"x".to_owned()];
        for (query, fits) in [
            ("\"queue:mail in\"", true),
            ("\"queue:mail out\"", false),
            ("-\"queue:mail in\"", false),
            ("\"queue:mail in\" name", true),
            ("#vip", true),
            ("vip", false),
            ("-#vip", false),
            ("vip:*", true),
            ("#-a:b", true),
            ("-a:b", true),
            ("\"", false),
            ("-", true),
            ("q:\"x", true),
            ("  name  ", true),
        ] {
            assert_eq!(Search::parse(query).fits("name", &tags), fits, "{query}");
        }
    }
}
