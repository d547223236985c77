//! The chores of this repository: `cargo xtask help` lists them.
//!
//! Each chore is one file. A chore runs steps, says before each what it does and after each how long it took, and stops at the first failure with one
//! sentence. Nothing is written outside of `target/`, package caches and, where a chore says so, the repository.

mod bench;
mod corpus;
mod counts;
mod distributions;
mod firmware;
mod fleet;
mod fresh;
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
mod page;
mod prerequisites;
mod program;
mod python;
mod siege;
mod simulate;
mod step;
mod test;
mod venv;
mod wheel;

use std::process::ExitCode;

use step::{Outcome, usage};

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
        name: "simulate",
        arguments: "[SEED.. | --worlds COUNT]",
        about: "ten thousand worlds from seeds around the inside of a server, or those of these seeds; shrinks what breaks a promise",
        run: simulate::run,
    },
    Chore {
        name: "siege",
        arguments: "[SECONDS]",
        about: "the daemon inside a memory limit under every attack at once, for SECONDS (60), and what came of each promise",
        run: siege::run,
    },
    Chore {
        name: "fleet",
        arguments: "[--short | --record | --bytes]",
        about: "many daemons that die and return before engines that stop and lose answers, and what these answer at the end beside the truth (--bytes: what a series costs on the wire)",
        run: fleet::run,
    },
    Chore {
        name: "bench",
        arguments: "[parse|record|memory|server|client|sinks|page|transport|peers|peers-udp|peers-unix|c|sketches|python|node] [--corpus FILE] [--record | --short]",
        about: "measure one or all; --record keeps the result in tests/bench/record, --short is for sinks alone and takes a minute or two",
        run: bench::run,
    },
    Chore {
        name: "counts",
        arguments: "[--record [WHY]]",
        about: "instructions of the hot operations beside those of tests/counts/record.md (--record: keep them, WHY some take more)",
        run: counts::run,
    },
    Chore {
        name: "distributions",
        arguments: "",
        about: "what each client leaves of a distribution's samples and dashboards make of hosts, into the tables and pictures of docs/distributions.md",
        run: distributions::run,
    },
    Chore {
        name: "python",
        arguments: "[PYTEST ARGUMENTS]",
        about: "build and install the Python package under target, then its tests, types and examples",
        run: python::run,
    },
    Chore {
        name: "lives",
        arguments: "[COUNT | forks COUNT | ends COUNT]",
        about: "COUNT (1000) random lives of a Python process, or so many forks or ends of each kind, with each Python that pyenv has",
        run: python::lives,
    },
    Chore {
        name: "node",
        arguments: "[TEST FILES]",
        about: "build the Node package in place, then its tests, its types and what it packs",
        run: node::run,
    },
    Chore {
        name: "node-lives",
        arguments: "[COUNT] [SEED]",
        about: "random lives of a Node process: all end in time, and what arrives is what was called",
        run: node::lives,
    },
    Chore {
        name: "page",
        arguments: "[--pictures]",
        about: "the live page in headless Chromium (--pictures: take those of the documentation anew)",
        run: page::run,
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
        arguments: "[shell|python|node|rust|go|java|sinks-quick|sinks|hot-shots|python-suite|sketches|captures]",
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
        name: "fresh",
        arguments: "[--whole]",
        about: "the README's two commands in a minimal Debian, as an ordinary user and as root (as root on Debian); --whole: all tests, to their end",
        run: fresh::run,
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
            let arguments = if sentence == usage(name) { chore.arguments } else { "" };
            eprintln!("{}", format!("xtask: {sentence} {arguments}").trim_end());
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
