//! What parts of the core take of a microcontroller: `tests/firmware/subjects`, linked and run on the boards of [`bare`](crate::bare).
//!
//! Flash and RAM are what the linker leaves of a subject, all that it needs of the compiler's runtime (memory functions, arithmetic of
//! doubles) included. Stack and instructions are measured by `tests/firmware/c/measure.c`, which runs the subject.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bare::{CORTEX_M3, CORTEX_M4F, Machine, built, root};
use crate::programs::{succeed, text};

/// A subject, and what is done with it.
struct Subject {
    /// Its file in `tests/firmware/subjects/examples`.
    file: &'static str,
    about: &'static str,
    /// The bytes of RAM that are the packet buffer, whose size is the user's choice.
    buffer: u64,
    /// The most flash and RAM that it may take.
    limit: (Option<u64>, Option<u64>),
    operations: fn() -> Vec<Operation>,
}

/// One call of a subject.
struct Operation {
    /// What it is; empty for one that only prepares the next.
    name: &'static str,
    bytes: String,
    number: u32,
}

const SUBJECTS: [Subject; 4] = [
    Subject { file: "parse", about: "parse only", buffer: 0, limit: (Some(8 << 10), None), operations: parse },
    Subject {
        file: "client",
        about: "client only",
        buffer: 1024,
        limit: (Some(20 << 10), Some(1536)),
        operations: client,
    },
    Subject {
        file: "aggregating_client",
        about: "client with aggregation of 64 contexts",
        buffer: 1024,
        limit: (None, None),
        operations: aggregating_client,
    },
    Subject {
        file: "server",
        about: "server aggregator of 256 contexts",
        buffer: 0,
        limit: (None, None),
        operations: server,
    },
];

fn operation(name: &'static str, bytes: impl Into<String>, number: u32) -> Operation {
    Operation { name, bytes: bytes.into(), number }
}

fn parse() -> Vec<Operation> {
    let line = |name, text: &str| operation(name, text, 0);
    vec![
        line("parse a count with two tags", "page.views:1|c|#env:dev,page:home"),
        line("parse a timing with rate and two tags", "render.time:12.75|ms|@0.5|#env:dev,page:home"),
        line("parse a gauge of 17 digits", "load.average:0.30000000000000004|g"),
        line("parse an event", "_e{6,14}:deploy|version 1.2.3\\n|p:low|t:info|#env:dev"),
        line("parse a service check", "_sc|db.up|0|h:db1|#env:dev|m:all is well"),
        // The deepest stack.
        line("", "limit:2.2250738585072011e-308|g|@0x1p-3"),
        line("", "a:1\nb:1|x\nc:1|c|T0\n_e{1,1}:a"),
    ]
}

/// A call of each kind, twice: the first makes the context where there are contexts.
fn client() -> Vec<Operation> {
    let calls = [
        ("a count with two tags", "requests"),
        ("a gauge with two tags", "level"),
        ("a timing with two tags", "turn"),
        ("", "load"),
        ("", "flow"),
        ("a member of a set with two tags", "left"),
    ];
    let numbered = calls.into_iter().zip(0..);
    numbered.flat_map(|((name, text), number)| [operation("", text, number), operation(name, text, number)]).collect()
}

fn aggregating_client() -> Vec<Operation> {
    let mut operations = client();
    let has = operations.len() / 2;
    operations.extend((has..63).map(|context| operation("", format!("requests{context}"), 0)));
    operations.push(operation("a count that makes its context", "responses", 0));
    operations.push(operation("flush 64 contexts", "", 6));
    operations.extend((0..8).map(|_| operation("", "", 6)));
    operations
}

fn server() -> Vec<Operation> {
    let line = |name, text: &str| operation(name, text, 0);
    let mut operations = vec![
        line("parse and take in a count that makes its context", "page.views:1|c|#env:dev,page:home"),
        line("parse and take in a count", "page.views:1|c|#env:dev,page:home"),
        line("", "page.size:1.5|d|#env:dev"),
        line("parse and take in a sample of a distribution", "page.size:2.5|d|#env:dev"),
        line("", "page.time:1.5|ms|#env:dev"),
        line("parse and take in a timing", "page.time:2.5|ms|#env:dev"),
        line("", "page.users:anna|s|#env:dev"),
        line("parse and take in a member of a set", "page.users:bert|s|#env:dev"),
    ];
    operations.extend((4..256).map(|context| operation("", format!("context{context}:1|c|#env:dev"), 0)));
    operations.push(operation("flush 256 contexts", "", 0));
    operations
}

/// What a subject takes on a machine.
struct Footprint {
    flash: u64,
    ram: u64,
    stack: u64,
    /// Operations, and how many instructions each takes.
    instructions: Vec<(String, u64)>,
}

