//! The shared vectors of the wire, through the real `basenji parse`.

mod support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::thread;

use serde_json::Value;
use support::{basenji, objects, text};

/// What goes in and what must come out.
struct Vector {
    name: String,
    input: Vec<u8>,
    expect: Vec<Value>,
}

impl Vector {
    /// The vector of a line of a file; none if it is about something else than lines, or about a receiver's settings.
    fn read(file: &str, line: &str) -> Option<Vector> {
        let vector: Value = serde_json::from_str(line).expect("a vector is JSON");
        let is_set = |setting: &str| vector[setting].as_bool().unwrap_or(false);
        if is_set("eol_required") || is_set("truncated") || vector.get("part").is_some() {
            return None;
        }
        let input = match (vector["input"].as_str(), vector["input_hex"].as_str()) {
            (Some(input), _) => input.as_bytes().to_vec(),
            (None, Some(hex)) => unhex(hex),
            (None, None) => return None,
        };
        let expect = vector["expect"].as_array()?.clone();
        Some(Vector { name: format!("{file}: {}", vector["name"]), input, expect })
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let digit = |place: usize| u8::from_str_radix(&hex[place..place + 2], 16).expect("hexadecimal digits");
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let mut vectors = Vec::new();
    for entry in fs::read_dir(folder).expect("there are vectors") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a file of vectors can be read");
            vectors.extend(text.lines().filter_map(|line| Vector::read(&file, line)));
        }
    }
    vectors
}

/// The objects of this input.
fn parse(input: Vec<u8>, arguments: &[&str]) -> Vec<Value> {
    let mut command = basenji();
    command.arg("parse").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it was asked for");
    let writer = thread::spawn(move || stdin.write_all(&input).expect("the program reads"));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the writer ends");
    assert!(output.status.success());
    objects(text(&output.stdout))
}

#[test]
fn the_program_agrees_with_every_vector() {
    let vectors = vectors();
    assert!(vectors.len() > 500, "only {} vectors", vectors.len());
    // A line between two vectors tells whose objects are whose.
    const MARK: &[u8] = b"\nthe end of a vector\n";
    let input: Vec<u8> = vectors.iter().flat_map(|vector| [&vector.input[..], MARK].concat()).collect();
    for arguments in [&[][..], &["--datagram"]] {
        let objects = parse(input.clone(), arguments);
        let mut found = objects.split(|object| object["input"] == "the end of a vector");
        for vector in &vectors {
            let mut found = found.next().unwrap_or_default().to_vec();
            // What a line stands for is not what it says.
            found.iter_mut().filter_map(Value::as_object_mut).for_each(|object| drop(object.remove("samples")));
            assert_eq!(found, vector.expect, "{}", vector.name);
        }
    }
}
