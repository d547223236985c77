//! Properties of a client's lines: calls made out of any bytes, written in every dialect.

use crate::generate::Choices;
use basenji_core::client::{CheckCall, Dialect, EventCall, Identity, MetricCall, Value, line};
use basenji_core::wire::{
    AlertType, Message, Messages, MetricKind, OriginFields, Priority, Status, Tags, Text, WriteError, Writer, number,
};

/// The bytes that mean something to the protocol or to a dialect.
const PIECES: &[&[u8]] = &[
    b"a",
    b":",
    b"|",
    b",",
    b"#",
    b"@",
    b"\n",
    b"\r",
    b"\r\n",
    b"\\",
    b"\\n",
    b"m:",
    b"_e{",
    b"_sc|",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
    b"\xf0\x9f\x98\x80",
    b"1",
    b"2.5",
    b"nan",
    b"low",
    b"error",
    b" ",
];

/// A call and its client, made out of choices.
struct Made {
    texts: Vec<Vec<u8>>,
    client_tags: Vec<Vec<u8>>,
    call_tags: Vec<Vec<u8>>,
    packed_tags: bool,
    kind: MetricKind,
    numbers: [f64; 3],
    whole: [i64; 2],
    value: usize,
    date: usize,
    has: Vec<bool>,
}

fn text(choices: &mut Choices<'_>) -> Vec<u8> {
    let len = choices.below(6);
    (0..len).flat_map(|_| choices.pick(PIECES).to_vec()).collect()
}

fn double(choices: &mut Choices<'_>) -> f64 {
    let simple = [0.0, 1.0, 0.5, -2.0, f64::NAN, f64::INFINITY, 1e300, 1_713_804_588.75];
    match choices.below(10) {
        8.. => f64::from_bits(u64::from_le_bytes([(); 8].map(|()| choices.byte()))),
        at => simple[at],
    }
}

impl Made {
    fn new(bytes: &[u8]) -> Self {
        let choices = &mut Choices::new(bytes);
        Made {
            texts: (0..12).map(|_| text(choices)).collect(),
            client_tags: (0..choices.below(4)).map(|_| text(choices)).collect(),
            call_tags: (0..choices.below(4)).map(|_| text(choices)).collect(),
            packed_tags: choices.one_in(3),
            kind: choices.pick(&MetricKind::ALL),
            numbers: [(); 3].map(|()| double(choices)),
            whole: [(); 2].map(|()| choices.pick(&[0, 1, -1, 3, 1_713_804_588, i64::MIN, i64::MAX])),
            value: choices.below(5),
            date: choices.below(6),
            has: (0..12).map(|_| choices.one_in(2)).collect(),
        }
    }

    fn text(&self, at: usize) -> &[u8] {
        &self.texts[at]
    }

    fn option(&self, at: usize) -> Option<&[u8]> {
        self.has[at].then(|| self.text(at))
    }

    fn value<'a>(&'a self, samples: &'a [[u64; 2]]) -> Value<'a> {
        match self.value {
            0 => Value::I64(self.whole[0]),
            1 => Value::U64(self.whole[0].cast_unsigned()),
            2 => Value::F64(self.numbers[0]),
            3 => Value::Samples(samples),
            _ => Value::Text(self.text(0)),
        }
    }

    fn timestamp(&self) -> Option<Value<'_>> {
        match self.date {
            0 => None,
            1 => Some(Value::I64(self.whole[1])),
            2 => Some(Value::U64(self.whole[1].cast_unsigned())),
            3 => Some(Value::F64(self.numbers[1])),
            4 => Some(Value::Text(self.text(1))),
            _ => Some(Value::Samples(&[])),
        }
    }
}

/// A message that is expected of a safe dialect, or the refusal of the call.
enum Call<'a> {
    Metric(MetricCall<'a>),
    Event(EventCall<'a>),
    Check(CheckCall<'a>),
}

impl Call<'_> {
    fn write(&self, dialect: &Dialect, identity: &Identity<'_>, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        match self {
            Call::Metric(call) => line::metric(dialect, identity, call, writer),
            Call::Event(call) => line::event(dialect, identity, call, writer),
            Call::Check(call) => line::check(dialect, identity, call, writer),
        }
    }
}