/// What all subjects take on both machines.
pub struct Footprints(Vec<(&'static Subject, [Footprint; 2])>);

impl Footprints {
    /// Builds, links and runs every subject; `work` is the target directory for this machine's name.
    ///
    /// # Errors
    ///
    /// A tool is missing.
    ///
    /// # Panics
    ///
    /// A tool fails.
    pub fn measure(work: impl Fn(&Machine) -> PathBuf) -> Result<Footprints, String> {
        let on = |machine: &Machine| {
            let work = work(machine);
            build(machine, &work)?;
            SUBJECTS.iter().map(|subject| footprint(subject, machine, &work)).collect::<Result<Vec<_>, String>>()
        };
        let pairs = on(&CORTEX_M3)?.into_iter().zip(on(&CORTEX_M4F)?);
        Ok(Footprints(SUBJECTS.iter().zip(pairs.map(|(m3, m4)| [m3, m4])).collect()))
    }

    /// The tables of `core/README.md`.
    pub fn tables(&self) -> String {
        let mut text = String::from(
            "| | flash, Cortex-M3 | flash, Cortex-M4F | RAM | deepest stack |\n| --- | ---: | ---: | ---: | ---: |\n",
        );
        for (subject, [m3, m4]) in &self.0 {
            let (ram, stack) = (m3.ram.max(m4.ram), m3.stack.max(m4.stack));
            let _ = writeln!(text, "| {} | {} | {} | {ram} | {stack} |", subject.about, m3.flash, m4.flash);
        }
        text += "\n| operation | of | Cortex-M3 | Cortex-M4F |\n| --- | --- | ---: | ---: |\n";
        for (subject, [m3, m4]) in &self.0 {
            for ((name, m3), (_, m4)) in m3.instructions.iter().zip(&m4.instructions) {
                let _ = writeln!(text, "| {name} | {} | {m3} | {m4} |", subject.about);
            }
        }
        text
    }

    /// The limits that are broken, a sentence each.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for (subject, both) in &self.0 {
            let worst = |of: fn(&Footprint) -> u64| both.iter().map(of).max().unwrap_or_default();
            let limits = [
                ("flash", subject.limit.0, worst(|took| took.flash)),
                ("RAM", subject.limit.1, worst(|took| took.ram)),
            ];
            for (what, limit, took) in limits {
                if let Some(limit) = limit.filter(|limit| took > *limit) {
                    broken.push(format!("{}: {took} bytes of {what}, the limit is {limit}", subject.about));
                }
            }
        }
        broken
    }
}

/// Builds all subjects for `machine`.
fn build(machine: &Machine, work: &Path) -> Result<(), String> {
    let mut cargo = machine.cargo()?;
    cargo.args(["build", "--quiet", "--locked", "--profile", "firmware", "--package", "basenji-firmware-subjects"]);
    cargo.args(["--examples", "--target", machine.target, "--target-dir"]).arg(work);
    succeed(cargo.current_dir(root().join("tests/firmware")));
    Ok(())
}

/// Links `subject` alone for its size, and with what measures it to be run.
fn footprint(subject: &Subject, machine: &Machine, work: &Path) -> Result<Footprint, String> {
    let examples = built(work, machine).join("examples");
    let library = examples.join(format!("lib{}.a", subject.file));
    let alone = examples.join(format!("{}-alone.elf", subject.file));
    let mut gcc = machine.gcc()?;
    gcc.args(["-nostdlib", "-nostartfiles", "-Wl,--gc-sections,-e,subject_start,-u,subject_run"]);
    succeed(gcc.arg(&library).arg("-o").arg(&alone));
    let sections = text(&succeed(Command::new("arm-none-eabi-size").arg("-A").arg(&alone)));
    let size = |wanted: &[&str]| {
        let lines = sections.lines().filter_map(|line| line.split_once(' '));
        let sizes = lines.filter(|(name, _)| wanted.iter().any(|section| name.starts_with(section)));
        sizes.filter_map(|(_, rest)| rest.split_whitespace().next()?.parse::<u64>().ok()).sum::<u64>()
    };

    let c = root().join("tests/firmware/c");
    let operations = examples.join(format!("{}-operations.c", subject.file));
    fs::write(&operations, operations_in_c(&(subject.operations)())).map_err(|error| error.to_string())?;
    let program = examples.join(format!("{}-measured.elf", subject.file));
    let mut gcc = machine.gcc()?;
    gcc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "--specs=rdimon.specs", "-nostartfiles"]);
    gcc.args(["-Wl,--gc-sections", "-T"]).arg(c.join("mps2.ld")).args([c.join("startup.c"), c.join("measure.c")]);
    succeed(gcc.args([&operations, &library]).arg("-o").arg(&program));
    let output = machine.run(&program, &["-icount", "shift=6"], &[])?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{} on a {}: {printed}", subject.file, machine.name);
    let numbers = printed.lines().filter_map(|line| line.split_once('\t'));
    let mut instructions: Vec<_> =
        numbers.map(|(name, number)| (name.to_owned(), number.parse().expect("a number"))).collect();
    let (_, stack) = instructions.pop().expect("the stack comes last");
    let (data, bss) = (size(&[".data"]), size(&[".bss"]));
    Ok(Footprint { flash: size(&[".text", ".rodata"]) + data, ram: data + bss - subject.buffer, stack, instructions })
}

/// The table that `measure.c` reads.
fn operations_in_c(operations: &[Operation]) -> String {
    let mut text = String::from(
        "#include <stddef.h>\n#include <stdint.h>\n\
        struct operation { const char *name; const uint8_t *bytes; size_t len; uint32_t number; };\n\
        const struct operation operations[] = {\n",
    );
    for Operation { name, bytes, number } in operations {
        let quoted: String = bytes.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        let _ = writeln!(text, "{{\"{name}\", (const uint8_t *)\"{quoted}\", {}, {number}}},", bytes.len());
    }
    text + "};\nconst size_t operations_len = sizeof operations / sizeof operations[0];\n"
}

/// The page with the tables.
pub const README: &str = "core/README.md";

/// What stands before the tables in a page, the tables, and what follows them.
pub fn split(page: &str) -> Option<(&str, &str, &str)> {
    const START: &str = "<!-- made by `cargo xtask firmware --write` -->\n\n";
    const END: &str = "\n<!-- end -->";
    let start = page.find(START)? + START.len();
    let end = start + page.get(start..)?.find(END)?;
    Some((page.get(..start)?, page.get(start..end)?, page.get(end..)?))
}
