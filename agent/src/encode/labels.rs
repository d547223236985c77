//! Tags as labels: sorted pairs of a name and a value, each name once.

use super::escape::Escaping;

/// The value of a tag that is a word alone.
const WORD: &[u8] = b"true";

/// What is put before a label whose name has a meaning of its own.
const TAG: &[u8] = b"tag_";

/// The labels of one series, room for one after the other.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    text: Vec<u8>,
    pairs: Vec<Pair>,
}

/// Where name and value stand in the text: the name from `name` to `value`, the value from there to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pair {
    name: usize,
    value: usize,
    end: usize,
}

impl Labels {
    /// Takes in host and tags. `k:v` is the label `k` with the value `v`, a word alone is a label with the value `true`,
    /// and the values of one name are joined by commas in the order of the tags. A label without a value is none. The
    /// names `le` and `quantile`, and those that begin with `__`, get `tag_` before them.
    pub(crate) fn fill<'t>(&mut self, escaping: Escaping, host: &[u8], tags: impl Iterator<Item = &'t [u8]>) {
        self.text.clear();
        self.pairs.clear();
        if !host.is_empty() {
            self.push(escaping, b"host", host);
        }
        for tag in tags {
            let (name, value) = split(tag).unwrap_or((tag, WORD));
            if !name.is_empty() && !value.is_empty() {
                self.push(escaping, name, value);
            }
        }
        self.sort();
    }

    /// Takes in tags as attributes, names as they are: a word alone has no value, and an empty value is one.
    pub(crate) fn fill_attributes<'t>(&mut self, tags: impl Iterator<Item = &'t [u8]>) {
        self.text.clear();
        self.pairs.clear();
        for tag in tags {
            let (name, value) = split(tag).unwrap_or((tag, b""));
            if !name.is_empty() {
                let start = self.text.len();
                Escaping::Utf8.append(name, &mut self.text);
                self.push_value(start, value);
            }
        }
        self.sort();
    }

    fn sort(&mut self) {
        let text = &self.text;
        let name = |pair: &Pair| &text[pair.name..pair.value];
        // Tags are sorted, and so are most labels of them.
        if self.pairs.windows(2).any(|two| name(&two[0]) >= name(&two[1])) {
            // Stable: values of one name stay in the order of the tags.
            self.pairs.sort_by(|a, b| name(a).cmp(name(b)));
            self.join();
        }
    }

    /// All names and values, without anything between them.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Name and value of each label, in the order of the names.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.pairs.iter().map(|pair| (&self.text[pair.name..pair.value], &self.text[pair.value..pair.end]))
    }

    fn push(&mut self, escaping: Escaping, name: &[u8], value: &[u8]) {
        let start = self.text.len();
        if is_reserved(name) {
            self.text.extend_from_slice(TAG);
        }
        escaping.append(name, &mut self.text);
        // What is escaped may begin with two underscores, too.
        if self.text[start..].starts_with(b"__") {
            self.text.splice(start..start, TAG.iter().copied());
        }
        self.push_value(start, value);
    }

    /// The value of the name that begins at `start`.
    fn push_value(&mut self, start: usize, value: &[u8]) {
        let end = self.text.len();
        if value.is_ascii() {
            self.text.extend_from_slice(value);
        } else {
            self.text.extend_from_slice(String::from_utf8_lossy(value).as_bytes());
        }
        self.pairs.push(Pair { name: start, value: end, end: self.text.len() });
    }

    /// Makes neighbours of one name one, with their different values.
    fn join(&mut self) {
        let mut pairs = std::mem::take(&mut self.pairs);
        let mut at = 0;
        while at < pairs.len() {
            let name = |pair: &Pair| &self.text[pair.name..pair.value];
            let same = pairs[at..].iter().take_while(|pair| name(pair) == name(&pairs[at])).count();
            if same > 1 {
                let start = self.text.len();
                let joined = joined(&self.text, &pairs[at..at + same]);
                self.text.extend_from_slice(&joined);
                let value = start + pairs[at].value - pairs[at].name;
                pairs[at] = Pair { name: start, value, end: self.text.len() };
                pairs.drain(at + 1..at + same);
            }
            at += 1;
        }
        self.pairs = pairs;
    }
}

/// Whether a name has a meaning of its own for Prometheus.
pub(super) fn is_reserved(name: &[u8]) -> bool {
    matches!(name, b"le" | b"quantile") || name.starts_with(b"__")
}