fn with_calls(bytes: &[u8], mut visit: impl FnMut(&Identity<'_>, &Call<'_>)) {
    let made = Made::new(bytes);
    let samples = made.numbers.map(|number| [number.to_bits(), 1]);
    let [client, call] = [&made.client_tags, &made.call_tags].map(|tags| tags.iter().map(Vec::as_slice).collect());
    let (client, call): (Vec<&[u8]>, Vec<&[u8]>) = (client, call);
    let joined = call.join(&b","[..]);
    let tags = if made.packed_tags { Tags::Text(&joined) } else { Tags::List(&call) };
    let identity = Identity {
        prefix: made.option(2).unwrap_or_default(),
        suffix: made.option(3).unwrap_or_default(),
        tags: Tags::List(&client),
        origin: OriginFields { local_data: made.option(4), external_data: made.option(5), cardinality: made.option(6) },
    };
    let (timestamp, cardinality) = (made.timestamp(), made.option(7));
    let value = made.value(&samples[..usize::from(made.has[0]) + usize::from(made.has[1])]);
    let metric = MetricCall {
        tags,
        cardinality,
        timestamp,
        sample_rate: made.numbers[2],
        ..MetricCall::new(made.text(8), made.kind, value)
    };
    let event = EventCall {
        timestamp,
        hostname: made.option(9),
        aggregation_key: made.option(10),
        priority: made.option(11),
        source_type: made.option(0),
        alert_type: made.option(1),
        tags,
        cardinality,
        ..EventCall::new(made.text(8), made.text(0))
    };
    let check = CheckCall {
        timestamp,
        hostname: made.option(9),
        message: made.option(10),
        tags,
        cardinality,
        ..CheckCall::new(made.text(8), value)
    };
    for call in [Call::Metric(metric), Call::Event(event), Call::Check(check)] {
        visit(&identity, &call);
    }
}

/// In every dialect a call is one line or refused; in too little memory nothing of it is there.
pub fn a_call_is_one_line(bytes: &[u8]) {
    with_calls(bytes, |identity, call| {
        for dialect in Dialect::ALL {
            let mut buffer = vec![0; 4096];
            let mut writer = Writer::new(&mut buffer);
            let result = call.write(dialect, identity, &mut writer);
            let line = writer.written().to_vec();
            let newlines = line.iter().filter(|&&byte| byte == b'\n').count();
            match result {
                Ok(()) => assert!(newlines == 1 && line.ends_with(b"\n"), "{}: {}", dialect.name, line.escape_ascii()),
                Err(_) => assert!(line.is_empty(), "{}: {}", dialect.name, line.escape_ascii()),
            }
            for capacity in [0, 1, line.len() / 2, line.len().saturating_sub(1)] {
                let mut writer = Writer::new(&mut buffer[..capacity]);
                let result = call.write(dialect, identity, &mut writer);
                assert!(
                    result.is_err() || line.is_empty(),
                    "{}: {} fits {capacity}",
                    dialect.name,
                    line.escape_ascii()
                );
                assert!(writer.written().is_empty());
            }
        }
    });
}

