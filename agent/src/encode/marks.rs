//! Where the labels of a series stand in its tags, found once for a series that is kept.
//!
//! Most tags are labels as they are: names that need no escaping and are sorted already, values that no format has to quote.

use basenji::core::wire::Tags;

use super::escape::{Escaping, is_plain};
use super::labels::{is_reserved, split};

/// How long the name and the value of each label are, in the order of the tags.
#[derive(Debug)]
pub(crate) struct Marks(Box<[(u16, u16)]>);

impl Marks {
    /// The labels of these tags, if [`Labels`](super::labels::Labels) would make just them of a series without a host.
    pub(crate) fn of(tags: Tags<'_>) -> Option<Marks> {
        let Tags::Text(text) = tags else { return None };
        if !text.is_ascii() || memchr::memchr3(b'\\', b'"', b'\n', text).is_some() {
            return None;
        }
        let mut before: &[u8] = b"";
        let mark = |tag| {
            let (name, value) = split(tag)?;
            let is_label = is_plain(name) && !is_reserved(name) && before < name && !value.is_empty();
            before = name;
            let lens = u16::try_from(name.len()).ok().zip(u16::try_from(value.len()).ok());
            lens.filter(|_| is_label)
        };
        tags.iter().map(mark).collect::<Option<_>>().map(Marks)
    }

    /// Whether an escaping leaves such names as they are.
    pub(crate) fn hold_for(escaping: Escaping) -> bool {
        escaping != Escaping::Dots
    }

    /// Bytes that they take beyond themselves.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// The marks of tags together with their text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marked<'a> {
    pub(crate) marks: &'a Marks,
    pub(crate) text: &'a [u8],
}

impl<'a> Marked<'a> {
    /// How many labels there are.
    pub(crate) fn len(self) -> usize {
        self.marks.0.len()
    }

    /// Name and value of each label.
    #[inline]
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut rest = self.text;
        self.marks.0.iter().map_while(move |&(name, value)| {
            let (label, after) = rest.split_at_checked(usize::from(name) + 1 + usize::from(value))?;
            // A comma stands between two of them.
            rest = after.get(1..).unwrap_or_default();
            let (name, value) = label.split_at_checked(usize::from(name))?;
            Some((name, value.get(1..)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::labels::Labels;
    use super::*;

    #[test]
    fn marks_are_the_labels_of_plain_tags_and_of_no_others() {
        let long = format!("a:{}", "x".repeat(70_000));
        for (text, has_marks) in [
            ("", true),
            ("env:dev", true),
            ("env:dev,pod:a:b-c.d/e,zone:1", true),
            ("_x:1", true),
            ("word", false),
            ("env:dev,env:prod", false),
            ("a-b:1", false),
            ("b:1,a:2", false),
            ("a:", false),
            (":a", false),
            ("a:1,", false),
            (",a:1", false),
            ("le:1", false),
            ("quantile:1", false),
            ("__name__:x", false),
            ("a:\"", false),
            ("a:\\", false),
            ("a:ü", false),
            (&long, false),
        ] {
            let tags = Tags::Text(text.as_bytes());
            let marks = Marks::of(tags);
            assert_eq!(marks.is_some(), has_marks, "{text}");
            let Some(marks) = marks else { continue };
            for escaping in [Escaping::Utf8, Escaping::Underscores, Escaping::Values] {
                assert!(Marks::hold_for(escaping));
                let mut labels = Labels::default();
                labels.fill(escaping, b"", tags.iter());
                let marked = Marked { marks: &marks, text: text.as_bytes() };
                assert!(labels.iter().eq(marked.iter()), "{text}");
                assert_eq!(labels.iter().len(), marked.len());
            }
        }
        assert!(Marks::of(Tags::List(&[b"a:1"])).is_none() && !Marks::hold_for(Escaping::Dots));
    }
}
