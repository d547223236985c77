//! The core reads every vector as its file says.

use basenji_tests::{check, json, naive, owned, vectors};
use serde_json::{Value, json};

/// Panics with the names of the vectors whose result is another.
fn compare(results: impl Iterator<Item = (String, Value, Value)>) {
    let failures: Vec<String> = results
        .filter(|(_, expected, actual)| !json::same(expected, actual))
        .map(|(name, expected, actual)| format!("{name}\n  expected {expected}\n       got {actual}"))
        .collect();
    assert!(failures.is_empty(), "{} vectors fail:\n{}", failures.len(), failures.join("\n"));
}

fn read_datagrams(file: &str, read: fn(&[u8], naive::Tail) -> Vec<naive::Line>) {
    compare(vectors::datagrams(file).into_iter().map(|vector| {
        let messages = read(&vector.input, vector.tail).iter().map(json::line).collect();
        (vector.name, Value::Array(vector.expect), messages)
    }));
}

macro_rules! core_reads {
    ($($file:ident)+) => {
        $(
            #[test]
            fn $file() {
                read_datagrams(stringify!($file), owned::datagram);
            }
        )+
    };
}

/// One test a file.
mod the_core_reads {
    use super::*;

    core_reads! {
        datagrams event_fields events exceptions floats metric_heads optional_fields origin_fields rates service_checks tags
        timestamps values
    }

    #[test]
    fn parts() {
        compare(vectors::parts().into_iter().map(|vector| {
            let actual = match vector.part.as_str() {
                "local_data" => json::local_data(&owned::local_data(&vector.input)),
                "external_data" => json::external_data(&owned::external_data(&vector.input)),
                _ => json::cardinality(&owned::cardinality(&vector.input)),
            };
            (vector.name, vector.expect, actual)
        }));
    }

    #[test]
    fn framing() {
        compare(vectors::streams().into_iter().map(|vector| {
            let (framed, _) = check::decode(&vector.chunks, vector.limit);
            stream(vector, framed)
        }));
    }
}

/// The name of a vector, its frames and error, and those that were found.
fn stream(vector: vectors::Stream, framed: naive::Framed) -> (String, Value, Value) {
    let frames: Vec<Vec<u8>> = framed.frames.into_iter().map(|frame| frame.0).collect();
    let actual = json!([frames, framed.error.map(|kind| kind.name())]);
    (vector.name, json!([vector.frames, vector.error]), actual)
}

#[test]
fn naive_agrees_with_vectors() {
    for file in vectors::DATAGRAM_FILES {
        read_datagrams(file, naive::datagram);
    }
    compare(vectors::parts().into_iter().map(|vector| {
        let actual = match vector.part.as_str() {
            "local_data" => json::local_data(&naive::LocalData::parse(&vector.input)),
            "external_data" => json::external_data(&naive::ExternalData::parse(&vector.input)),
            _ => json::cardinality(&naive::Cardinality::parse(&vector.input)),
        };
        (vector.name, vector.expect, actual)
    }));
    compare(vectors::streams().into_iter().map(|vector| {
        let framed = naive::frames(&vector.chunks.concat(), vector.limit);
        stream(vector, framed)
    }));
}

#[test]
fn every_file_is_read_and_every_name_is_there_once() {
    let mut files: Vec<String> =
        vectors::DATAGRAM_FILES.iter().chain(&vectors::OTHER_FILES).map(|&file| file.into()).collect();
    files.sort();
    let mut found: Vec<String> = std::fs::read_dir(vectors::folder())
        .expect("the folder of the vectors")
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, files);

    let datagrams = vectors::DATAGRAM_FILES.iter().flat_map(|file| vectors::datagrams(file)).map(|vector| vector.name);
    let parts = vectors::parts().into_iter().map(|vector| vector.name);
    let streams = vectors::streams().into_iter().map(|vector| vector.name);
    let client_lines = vectors::client_lines().into_iter().map(|vector| vector.name);
    let others = datagrams.chain(parts).chain(streams).chain(client_lines);
    let mut names: Vec<String> = others.chain(vectors::state_names()).collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "two vectors have one name");
    assert!(count > 300);
}
