//! The nearest right word for a mistyped one.

/// The word of `known` that `word` was most likely meant to be: one that a few letters more, fewer, other or exchanged
/// make of it, up to a quarter of them. Case and the difference of `-` and `_` do not count.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.to_ascii_lowercase().replace('-', "_");
    let word = plain(word);
    let most = (word.chars().count() / 4).max(1);
    let distances = known.into_iter().map(|known| (strsim::damerau_levenshtein(&word, &plain(known)), known));
    distances.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// The same as the end of a sentence; nothing if no word is near.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map(|known| format!("; did you mean {known}?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_told_and_a_far_one_is_not() {
        let known = ["run", "status", "dogstatsd_port", "dogstatsd_socket"];
        for (word, nearest_one) in [
            ("rnu", Some("run")),
            ("stauts", Some("status")),
            ("dogstatsd-prot", Some("dogstatsd_port")),
            ("DOGSTATSD_SOKET", Some("dogstatsd_socket")),
            ("logs", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), nearest_one, "{word}");
        }
        assert_eq!(hint("rnu", known), "; did you mean run?");
        assert_eq!(hint("xyz", known), "");
    }
}
