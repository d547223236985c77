//! What a thread remembers of its calls by name: where the context was, or its line without the value. It is found by the addresses of the texts.
//!
//! Names and tags are mostly constants of the program, so their addresses tell calls apart without reading their bytes. An address says where to look
//! first; the bytes decide.

use basenji_core::client::{Hint, MetricCall, Template};
use basenji_core::wire::{MetricKind, TagTexts};

use super::gatherer::Gatherer;

/// Places, a power of two: 4 KiB of hints, 20 KiB of templates.
const PLACES: usize = 1024;

/// How far a hash of 64 bits is shifted to the right to be the number of a place.
const SHIFT: u32 = {
    assert!(PLACES.is_power_of_two());
    u64::BITS - PLACES.trailing_zeros()
};

/// Most bytes of the texts of all templates, and of one.
const TEXTS: usize = 256 << 10;
const TEXT: usize = 1024;

/// What one thread remembers. It takes no memory before there is something to remember.
#[derive(Default)]
pub(crate) struct Known {
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

/// The place of what is remembered of a call.
#[derive(Clone, Copy)]
pub(crate) struct Place(usize);

/// The texts of a call by name.
pub(crate) type Texts<'a, T> = (MetricKind, &'a [u8], T);

impl Place {
    /// The place for calls of what stands here.
    pub(crate) fn at<T>(series: &T) -> Place {
        Place((std::ptr::from_ref(series).addr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize >> SHIFT)
    }

    /// The place for calls whose texts stand at these addresses.
    #[inline]
    pub(crate) fn of(kind: MetricKind, name: &str, tags: &[&str]) -> Place {
        let mix = |sum: u64, text: &str| sum.rotate_left(7) ^ text.as_ptr().addr() as u64;
        let sum = tags.iter().fold(mix(kind as u64, name), |sum, tag| mix(sum, tag));
        Place((sum.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> SHIFT) as usize)
    }
}

impl Known {
    /// Where the context of a call was.
    #[inline]
    pub(crate) fn hint(&self, place: Place) -> Option<Hint> {
        self.hints.get(place.0).copied()
    }

    pub(crate) fn set_hint(&mut self, place: Place, hint: Hint) {
        self.hints.resize(PLACES, Hint::default());
        if let Some(known) = self.hints.get_mut(place.0) {
            *known = hint;
        }
    }

    /// The template of a call, and its text.
    #[inline]
    pub(crate) fn template(&self, place: Place, texts: Texts<'_, impl TagTexts>) -> Option<(&Template, &[u8])> {
        let Kept { template, text } = self.templates.get(place.0)?.as_ref()?;
        let text = self.texts.get(*text as usize..)?;
        template.is_of(text, texts).then_some((template, text))
    }

    /// Makes the template of a call, if the call can have one.
    pub(crate) fn set_template(&mut self, place: Place, client: &Gatherer, call: &MetricCall<'_>) {
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
