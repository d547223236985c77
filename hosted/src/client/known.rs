//! What a thread knows of its calls by name, found by where their texts stand: where the context was, or the ends of its lines.
//!
//! Names and tags mostly stand in the program, so that their addresses tell one call from another without a look at their bytes. They say where to
//! look first; the bytes decide.

use basenji_core::client::{Hint, MetricCall, Template};
use basenji_core::wire::MetricKind;

use super::state::Gatherer;

/// Places, a power of two: 4 KiB of hints, 20 KiB of templates.
const PLACES: usize = 1024;

/// Most bytes of the texts of all templates, and of one.
const TEXTS: usize = 256 << 10;
const TEXT: usize = 1024;

/// What one thread knows. Nothing takes memory before it is known.
#[derive(Default)]
pub(super) struct Known {
    hints: Vec<Hint>,
    templates: Vec<Option<Kept>>,
    texts: Vec<u8>,
}

/// A template and where its text begins.
#[derive(Clone, Copy)]
struct Kept {
    template: Template,
    text: u32,
}

/// The place of what is known of a call.
#[derive(Clone, Copy)]
pub(super) struct Place(usize);

/// What a call by name has.
pub(super) type Texts<'a> = (MetricKind, &'a [u8], &'a [&'a str]);

impl Place {
    /// That of calls with texts at these addresses.
    #[inline]
    pub(super) fn of(kind: MetricKind, name: &str, tags: &[&str]) -> Place {
        let mix = |sum: u64, text: &str| sum.rotate_left(7) ^ text.as_ptr().addr() as u64 ^ (text.len() as u64) << 48;
        let sum = tags.iter().fold(mix(kind as u64, name), |sum, tag| mix(sum, tag));
        Place((sum.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize)
    }
}

impl Known {
    /// Where the context of a call was.
    #[inline]
    pub(super) fn hint(&self, place: Place) -> Option<Hint> {
        self.hints.get(place.0).copied()
    }

    pub(super) fn set_hint(&mut self, place: Place, hint: Hint) {
        self.hints.resize(PLACES, Hint::default());
        if let Some(known) = self.hints.get_mut(place.0) {
            *known = hint;
        }
    }

    /// The template of a call, and its text.
    #[inline]
    pub(super) fn template(&self, place: Place, texts: Texts<'_>) -> Option<(&Template, &[u8])> {
        let Kept { template, text } = self.templates.get(place.0)?.as_ref()?;
        let text = self.texts.get(*text as usize..)?;
        template.is_of(text, texts).then_some((template, text))
    }

    /// Makes the template of a call, if there can be one.
    pub(super) fn set_template(&mut self, place: Place, client: &Gatherer, call: &MetricCall<'_>) {
        self.templates.resize(PLACES, None);
        if self.texts.len() + TEXT > TEXTS {
            self.templates.fill(None);
            self.texts.clear();
        }
        let start = self.texts.len();
        self.texts.resize(start + TEXT, 0);
        let template = self.texts.get_mut(start..).and_then(|space| client.template(call, space));
        self.texts.truncate(start + template.map_or(0, |template| template.text_len()));
        let kept = template.map(|template| Kept { template, text: start as u32 });
        if let Some(known) = self.templates.get_mut(place.0) {
            *known = kept;
        }
    }
}
