//! Lines of which everything but the value is known, since the rest depends on the context alone.

use super::call::{MetricCall, Value};
use super::client::Client;
use super::dialect::Dialect;
use super::line;
use crate::aggregate::Storage;
use crate::wire::search::same;
use crate::wire::{MetricKind, TagTexts, Tags, Writer};
use crate::{Full, Time};

/// The lines of one context. Its text is kept by the caller: the name and the tags of the call, then what stands before and behind the value.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    kind: MetricKind,
    name: u16,
    tags: u16,
    head: u16,
    tail: u16,
}

impl Template {
    /// Bytes of its text.
    pub fn text_len(&self) -> usize {
        [self.name, self.tags, self.head, self.tail].iter().fold(0, |sum, &len| sum.wrapping_add(len.into()))
    }

    /// Whether this template with this text is that of a call. Linear in the bytes of name and tags.
    #[inline]
    pub fn is_of(&self, text: &[u8], (kind, name, tags): (MetricKind, &[u8], impl TagTexts)) -> bool {
        let Some((own_name, rest)) = text.split_at_checked(self.name.into()) else { return false };
        let own_tags = rest.get(..self.tags.into()).unwrap_or_default();
        self.kind == kind && same(own_name, name) && tags.are(own_tags)
    }

    /// What stands before the value and behind it.
    #[inline(always)]
    fn ends<'a>(&self, text: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let key = usize::from(self.name).wrapping_add(self.tags.into());
        text.get(key..)?
            .get(..usize::from(self.head).wrapping_add(self.tail.into()))?
            .split_at_checked(self.head.into())
    }
}

impl<S: Storage, B: AsRef<[u8]> + AsMut<[u8]>, T: AsRef<[u8]>, D: AsRef<Dialect>> Client<S, B, T, D> {
    /// The template of calls like this one, its text at the start of `space`: of calls at rate 1 that have nothing but a kind, a name, a number
    /// and tags, which are joined. `None` for any other call, for one that would be refused, and for want of space.
    pub fn template(&self, call: &MetricCall<'_>, space: &mut [u8]) -> Option<Template> {
        let Tags::Text(tags) = call.tags else { return None };
        if call.sample_rate != 1.0 || call.timestamp.is_some() || call.cardinality.is_some() {
            return None;
        }
        let (dialect, identity) = (self.options.dialect.as_ref(), self.common.identity());
        let mut writer = Writer::new(space);
        let mut len = |write: &dyn Fn(&mut Writer<'_>) -> Result<(), _>| {
            let start = writer.position();
            write(&mut writer).ok()?;
            u16::try_from(writer.position().wrapping_sub(start)).ok()
        };
        Some(Template {
            kind: call.kind,
            name: len(&|writer| writer.raw(call.name))?,
            tags: len(&|writer| writer.raw(tags))?,
            head: len(&|writer| line::metric_head(dialect, &identity, call, writer))?,
            tail: len(&|writer| line::metric_tail(dialect, &identity, call, writer))?,
        })
    }

    /// [`Client::metric`] of a call that is not aggregated and whose [template](Client::template), made by a client with the same options, is at
    /// hand: no cleaning.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    #[inline]
    pub fn metric_by(&mut self, template: &Template, text: &[u8], value: Value<'_>, now: Time) -> Result<(), Full> {
        self.start(now)?;
        let Some((head, tail)) = template.ends(text) else { return Ok(()) };
        self.push(|dialect, _, writer| {
            writer.raw(head)?;
            line::value(dialect, template.kind, value, writer)?;
            writer.raw(tail)
        })?;
        self.counters.metrics.add(template.kind, 1);
        Ok(())
    }
}
