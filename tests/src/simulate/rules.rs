//! Rules by number, and what they do to a name.

use std::sync::Arc;

use basenji::server::{Editor, Rules};
use basenji_core::aggregate::Aggregate;
use basenji_core::wire::Metric;

/// What a client's name becomes by these rules, if it changes.
pub(super) fn rename(rules: u8, name: &[u8]) -> Option<Vec<u8>> {
    (rules == 2 && name.starts_with(b"n1.")).then(|| [b"renamed.", name].concat())
}

pub(super) fn rules_of(number: u8) -> Option<Arc<dyn Rules>> {
    (number > 0).then(|| Arc::new(Numbered(number)) as Arc<dyn Rules>)
}

/// 1 leaves name 0 out, 2 renames name 1, 3 shows no aggregate of name 2 and no maximum.
struct Numbered(u8);

impl Rules for Numbered {
    fn editor(&self) -> Box<dyn Editor> {
        Box::new(Edits { rules: self.0, name: Vec::new() })
    }

    fn shows(&self, name: &[u8], aggregate: Aggregate) -> bool {
        self.0 != 3 || (!name.starts_with(b"n2.") && aggregate != Aggregate::Max)
    }
}

struct Edits {
    rules: u8,
    name: Vec<u8>,
}

impl Editor for Edits {
    fn edit<'a>(&'a mut self, metric: &Metric<'a>) -> Option<Metric<'a>> {
        if self.rules == 1 && metric.name.starts_with(b"n0.") {
            return None;
        }
        match rename(self.rules, metric.name) {
            None => Some(*metric),
            Some(name) => {
                self.name = name;
                Some(Metric { name: &self.name, ..*metric })
            }
        }
    }
}
