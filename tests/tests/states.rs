//! States in every form, as `tests/vectors/states.jsonl` has them for every language. `BASENJI_WRITE=1` writes the file anew.

use std::fs;

use basenji::{OwnedSketch, OwnedUniques};
use basenji_core::state::{Form, StateError};
use basenji_tests::vectors;
use serde_json::{Value, json};

/// Values of one sketch, and how often each.
type Part = (Vec<f64>, f64);

/// Sketches that are merged: a sentence and the parts.
fn sketches() -> Vec<(&'static str, Vec<Part>)> {
    let line = |numbers: std::ops::Range<i32>, step: f64| numbers.map(|n| f64::from(n) * step).collect::<Vec<_>>();
    let powers = |low: i32, high: i32| (low..high).map(|power| 1.5_f64.powi(power)).collect::<Vec<_>>();
    vec![
        ("a sketch of no values has no bins in any form", vec![(vec![], 1.0)]),
        ("one value is a bin of its own", vec![(vec![1.0], 1.0)]),
        ("both sides of zero, and zero, are kept", vec![(vec![-100.0, 0.0, 1.0, 2.0, 3.0], 1.0)]),
        ("two sketches merge into that of all values", vec![(line(1..200, 1.0), 1.0), (line(150..400, 0.5), 1.0)]),
        (
            "twenty sketches of far apart values merge",
            (0..20).map(|at| (powers(at - 40, 3 * at), f64::from(at + 1))).collect(),
        ),
        (
            "a weight that is not whole counts by its whole part and sums by all of it",
            vec![(vec![2.0, 5.0], 1.0 / 0.3)],
        ),
        ("more than a bin can count has several bins", vec![(vec![7.0, 8.0], 1e10), (vec![7.0], 3.0)]),
        ("values beyond all bins are kept where a form can say so", vec![(vec![1e250, -1e250, 4.0], 1.0)]),
        ("values too small for a bin are zero", vec![(vec![1e-10, -1e-300, 1e-9], 1.0)]),
    ]
}

fn uniques() -> Vec<(&'static str, Vec<Vec<String>>)> {
    let users = |range: std::ops::Range<u32>| range.map(|user| format!("user-{user}")).collect::<Vec<_>>();
    vec![
        ("no members have no registers", vec![vec![]]),
        ("a member is counted once, in whichever part it is", vec![users(0..10), users(5..20)]),
        (
            "text of other languages is a member by its bytes in UTF-8",
            vec![vec!["Jürgen".into(), "犬".into(), String::new()]],
        ),
        ("many members have a dense state", vec![users(0..9000), users(4000..12000)]),
    ]
}

/// States that are refused: a sentence, the form, and how a good state is changed.
fn refused() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let mut sketch = OwnedSketch::default();
    [1.0, 2.0, 700.0].iter().for_each(|value| sketch.add(*value, 1.0));
    let changed = |form: Form, at: usize, byte: u8| {
        let mut bytes = sketch.to_bytes(form);
        bytes[at] = byte;
        bytes
    };
    let cut = |form: Form, by: usize| {
        let mut bytes = sketch.to_bytes(form);
        bytes.truncate(bytes.len() - by);
        bytes
    };
    let mut members = OwnedUniques::default();
    members.add(b"ann");
    vec![
        ("nothing is no state of ours", "compact", vec![]),
        ("text is no state of ours", "compact", b"{\"k\":[1338]}".to_vec()),
        ("a later version is not guessed at", "compact", changed(Form::Compact, 3, 2)),
        ("members are no sketch", "compact", members.to_bytes()),
        ("a compact state that is cut is refused", "compact", cut(Form::Compact, 7)),
        ("a changed minimum is found by the checksum", "compact", changed(Form::Compact, 15, 1)),
        (
            "keys of the Agent's out of order are refused",
            "agent",
            b"\x10\x02\x3a\x04\xf4\x14\xf2\x14\x42\x02\x01\x01".to_vec(),
        ),
        (
            "bins of the Agent's that count more than all are refused",
            "agent",
            b"\x10\x01\x3a\x02\xf4\x14\x42\x01\x02".to_vec(),
        ),
        ("a cut data point is refused", "otlp", cut(Form::Otlp, 1)),
        ("a native histogram of float counts is refused", "prometheus", b"\x21\0\0\0\0\0\0\0\0".to_vec()),
        ("spans without counts are refused", "prometheus", b"\x08\x05\x62\x02\x10\x05\x6a\x01\x02".to_vec()),
        ("a state of another accuracy is refused", "clickhouse", changed(Form::ClickHouse, 7, 0xf1)),
        (
            "a ClickHouse state that goes on is refused",
            "clickhouse",
            [sketch.to_bytes(Form::ClickHouse), vec![0]].concat(),
        ),
        ("a sketch is no members", "uniques", sketch.to_bytes(Form::Compact)),
        ("cut members are refused", "uniques", cut_members(&members)),
    ]
}