/// In our dialect a call is one message that holds the cleaned parts, and only what no cleaning can mend is refused.
pub fn a_safe_call_is_one_message(bytes: &[u8]) {
    with_calls(bytes, |identity, call| {
        let mut buffer = vec![0; 4096];
        let mut writer = Writer::new(&mut buffer);
        let result = call.write(&Dialect::BASENJI, identity, &mut writer);
        let (line, shown) = (writer.written(), writer.written().escape_ascii().to_string());
        let mut messages = Messages::new(line).require_eol(true);
        let message = messages.next();
        assert!(messages.next().is_none(), "{shown}");
        if result.is_err() {
            assert!(message.is_none() && is_beyond_mending(call), "refused: {result:?}");
            return;
        }
        assert!(!is_beyond_mending(call), "{shown}");
        let message = message.expect("a line").unwrap_or_else(|error| panic!("{shown}: {error}"));
        match (call, message) {
            (Call::Metric(call), Message::Metric(metric)) => {
                let clean = |text| replaced(text, b":|\n\r");
                let mut name = [clean(identity.prefix), clean(call.name), clean(identity.suffix)].concat();
                if name.starts_with(b"_e{") {
                    name[2] = b'_';
                }
                assert_eq!((metric.name, metric.kind), (&name[..], call.kind), "{shown}");
                let rate = call.sample_rate;
                assert_eq!(metric.sample_rate, if 0.0 < rate && rate < 1.0 { rate } else { 1.0 }, "{shown}");
                values(call, &metric.values, &shown);
                let expected = whole(call.timestamp).filter(|&seconds| seconds > 0);
                assert_eq!(metric.timestamp, expected.map(i64::cast_unsigned), "{shown}");
                shared(identity, (call.tags, call.cardinality), (metric.tags, metric.origin), &shown);
            }
            (Call::Event(call), Message::Event(event)) => {
                let [title, text] = [call.title, call.text].map(line_ends_escaped);
                assert_eq!((event.title, event.text), (Text::Wire(&title), Text::Wire(&text)), "{shown}");
                assert_eq!(event.timestamp, whole(call.timestamp).filter(|&seconds| seconds != 0), "{shown}");
                field(call.hostname, event.hostname, &shown);
                field(call.aggregation_key, event.aggregation_key, &shown);
                field(call.source_type, event.source_type, &shown);
                let names = [Priority::Normal, Priority::Low].map(Priority::name);
                assert_eq!(event.priority.name(), known(call.priority, &names), "{shown}");
                let names =
                    [AlertType::Info, AlertType::Error, AlertType::Warning, AlertType::Success].map(AlertType::name);
                assert_eq!(event.alert_type.name(), known(call.alert_type, &names), "{shown}");
                shared(identity, (call.tags, call.cardinality), (event.tags, event.origin), &shown);
            }
            (Call::Check(call), Message::ServiceCheck(check)) => {
                assert_eq!(check.name, replaced(call.name, b"|\n\r"), "{shown}");
                assert_eq!(check.status, status(call.status), "{shown}");
                assert_eq!(check.timestamp, whole(call.timestamp).filter(|&seconds| seconds != 0), "{shown}");
                field(call.hostname, check.hostname, &shown);
                let message = call.message.map(|text| replaced(&line_ends_escaped(text), b"|"));
                assert_eq!(check.message, message.as_deref().filter(|text| !text.is_empty()), "{shown}");
                assert_eq!(check.bad_fields, 0, "{shown}");
                shared(identity, (call.tags, call.cardinality), (check.tags, check.origin), &shown);
            }
            _ => panic!("{shown} is another kind of message"),
        }
    });
}

/// A dialect that was made safe writes a call as one message of its kind that a server can read whole, or refuses it; and it refuses no more than
/// our own does.
pub fn a_call_in_a_dialect_made_safe_is_one_message(bytes: &[u8]) {
    with_calls(bytes, |identity, call| {
        for dialect in Dialect::ALL.map(|dialect| dialect.made_safe()) {
            let mut buffer = vec![0; 4096];
            let mut writer = Writer::new(&mut buffer);
            let result = call.write(&dialect, identity, &mut writer);
            let (line, shown) = (writer.written(), writer.written().escape_ascii().to_string());
            assert_eq!(result.is_err(), is_beyond_mending(call), "{}: {shown} {result:?}", dialect.name);
            let Ok(()) = result else { continue };
            let line = line.strip_suffix(b"\n").expect("a line");
            let mut messages = Messages::new(line);
            let message = messages.next().expect("a message");
            let message = message.unwrap_or_else(|error| panic!("{}: {shown}: {error}", dialect.name));
            assert!(messages.next().is_none(), "{}: {shown}", dialect.name);
            // What one text holds has not become a field of its own.
            match (call, message) {
                (Call::Metric(call), Message::Metric(metric)) => {
                    assert_eq!(metric.kind, call.kind, "{shown}");
                    let local = call.cardinality.or(identity.origin.cardinality).filter(|text| !text.is_empty());
                    if dialect.name != "hot-shots-telegraf" {
                        field(local, metric.origin.cardinality, &shown);
                        field(identity.origin.local_data, metric.origin.local_data, &shown);
                    }
                }
                (Call::Event(call), Message::Event(event)) => {
                    field(call.hostname, event.hostname, &shown);
                    field(call.aggregation_key, event.aggregation_key, &shown);
                    field(call.source_type, event.source_type, &shown);
                }
                (Call::Check(call), Message::ServiceCheck(check)) => {
                    field(call.hostname, check.hostname, &shown);
                    assert_eq!((check.status, check.bad_fields), (status(call.status), 0), "{shown}");
                }
                _ => panic!("{}: {shown} is another kind of message", dialect.name),
            }
        }
    });
}

