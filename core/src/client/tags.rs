//! The tags of a call and of its client, in the order of a dialect.

use super::clean::{Rule, clean, keyed, same};
use crate::numbered::numbered;
use crate::wire::Tags;

/// The order in which the tags of a call and of its client stand in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagOrder {
    /// The call's, then the client's.
    CallFirst,
    /// The client's, then the call's.
    ClientFirst,
    /// A tag with a key replaces the client's tags of that key: the client's that are left, then the call's with keys, those of one key
    /// together, then the call's without keys. Cost: the tags of the call times all tags.
    CallReplaces,
}

/// How tags are cleaned and put together.
#[derive(Debug, Clone, Copy)]
pub struct TagStyle {
    /// The order.
    pub order: TagOrder,
    /// The rule of a tag, or of its key and of a tag without a key if there is one for values.
    pub tag: Rule,
    /// The rule of what stands behind the first `:` of a tag with a key, if it is another.
    pub value: Option<Rule>,
    /// The rule of tags joined by commas, if there is one: where it finds nothing, all of them stay as they stand.
    pub joined: Option<Rule>,
    /// Whether a tag of no bytes is left out.
    pub skip_empty: bool,
}

impl TagStyle {
    /// The texts of the call's tags and of the client's, in this order, if they stay as they stand; either may be empty.
    #[inline]
    pub(super) fn as_they_stand<'a>(&self, client: Tags<'a>, call: Tags<'a>) -> Option<[&'a [u8]; 2]> {
        let (Some(rule), TagOrder::CallFirst, Tags::Text(client), Tags::Text(call)) =
            (self.joined, self.order, client, call)
        else {
            return None;
        };
        let is_clean = |text: &[u8]| text.is_empty() || rule(text).is_none();
        (is_clean(call) && is_clean(client)).then_some([call, client])
    }

    /// Calls `visit` with each tag, not yet cleaned, in order, until it fails.
    pub fn each<'a, E>(
        &self,
        client: Tags<'a>,
        call: Tags<'a>,
        mut visit: impl FnMut(&'a [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let wanted = |tag: &&[u8]| !(self.skip_empty && tag.is_empty());
        let (first, second) = match self.order {
            TagOrder::CallFirst => (call, client),
            TagOrder::ClientFirst => (client, call),
            TagOrder::CallReplaces => return self.replacing(client, call, visit),
        };
        first.iter().filter(wanted).try_for_each(&mut visit)?;
        second.iter().filter(wanted).try_for_each(visit)
    }

    /// [`TagStyle::each`] where the call's tags replace the client's.
    #[inline(never)]
    fn replacing<'a, E>(
        &self,
        client: Tags<'a>,
        call: Tags<'a>,
        mut visit: impl FnMut(&'a [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let wanted = |tag: &&[u8]| !(self.skip_empty && tag.is_empty());
        let mut keys = call.iter().filter_map(keyed);
        let is_replaced = |tag| keyed(tag).is_some_and(|(key, _)| call.iter().any(|tag| self.has_key(tag, key)));
        // A call without keys replaces nothing.
        let replaces = keys.next().is_some();
        client.iter().filter(|tag| !(replaces && is_replaced(tag))).filter(wanted).try_for_each(&mut visit)?;
        for (at, tag) in numbered(call.iter()) {
            let Some((key, _)) = keyed(tag) else { continue };
            if !call.iter().take(at).any(|tag| self.has_key(tag, key)) {
                call.iter().skip(at).filter(|tag| self.has_key(tag, key)).try_for_each(&mut visit)?;
            }
        }
        call.iter().filter(|tag| keyed(tag).is_none()).filter(wanted).try_for_each(visit)
    }

    /// Whether `tag` has `key`, both cleaned.
    fn has_key(&self, tag: &[u8], key: &[u8]) -> bool {
        keyed(tag).is_some_and(|(other, _)| same(clean(other, self.tag), clean(key, self.tag)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::clean::rule;
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn ordered(order: TagOrder, client: &str, call: &str) -> String {
        let style = TagStyle {
            order,
            tag: rule::javascript_key,
            value: Some(rule::javascript_value),
            joined: None,
            skip_empty: false,
        };
        let mut tags: Vec<String> = Vec::new();
        let visit = |tag: &[u8]| -> Result<(), ()> {
            tags.push(str::from_utf8(tag).unwrap().to_string());
            Ok(())
        };
        style.each(Tags::Text(client.as_bytes()), Tags::Text(call.as_bytes()), visit).unwrap();
        tags.join(",")
    }

    #[test]
    fn the_orders_differ_in_who_comes_first() {
        assert_eq!(ordered(TagOrder::CallFirst, "a,b", "c,d"), "c,d,a,b");
        assert_eq!(ordered(TagOrder::ClientFirst, "a,b", "c,d"), "a,b,c,d");
    }

    #[test]
    fn a_key_of_the_call_replaces_that_of_the_client() {
        assert_eq!(ordered(TagOrder::CallReplaces, "g:1,bare,h:2", "g:2,new"), "bare,h:2,g:2,new");
        assert_eq!(ordered(TagOrder::CallReplaces, "g:1,bare", "bare,:v"), "g:1,bare,bare,:v");
        assert_eq!(ordered(TagOrder::CallReplaces, "a#b:1", "a@b:2"), "a@b:2");
    }

    #[test]
    fn tags_of_one_key_stand_together_where_the_first_stood() {
        assert_eq!(ordered(TagOrder::CallReplaces, "", "z,k:1,y,j:2,k:3"), "k:1,k:3,j:2,z,y");
    }
}
