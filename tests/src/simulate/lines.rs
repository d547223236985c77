//! What the messages of a load are: names, tags, kinds.

use basenji::server::{By, MessageKind};
use basenji_core::wire::Message;

use super::story::Load;

pub(super) fn name(load: &Load) -> String {
    format!("n{}.{}", load.name, load.kind)
}

pub(super) fn tags(load: &Load, line: u64) -> String {
    let mut tags = format!("t:{}", load.tag[0] + line % load.tag[1].max(1));
    if load.long > 0 {
        tags += &format!(",long:{}", "x".repeat(load.long));
    }
    tags
}

pub(super) fn is_metric(kind: &str) -> bool {
    !matches!(kind, "_e" | "_sc")
}

/// Whether messages of this kind have numbers.
pub(super) fn is_number(kind: &str) -> bool {
    is_metric(kind) && kind != "s"
}

pub(super) fn kind(code: &str) -> MessageKind {
    let line = match code {
        "_e" => "_e{1,1}:a|b".to_owned(),
        "_sc" => "_sc|a|1".to_owned(),
        code => format!("a:1|{code}"),
    };
    MessageKind::of(&Message::parse(line.as_bytes()).expect("the line is good"))
}

/// `counts` with more of one kind.
pub(super) fn with(counts: By<MessageKind>, kind: MessageKind, more: u64) -> By<MessageKind> {
    counts.plus(kind, more)
}
