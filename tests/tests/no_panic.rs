//! The core neither panics nor allocates: a static library that reaches every public function (`tests/freestanding`) links without a panic path
//! and needs nothing of an operating system, on this host, on a bare Cortex-M3 and on a bare Cortex-M4 with floating point.
//!
//! Each proof is made three times: with the library as it is shipped, with one whose core is built with overflow checks, and with one that has an
//! unproven index, for which it must fail.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use basenji_tests::bare::{CORTEX_M3, CORTEX_M4F, Machine, clean, root};
use basenji_tests::skip::skip;
use basenji_tests::sources::sources;
use object::read::archive::ArchiveFile;
use object::{File, Object, ObjectSection, ObjectSymbol, RelocationTarget, Section, SectionKind};

/// Functions that every C environment has, a freestanding one too.
const OF_EVERY_C: [&str; 5] = ["memcpy", "memmove", "memset", "memcmp", "bcmp"];

#[test]
fn on_this_host_the_release_library_neither_panics_nor_allocates() {
    let mut build = Command::new(env!("CARGO"));
    clean(&mut build);
    let mut link = Command::new("cc");
    link.arg("-nostartfiles");
    prove(&Proof { build, target: None, profile: "freestanding", link });
}

#[test]
fn on_a_cortex_m3_the_firmware_library_neither_panics_nor_allocates() {
    prove_on(&CORTEX_M3);
}

#[test]
fn on_a_cortex_m4_with_floats_the_firmware_library_neither_panics_nor_allocates() {
    prove_on(&CORTEX_M4F);
}

/// Proves it without an operating system.
fn prove_on(machine: &Machine) {
    match (machine.cargo(), machine.gcc()) {
        (Ok(build), Ok(mut link)) => {
            link.args(["-nostdlib", "-nostartfiles"]);
            prove(&Proof { build, target: Some(machine.target), profile: "firmware", link });
        }
        (Err(reason), _) | (_, Err(reason)) => skip(&reason),
    }
}

#[test]
fn every_public_function_of_the_core_stands_in_the_freestanding_library() {
    let reached = sources(&root().join("tests/freestanding/src")).concat();
    let mentions = |name: &str| {
        let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let around = |at: usize| (reached.as_bytes().get(at.wrapping_sub(1)), reached.as_bytes().get(at + name.len()));
        reached.match_indices(name).any(|(at, _)| !is_word(around(at).0) && !is_word(around(at).1))
    };
    let sources = sources(&root().join("core/src"));
    let lines = sources.iter().flat_map(|source| source.lines());
    let functions = lines.filter_map(|line| {
        let item = line.trim().strip_prefix("pub ")?;
        let name = item.strip_prefix("const ").unwrap_or(item).strip_prefix("fn ")?;
        name.split(['(', '<']).next()
    });
    let missing: BTreeSet<&str> = functions.filter(|name| !mentions(name)).collect();
    assert!(missing.is_empty(), "nothing proves these: {missing:?}");
}

/// How a library is built and linked.
struct Proof {
    build: Command,
    target: Option<&'static str>,
    profile: &'static str,
    link: Command,
}

/// Cargo's settings for sums and shifts of the core that panic beyond their limits.
const CHECKED: [&str; 4] = [
    "--config",
    "profile.freestanding.package.basenji-core.overflow-checks=true",
    "--config",
    "profile.firmware.package.basenji-core.overflow-checks=true",
];

/// Proves it for the library as it is and with overflow checks, and that the proof fails for the one with an unproven index.
fn prove(proof: &Proof) {
    let name = proof.target.unwrap_or("this host");
    for (checks, settings) in [("without", &[][..]), ("with", &CHECKED)] {
        let clean = Library::build(proof, "strict", settings);
        let Library { code, constants, .. } = clean;
        println!(
            "{name}, profile {}, {checks} overflow checks: {code} bytes of code, {constants} of constants",
            proof.profile
        );
        assert_eq!(
            clean.panics, [""; 0],
            "panic paths survive on {name} {checks} overflow checks, in {:#?}",
            clean.panicking
        );
        assert_eq!(clean.foreign, [""; 0], "{name} needs more than it brings");
        let linked = clean.link(proof);
        assert!(linked.status.success(), "{name}: {}", String::from_utf8_lossy(&linked.stderr));
    }

    let control = Library::build(proof, "strict,control", &[]);
    assert_ne!(control.panics, [""; 0], "the check of symbols does not see a panic on {name}");
    let linked = control.link(proof);
    let complaint = String::from_utf8_lossy(&linked.stderr);
    assert!(!linked.status.success(), "a library that panics links on {name}");
    assert!(complaint.contains("basenji_a_panic_path_survives"), "{complaint}");
}