/// The name of these labels, and then their different values between commas.
fn joined(text: &[u8], same: &[Pair]) -> Vec<u8> {
    let value = |pair: &Pair| &text[pair.value..pair.end];
    let mut joined = text[same[0].name..same[0].end].to_vec();
    for (place, pair) in same.iter().enumerate().skip(1) {
        if same[..place].iter().all(|before| value(before) != value(pair)) {
            joined.push(b',');
            joined.extend_from_slice(value(pair));
        }
    }
    joined
}

/// The name and the value of a tag; none if it is a word alone.
#[inline]
pub(crate) fn split(tag: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = colon(tag)?;
    Some((&tag[..colon], &tag[colon + 1..]))
}

/// Where the first colon is. Names are short: to call a search takes longer than to look at eight bytes at a time.
#[inline]
fn colon(tag: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let mut rest = tag;
    while let Some((word, after)) = rest.split_first_chunk() {
        // A byte that is a colon becomes 0. The lowest high bit is that of the first 0.
        let word = u64::from_le_bytes(*word) ^ (ONES * b':' as u64);
        let found = word.wrapping_sub(ONES) & !word & (ONES << 7);
        if found != 0 {
            return Some(tag.len() - rest.len() + (found.trailing_zeros() / 8) as usize);
        }
        rest = after;
    }
    let place = rest.iter().position(|&byte| byte == b':')?;
    Some(tag.len() - rest.len() + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(escaping: Escaping, host: &str, tags: &str) -> String {
        let mut labels = Labels::default();
        // What was there before does not matter.
        labels.fill(escaping, b"before", [&b"x:y"[..], b"x:z"].into_iter());
        labels.fill(escaping, host.as_bytes(), tags.split_terminator('|').map(str::as_bytes));
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{}={}", text(name), text(value))).collect();
        pairs.join(" ")
    }

    #[test]
    fn tags_become_labels_in_the_order_of_their_names() {
        let plain = |tags| labels(Escaping::Underscores, "", tags);
        assert_eq!(plain("env:dev|team:a:b"), "env=dev team=a:b");
        assert_eq!(plain("a-b:1|a:2"), "a=2 a_b=1");
        assert_eq!(plain("word|x:|:y|"), "word=true");
        assert_eq!(labels(Escaping::Underscores, "web1", "env:dev|zone:a"), "env=dev host=web1 zone=a");
        assert_eq!(labels(Escaping::Utf8, "", "k8s.pod:a|env:dev"), "env=dev k8s.pod=a");
        assert_eq!(plain(""), "");
    }

    #[test]
    fn a_tag_is_split_at_its_first_colon_wherever_that_is() {
        // Bytes beside a colon in the alphabet, and beyond it.
        for filler in [b'9', b';', b'x', 0, 0xff, 0xba] {
            for len in 0..40 {
                assert_eq!(split(&vec![filler; len]), None);
                for place in 0..len {
                    let mut tag = vec![filler; len];
                    tag[place] = b':';
                    tag[len - 1] = b':';
                    let (name, value) = split(&tag).unwrap();
                    assert_eq!((name, value), (&tag[..place], &tag[place + 1..]), "{tag:?}");
                }
            }
        }
    }

    #[test]
    fn the_values_of_one_name_are_joined_each_once() {
        let plain = |tags| labels(Escaping::Underscores, "", tags);
        assert_eq!(plain("env:dev|env:prod"), "env=dev,prod");
        assert_eq!(plain("a.b:1|a_b:1|a_b:2|z:9"), "a_b=1,2 z=9");
        assert_eq!(labels(Escaping::Utf8, "", "a.b:1|a_b:2"), "a.b=1 a_b=2");
        assert_eq!(labels(Escaping::Underscores, "h", "host:i"), "host=h,i");
    }

    #[test]
    fn attributes_keep_their_names_and_empty_values() {
        let mut labels = Labels::default();
        let tags = [&b"a.b:1"[..], b"a.b:2", b"le:", b"word", b":x", b"__name__:\xff"];
        labels.fill_attributes(tags.into_iter());
        let pairs: Vec<_> = labels.iter().collect();
        let expected = [(&b"__name__"[..], "\u{fffd}".as_bytes()), (b"a.b", b"1,2"), (b"le", b""), (b"word", b"")];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn names_with_a_meaning_of_their_own_are_put_aside() {
        assert_eq!(
            labels(Escaping::Underscores, "", "__name__:x|le:1|quantile:2"),
            "tag___name__=x tag_le=1 tag_quantile=2"
        );
        assert_eq!(labels(Escaping::Underscores, "", "..x:1"), "tag___x=1");
        assert_eq!(labels(Escaping::Underscores, "", "0:1|_:2"), "_=2 _0=1");
    }
}
