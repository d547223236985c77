//! The chores of this repository: `cargo xtask help` lists them.
//!
//! Each chore is one file. A chore runs steps, says before each what it does and after each how long it took, and stops at the first failure with one
//! sentence. Nothing is written outside of `target/`, package caches and, where a chore says so, the repository.

mod bench;
mod corpus;
mod firmware;
mod fuzz;
mod header;
mod image;
mod install;
mod interop;
mod kubernetes;
mod libraries;
mod lint;
mod node;
mod npm;
mod packages;
mod python;
mod step;
mod test;
mod wheel;

use std::process::ExitCode;

/// What a chore comes to: nothing, or the sentence that says why it stopped.
type Outcome = Result<(), String>;

/// One entry of `cargo xtask help`.
struct Chore {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const CHORES: &[Chore] = &[
    Chore {
        name: "test",
        arguments: "[--plan]",
        about: "install what the tests need and run every one of them (--plan: only say what would run)",
        run: test::run,
    },
    Chore {
        name: "lint",
        arguments: "",
        about: "format, clippy and documentation, warnings denied; cargo-deny where it is installed",
        run: lint::run,
    },
    Chore {
        name: "fuzz",
        arguments: "[TARGET] [SECONDS]",
        about: "replay the seeds of one or all fuzz targets, then fuzz each for SECONDS (60)",
        run: fuzz::run,
    },
    Chore {
        name: "bench",
        arguments: "[parse|record|memory|server|client|transport|peers|peers-udp|peers-unix|c|python|node] [--corpus FILE] [--record]",
        about: "measure one or all; --record keeps the result in tests/bench/record",
        run: bench::run,
    },
    Chore {
        name: "python",
        arguments: "[PYTEST ARGUMENTS]",
        about: "build and install the Python package under target, then its tests, types and examples",
        run: python::run,
    },
    Chore {
        name: "node",
        arguments: "[TEST FILES]",
        about: "build the Node package in place, then its tests, its types and what it packs",
        run: node::run,
    },
    Chore {
        name: "npm",
        arguments: "",
        about: "pack the Node package and this platform's addon as they are published, into target/npm",
        run: npm::run,
    },
    Chore {
        name: "wheel",
        arguments: "[--free-threaded VERSION]",
        about: "build the Python wheel and say its size (--free-threaded 3.14t: for that Python only)",
        run: wheel::run,
    },
    Chore {
        name: "firmware",
        arguments: "[--write]",
        about: "measure flash, RAM, stack and instructions of the core on bare Cortex-M (--write: into core/README.md)",
        run: firmware::run,
    },
    Chore {
        name: "header",
        arguments: "[--check]",
        about: "write the C headers from the exports (--check: only say what differs)",
        run: header::run,
    },
    Chore {
        name: "install",
        arguments: "[--prefix DIR] [--libdir DIR] [--destdir DIR]",
        about: "build libbasenji and libbasenji_core and install them with headers, pkg-config and CMake files (/usr/local, lib)",
        run: install::run,
    },
    Chore {
        name: "interop",
        arguments: "[shell|python|node|rust|go|java|hot-shots|python-suite]",
        about: "the clients of others against our daemon, and ours beside hot-shots and datadog, whose tests are run too",
        run: interop::run,
    },
    Chore {
        name: "kubernetes",
        arguments: "",
        about: "render and check the manifests of agent/deploy, and act a node out from them",
        run: kubernetes::run,
    },
    Chore {
        name: "image",
        arguments: "",
        about: "build the daemon as one static file, run it in an empty root and fill its memory",
        run: image::run,
    },
    Chore {
        name: "corpus",
        arguments: "[LINES] [SEED]",
        about: "print lines as a busy web platform sends them (20000, seed 7)",
        run: corpus::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", help());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        eprintln!("xtask: there is no chore '{name}'; `cargo xtask help` lists them");
        return ExitCode::from(2);
    };
    match (chore.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("xtask: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let mut text = String::from("usage: cargo xtask CHORE\n\n");
    for chore in CHORES {
        text += &format!("  {}\n      {}\n", format!("{} {}", chore.name, chore.arguments).trim_end(), chore.about);
    }
    text
}

/// The sentence for arguments that a chore does not take.
fn usage(chore: &str) -> String {
    let arguments = CHORES.iter().find(|known| known.name == chore).map_or("", |known| known.arguments);
    format!("usage: cargo xtask {chore} {arguments}").trim_end().to_owned()
}