/// A static library, taken apart.
struct Library {
    archive: PathBuf,
    /// The one object that holds the core and what it uses.
    object: PathBuf,
    /// The symbols that belong to a panic.
    panics: Vec<String>,
    /// The functions that can get there.
    panicking: BTreeSet<String>,
    /// What the object needs that neither the archive nor every C environment has.
    foreign: Vec<String>,
    code: u64,
    constants: u64,
}

impl Library {
    fn build(proof: &Proof, features: &str, settings: &[&str]) -> Library {
        let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("freestanding").join(proof.target.unwrap_or("host"));
        let mut build = Command::new(proof.build.get_program());
        for (name, value) in proof.build.get_envs() {
            match value {
                Some(value) => build.env(name, value),
                None => build.env_remove(name),
            };
        }
        build.current_dir(root()).args(settings).args([
            "rustc",
            "--quiet",
            "--package",
            "basenji-freestanding",
            "--lib",
        ]);
        build.args(["--crate-type", "staticlib", "--profile", proof.profile, "--features", features]);
        build.args(proof.target.iter().flat_map(|target| ["--target", target]));
        let output = build.arg("--target-dir").arg(&work).output().expect("cargo is there");
        assert!(output.status.success(), "{build:?}: {}", String::from_utf8_lossy(&output.stderr));
        let built = work.join(proof.target.unwrap_or("")).join(proof.profile);
        Library::read(built.join("libbasenji_freestanding.a"))
    }

    fn read(archive: PathBuf) -> Library {
        let data = fs::read(&archive).unwrap_or_else(|error| panic!("{}: {error}", archive.display()));
        let file = ArchiveFile::parse(&*data).unwrap();
        let members = file.members().map(|member| member.unwrap());
        let (ours, others): (Vec<_>, Vec<_>) =
            members.partition(|member| member.name().starts_with(b"basenji_freestanding"));
        assert_eq!(ours.len(), 1, "link-time optimisation leaves one object");
        let bytes = ours[0].data(&*data).unwrap();
        let object = archive.with_extension("o");
        fs::write(&object, bytes).unwrap();

        let parsed = File::parse(bytes).unwrap();
        let names = |symbol: &object::Symbol<'_, '_>| symbol.name().unwrap_or_default().to_owned();
        let mut known: HashSet<String> = OF_EVERY_C.map(str::to_owned).into();
        for member in others {
            if let Ok(other) = File::parse(member.data(&*data).unwrap()) {
                known.extend(other.symbols().filter(ObjectSymbol::is_definition).map(|symbol| names(&symbol)));
            }
        }
        let undefined =
            parsed.symbols().filter(|symbol| symbol.is_undefined() && !symbol.name_bytes().unwrap().is_empty());
        let foreign = undefined.map(|symbol| names(&symbol)).filter(|name| !known.contains(name)).collect();
        let size = |wanted: fn(SectionKind) -> bool| {
            parsed.sections().filter(|section| wanted(section.kind())).map(|section| section.size()).sum()
        };
        Library {
            object,
            panics: parsed.symbols().map(|symbol| names(&symbol)).filter(|name| is_panic(name)).collect(),
            panicking: parsed.sections().filter(|section| reaches_panic(&parsed, section)).map(function).collect(),
            foreign,
            code: size(|kind| kind == SectionKind::Text),
            constants: size(|kind| matches!(kind, SectionKind::ReadOnlyData | SectionKind::ReadOnlyString)),
            archive,
        }
    }

    /// Links the whole object, and from the archive only what the object asks for.
    fn link(&self, proof: &Proof) -> Output {
        let mut link = Command::new(proof.link.get_program());
        link.args(proof.link.get_args()).args(["-Wl,--no-gc-sections", "-Wl,-e,basenji_proof_wire"]);
        link.arg(&self.object).arg(&self.archive).arg("-o").arg(self.object.with_extension("elf"));
        link.output().expect("the linker is there")
    }
}

fn is_panic(symbol: &str) -> bool {
    let parts = ["panicking", "rust_panic", "expect_failed", "unwrap_failed", "index_fail", "basenji_a_panic_path"];
    parts.iter().any(|part| symbol.contains(part))
}

/// Whether something in `section`, which holds one function, refers to a panic.
fn reaches_panic(file: &File<'_>, section: &Section<'_, '_>) -> bool {
    section.relocations().any(|(_, relocation)| match relocation.target() {
        RelocationTarget::Symbol(index) => {
            file.symbol_by_index(index).and_then(|symbol| symbol.name()).is_ok_and(is_panic)
        }
        _ => false,
    })
}

/// The function that `section` holds.
fn function(section: Section<'_, '_>) -> String {
    section.name().unwrap_or_default().trim_start_matches(".text.").to_owned()
}
