//! Properties of the wire: parsing and writing of any bytes.

use crate::naive::{self, Line, Tail};
use crate::owned;
use basenji_core::wire::{
    AlertType, Event, Message, Messages, Metric, MetricKind, OriginFields, Part, Priority, ServiceCheck, Status, Tags,
    Text, Values, WriteError, Writer, number,
};

const TAILS: [Tail; 3] = [Tail::Parsed, Tail::Unterminated, Tail::Truncated];

/// Everything that reads or writes the wire returns, whatever the bytes.
pub fn never_panics(bytes: &[u8]) {
    for tail in TAILS {
        owned::datagram(bytes, tail);
    }
    owned::local_data(bytes);
    owned::external_data(bytes);
    owned::cardinality(bytes);
    // Lines that no datagram can hold, since they have newlines.
    let whole = [
        Message::parse(bytes),
        Event::parse(bytes).map(Message::Event),
        ServiceCheck::parse(bytes).map(Message::ServiceCheck),
    ];
    let mut buffer = vec![0; bytes.len() + 1024];
    for message in whole.into_iter().chain(Messages::new(bytes)).flatten() {
        owned::message(message);
        for capacity in [0, 1, bytes.len() / 2, bytes.len(), buffer.len()] {
            for sanitise in [false, true] {
                let mut writer = Writer::new(&mut buffer[..capacity]).sanitise(sanitise);
                let written = message.write(&mut writer);
                assert_eq!(written.is_err(), writer.written().is_empty(), "{written:?} leaves a part of {message:?}");
            }
        }
    }
    if let Some(value) = number::parse(bytes) {
        assert!(!value.is_nan() || bytes.eq_ignore_ascii_case(b"nan"), "{:?} is NaN", bytes.escape_ascii());
    }
}

/// What `basenji-core` makes of a datagram is what the naive twin makes of it: messages, errors and their places.
pub fn equals_naive(bytes: &[u8]) {
    for tail in TAILS {
        let (core, naive) = (owned::datagram(bytes, tail), naive::datagram(bytes, tail));
        if core != naive {
            let (core, naive) = core
                .iter()
                .map(Some)
                .chain([None])
                .zip(naive.iter().map(Some).chain([None]))
                .find(|(core, naive)| core != naive)
                .unwrap_or((None, None));
            panic!("{tail:?} of \"{}\"\n core: {core:?}\nnaive: {naive:?}", bytes.escape_ascii());
        }
    }
    let values = (number::parse(bytes), naive::parse_float(bytes));
    assert_eq!(values.0.map(naive::Number), values.1.map(naive::Number), "number \"{}\"", bytes.escape_ascii());
    let text = bytes.escape_ascii();
    assert_eq!(owned::local_data(bytes), naive::LocalData::parse(bytes), "local data \"{text}\"");
    assert_eq!(owned::external_data(bytes), naive::ExternalData::parse(bytes), "external data \"{text}\"");
    assert_eq!(owned::cardinality(bytes), naive::Cardinality::parse(bytes), "cardinality \"{text}\"");
}

/// Each message of a datagram, written and read again, is the same; written again, it has the same bytes.
///
/// Only a message that has a `\r` at the end of one of its parts may be refused, since it could end up at the end of the line.
pub fn round_trip(bytes: &[u8]) {
    let mut buffer = vec![0; 2 * bytes.len() + 1024];
    let mut again = buffer.clone();
    for message in Messages::new(bytes).flatten() {
        let mut writer = Writer::new(&mut buffer);
        match message.write(&mut writer) {
            Ok(()) => {}
            Err(WriteError::Refused { part: Part::LineEnd, .. }) if bytes.contains(&b'\r') => continue,
            Err(error) => panic!("{message:?} is not written: {error}"),
        }
        let line = writer.written();
        let mut read = Messages::new(line).require_eol(true);
        let same = match read.next() {
            Some(Ok(same)) => same,
            other => panic!("{message:?} is written as \"{}\", which reads as {other:?}", line.escape_ascii()),
        };
        assert!(read.next().is_none(), "{message:?} is written as more than a line: \"{}\"", line.escape_ascii());
        assert_eq!(without_bad_fields(same), without_bad_fields(message), "\"{}\"", line.escape_ascii());
        let mut writer = Writer::new(&mut again);
        same.write(&mut writer).expect("what was written once is written again");
        assert_eq!(writer.written(), line, "{message:?} is written in two ways");
        let mut writer = Writer::new(&mut again[..line.len() - 1]);
        assert_eq!(message.write(&mut writer), Err(WriteError::Full), "one byte is missing for {message:?}");
        assert_eq!(writer.written(), b"", "a part of {message:?} is written");
    }
}

