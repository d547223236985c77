//! What becomes of the samples of a distribution: `distributions samples DIRECTORY` writes a file of samples a run, and
//! `distributions record DIRECTORY` makes of what clients wrote beside them the record, the tables and the pictures of the documentation.

use std::path::Path;
use std::{env, fs};

use basenji_tests::distributions::samples::{RUNS, of_run};
use basenji_tests::distributions::{page, picture, received, record};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["samples", directory] => samples(Path::new(directory)),
        ["record", directory] => write(Path::new(directory)),
        _ => panic!("usage: distributions samples|record DIRECTORY"),
    }
}

fn samples(directory: &Path) {
    for (count, runs) in RUNS {
        for seed in 1..=runs {
            let bytes: Vec<u8> = of_run(count, seed).into_iter().flat_map(f64::to_le_bytes).collect();
            fs::write(directory.join(format!("{count}-{seed}.samples")), bytes).expect("a file of samples");
        }
    }
}

fn write(directory: &Path) {
    let mut clients = Vec::new();
    for (count, runs) in RUNS {
        for (name, _) in record::CLIENTS {
            let of_seed = |seed: u64| {
                let samples = of_run(count, seed);
                if name == "basenji" {
                    return Some((received::from_ours(&samples), samples));
                }
                let path = directory.join(format!("{count}-{seed}.{name}"));
                Some((received::from_file(&fs::read(path).ok()?), samples))
            };
            let of_client: Option<Vec<_>> = (1..=runs).map(of_seed).collect();
            match of_client {
                Some(runs) => {
                    let row = record::client(
                        name,
                        count,
                        runs.into_iter().map(|(received, samples)| (samples, received)).collect(),
                    );
                    println!("{row}");
                    clients.push(row);
                }
                None => println!("{name} was not asked"),
            }
        }
    }
    let text = record::text(&clients, &record::fleet());
    fs::write(record::path(), &text).expect("the record");
    let record = serde_json::from_str(&text).expect("the record is JSON");
    let old = fs::read_to_string(page::path()).expect("the page");
    fs::write(page::path(), page::with_tables(&old, &record)).expect("the page");
    for (path, picture) in picture::all(&record) {
        fs::create_dir_all(path.parent().expect("a folder"))
            .and_then(|()| fs::write(&path, picture))
            .expect("a picture");
    }
}