/// Whether a call lacks what a message must have.
fn is_beyond_mending(call: &Call<'_>) -> bool {
    match call {
        Call::Metric(call) => {
            let is_number = |text: &[u8]| number::parse(text).is_some_and(f64::is_finite);
            let bad = match call.value {
                Value::I64(_) | Value::U64(_) => false,
                Value::F64(number) => call.kind != MetricKind::Set && !number.is_finite(),
                Value::Samples(samples) => {
                    let finite = |&[bits, _]: &[u64; 2]| f64::from_bits(bits).is_finite();
                    samples.is_empty() || (call.kind != MetricKind::Set && !samples.iter().all(finite))
                }
                Value::Text(text) if call.kind == MetricKind::Set => text.is_empty(),
                Value::Text(text) => {
                    let items: Vec<&[u8]> = text.split(|&byte| byte == b':').filter(|item| !item.is_empty()).collect();
                    items.is_empty() || !items.into_iter().all(is_number)
                }
            };
            bad || call.name.is_empty()
        }
        Call::Event(call) => call.title.is_empty(),
        Call::Check(call) => call.name.is_empty(),
    }
}

fn values(call: &MetricCall<'_>, values: &basenji_core::wire::Values<'_>, shown: &str) {
    let numbers: Vec<f64> = values.iter().collect();
    match (call.value, values.member()) {
        (Value::Text(text), Some(member)) => assert_eq!(member, replaced(text, b"|\n\r"), "{shown}"),
        (_, Some(member)) => assert!(!member.is_empty(), "{shown}"),
        (Value::I64(number), None) => assert_eq!(numbers, [number as f64], "{shown}"),
        (Value::U64(number), None) => assert_eq!(numbers, [number as f64], "{shown}"),
        (Value::F64(number), None) => assert_eq!(numbers, [number], "{shown}"),
        (Value::Samples(samples), None) => {
            let expected: Vec<f64> = samples.iter().map(|&[bits, _]| f64::from_bits(bits)).collect();
            assert_eq!(numbers, expected, "{shown}");
        }
        (Value::Text(_), None) => assert!(!numbers.is_empty(), "{shown}"),
    }
}

/// The tags and origin fields of a message.
fn shared(
    identity: &Identity<'_>,
    (tags, cardinality): (Tags<'_>, Option<&[u8]>),
    (read, origin): (Tags<'_>, OriginFields<'_>),
    shown: &str,
) {
    let all = tags.iter().chain(identity.tags.iter()).filter(|tag| !tag.is_empty());
    let expected: Vec<Vec<u8>> = all.map(|tag| replaced(tag, b"|,\n\r")).collect();
    assert_eq!(read.iter().collect::<Vec<_>>(), expected, "{shown}");
    field(identity.origin.local_data, origin.local_data, shown);
    field(identity.origin.external_data, origin.external_data, shown);
    field(cardinality.or(identity.origin.cardinality), origin.cardinality, shown);
}

fn field(given: Option<&[u8]>, read: Option<&[u8]>, shown: &str) {
    let expected = given.filter(|text| !text.is_empty()).map(|text| replaced(text, b"|\n\r"));
    assert_eq!(read, expected.as_deref(), "{shown}");
}

/// One of `names`, the first unless it is given.
fn known(given: Option<&[u8]>, names: &[&'static str]) -> &'static str {
    names.iter().find(|name| given == Some(name.as_bytes())).unwrap_or(&names[0])
}

fn replaced(text: &[u8], forbidden: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| if forbidden.contains(byte) { b'_' } else { *byte }).collect()
}

fn line_ends_escaped(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::new();
    let mut last = 0;
    for &byte in text {
        match byte {
            b'\n' if last == b'\r' => {}
            b'\n' | b'\r' => escaped.extend(b"\\n"),
            byte => escaped.push(byte),
        }
        last = byte;
    }
    escaped
}

/// A timestamp in whole seconds.
fn whole(timestamp: Option<Value<'_>>) -> Option<i64> {
    match timestamp? {
        Value::I64(seconds) => Some(seconds),
        Value::U64(seconds) => seconds.try_into().ok(),
        Value::F64(seconds) => Some(seconds as i64),
        Value::Text(text) => str::from_utf8(text).ok()?.parse().ok(),
        Value::Samples(_) => None,
    }
}

fn status(given: Value<'_>) -> Status {
    let number = match given {
        Value::I64(number) => Some(number),
        Value::U64(number) => number.try_into().ok(),
        Value::F64(number) => (number.fract() == 0.0).then_some(number as i64),
        Value::Text(text) => return Status::from_digit(text).unwrap_or(Status::Unknown),
        Value::Samples(_) => None,
    };
    match number {
        Some(0) => Status::Ok,
        Some(1) => Status::Warning,
        Some(2) => Status::Critical,
        _ => Status::Unknown,
    }
}