fn without_bad_fields(message: Message<'_>) -> naive::Message {
    let mut message = owned::message(message);
    match &mut message {
        naive::Message::Event(event) => event.bad_fields = 0,
        naive::Message::ServiceCheck(check) => check.bad_fields = 0,
        naive::Message::Metric(_) => {}
    }
    message
}

/// Messages made of any bytes are one good line each when the writer sanitises, and have as many tags as were given.
///
/// `bytes` is cut at `\x00` into the parts of the messages.
pub fn sanitised_is_one_line(bytes: &[u8]) {
    let parts: Vec<&[u8]> = bytes.split(|&byte| byte == 0).collect();
    let part = |index: usize| parts.get(index).copied().unwrap_or(b"x");
    let needed = |index: usize| if part(index).is_empty() { &b"x"[..] } else { part(index) };
    let tags: Vec<&[u8]> = parts.iter().skip(3).copied().collect();
    let origin = OriginFields { local_data: Some(part(1)), external_data: Some(part(2)), cardinality: Some(part(3)) };
    let metric = Metric {
        name: needed(0),
        kind: MetricKind::Set,
        values: Values::Member(needed(1)),
        sample_rate: 0.5,
        tags: Tags::List(&tags),
        timestamp: Some(1),
        origin,
    };
    let event = Event {
        timestamp: Some(-1),
        hostname: Some(part(2)),
        aggregation_key: Some(part(3)),
        priority: Priority::Low,
        source_type: Some(part(4)),
        alert_type: AlertType::Error,
        tags: Tags::List(&tags),
        origin,
        ..Event::new(Text::Plain(needed(0)), Text::Plain(part(1)))
    };
    let check = ServiceCheck {
        timestamp: Some(0),
        hostname: Some(part(1)),
        message: Some(part(2)),
        tags: Tags::List(&tags),
        origin,
        ..ServiceCheck::new(needed(0), Status::Unknown)
    };
    let escaped = Event { title: Text::Wire(needed(0)), text: Text::Wire(part(1)), ..event };
    let messages =
        [Message::Metric(metric), Message::Event(event), Message::Event(escaped), Message::ServiceCheck(check)];
    let mut buffer = vec![0; 16 * bytes.len() + 1024];
    for message in messages {
        let mut writer = Writer::new(&mut buffer).sanitise(true);
        message.write(&mut writer).unwrap_or_else(|error| panic!("{message:?} is not written: {error}"));
        let line = writer.written();
        let read: Vec<_> = Messages::new(line).require_eol(true).collect();
        let [Ok(read)] = read.as_slice() else {
            panic!("{message:?} is written as \"{}\", which reads as {read:?}", line.escape_ascii());
        };
        let (kind, count) = (std::mem::discriminant(read), read_tags(read));
        assert_eq!(kind, std::mem::discriminant(&message), "\"{}\"", line.escape_ascii());
        // One empty tag cannot be told from none.
        let expected = if tags.len() == 1 && tags[0].is_empty() { 0 } else { tags.len() };
        assert_eq!(count, expected, "\"{}\"", line.escape_ascii());
    }
}

fn read_tags(message: &Message<'_>) -> usize {
    match message {
        Message::Metric(metric) => metric.tags.iter().count(),
        Message::Event(event) => event.tags.iter().count(),
        Message::ServiceCheck(check) => check.tags.iter().count(),
    }
}

/// A datagram that is cut at any place keeps its whole lines on both sides of the cut, and nothing else but the cut line is lost.
pub fn cut_anywhere(bytes: &[u8]) {
    let whole = owned::datagram(bytes, Tail::Parsed);
    // All places of a small datagram, and about as many of a large one.
    for cut in (0..=bytes.len()).step_by(1 + bytes.len() / 512) {
        let (before, after) = bytes.split_at(cut);
        let kept = owned::datagram(before, Tail::Truncated);
        let complete: &[Line] = match kept.split_last() {
            Some((last, complete)) if !before.ends_with(b"\n") && is_truncated(last) => complete,
            _ => &kept,
        };
        assert!(whole.starts_with(complete), "cut at {cut} of \"{}\"", bytes.escape_ascii());
        // Every line whose newline came before the cut is there.
        let newlines = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        assert_eq!(complete.len(), owned::datagram(&before[..newlines], Tail::Parsed).len(), "cut at {cut}");

        let resumed = if cut == 0 { Some(0) } else { bytes[cut - 1..].iter().position(|&byte| byte == b'\n') };
        let rest = resumed.map_or(&[][..], |at| &after[at..]);
        let resumed = owned::datagram(rest, Tail::Parsed);
        assert!(whole.ends_with(&resumed), "resumed after {cut} of \"{}\"", bytes.escape_ascii());
    }
}

fn is_truncated(line: &Line) -> bool {
    line.message.as_ref().is_err_and(|refusal| refusal.kind == basenji_core::ErrorKind::Truncated)
}