fn cut_members(members: &OwnedUniques) -> Vec<u8> {
    let mut bytes = members.to_bytes();
    bytes.pop();
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Each part in a compact state, merged.
fn merged(parts: &[Part]) -> OwnedSketch {
    let mut whole = OwnedSketch::default();
    for (values, weight) in parts {
        let mut part = OwnedSketch::default();
        values.iter().for_each(|value| part.add(*value, *weight));
        whole.merge(&OwnedSketch::from_bytes(&part.to_bytes(Form::Compact), Form::Compact).unwrap());
    }
    whole
}

fn all() -> Vec<Value> {
    let mut lines = Vec::new();
    for (name, parts) in sketches() {
        let whole = merged(&parts);
        let states: serde_json::Map<_, _> =
            Form::ALL.iter().map(|form| (form.name().into(), hex(&whole.to_bytes(*form)).into())).collect();
        // What each form has kept, in ours.
        let kept: serde_json::Map<_, _> = Form::ALL
            .iter()
            .map(|form| {
                let read = OwnedSketch::from_bytes(&whole.to_bytes(*form), *form).unwrap();
                (form.name().into(), hex(&read.to_bytes(Form::Compact)).into())
            })
            .collect();
        let parts: Vec<Value> =
            parts.iter().map(|(values, weight)| json!({"values": values, "weight": weight})).collect();
        let count = whole.summary().count;
        lines.push(json!({"name": name, "parts": parts, "count": count, "p50": whole.quantile(0.5), "states": states, "kept": kept}));
    }
    for (name, parts) in uniques() {
        let mut whole = OwnedUniques::default();
        for part in &parts {
            let mut members = OwnedUniques::default();
            part.iter().for_each(|member| members.add(member.as_bytes()));
            whole.merge(&OwnedUniques::from_bytes(&members.to_bytes()).unwrap());
        }
        // Thousands of members are a pattern.
        let parts: Vec<Value> = parts
            .iter()
            .map(|part| match part.as_slice() {
                [first, .., last] if part.len() > 100 => json!({"first": first, "last": last}),
                _ => json!(part),
            })
            .collect();
        lines.push(json!({"name": name, "members": parts, "count": whole.count(), "uniques": hex(&whole.to_bytes())}));
    }
    for (name, form, bytes) in refused() {
        let StateError { fault, offset } = match Form::from_name(form) {
            Some(form) => OwnedSketch::from_bytes(&bytes, form).map(|_| ()).unwrap_err(),
            None => OwnedUniques::from_bytes(&bytes).map(|_| ()).unwrap_err(),
        };
        let code = fault.code();
        lines.push(json!({"name": name, "form": form, "input_hex": hex(&bytes), "error": fault.name(), "code": code, "offset": offset}));
    }
    lines
}

#[test]
fn states_are_those_of_the_vectors() {
    let path = vectors::folder().join("states.jsonl");
    let lines: String = all().iter().map(|line| format!("{line}\n")).collect();
    if std::env::var_os("BASENJI_WRITE").is_some() {
        fs::write(&path, &lines).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap();
    for (found, expected) in lines.lines().zip(there.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(lines.lines().count(), there.lines().count());
}
