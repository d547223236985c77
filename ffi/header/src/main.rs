//! Writes `ffi/include/basenji_core.h` and `ffi/include/basenji.h` from the exports; with `--check` it compares them instead and prints what
//! differs.
//!
//! ```text
//! cargo xtask header [--check]
//! ```

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use basenji_ffi_core::{REMARKS, STATUSES};
use cbindgen::{Builder, Config, DocumentationStyle, EnumConfig, ExportConfig, Language, Style};

/// One header.
struct Header {
    /// Its crate, in `ffi/`.
    crate_directory: &'static str,
    file: &'static str,
    guard: &'static str,
    /// Types that no function names.
    include: &'static [&'static str],
    /// What stands before the declarations.
    preamble: &'static str,
    /// And behind that.
    more: fn() -> String,
}

/// What stands between the braces of `BJ_CLIENT_OPTIONS_INIT`.
macro_rules! client_options {
    () => {
        // The table's options.
        "sizeof(bj_client_options), NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0, 0.0, 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL"
        // The end of them.
    };
}

const HEADERS: [Header; 2] = [
    Header {
        crate_directory: "core",
        file: "basenji_core.h",
        guard: "BASENJI_CORE_H",
        include: &["bj_form", "bj_kind", "bj_message_kind", "bj_part"],
        preamble: concat!(
            "/* libbasenji_core: what needs no operating system. Conventions: ffi/README.md. Written by `cargo xtask header`; do not edit. */\n\n\
            #include <stddef.h>\n#include <stdint.h>\n\n\
            /* The version of this header; `bj_version` says which library is running. */\n\
            #define BJ_VERSION_MAJOR ",
            env!("CARGO_PKG_VERSION_MAJOR"),
            "\n#define BJ_VERSION_MINOR ",
            env!("CARGO_PKG_VERSION_MINOR"),
            "\n#define BJ_VERSION_PATCH ",
            env!("CARGO_PKG_VERSION_PATCH"),
            "\n#define BJ_VERSION_STRING \"",
            env!("CARGO_PKG_VERSION"),
            "\"\n\n\
            /* A result that must be looked at, and a pointer that is never NULL, for compilers that know such a thing. */\n\
            #if defined(__GNUC__)\n\
            #define BJ_MUST_CHECK __attribute__((warn_unused_result))\n\
            #define BJ_NEVER_NULL __attribute__((returns_nonnull))\n\
            #else\n#define BJ_MUST_CHECK\n#define BJ_NEVER_NULL\n#endif\n\n/* Fields with every default, to begin with. */\n\
            #define BJ_FIELDS_INIT \\\n    {sizeof(bj_fields), 0.0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0, \\\n     {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}}\n\n/* Options with every default, to begin with. */\n\
            #define BJ_AGGREGATOR_OPTIONS_INIT {sizeof(bj_aggregator_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}\n\n\
            /* How long an array of uint64_t has to be for an aggregator of so many contexts, bytes and cells. */\n\
            #define BJ_AGGREGATOR_WORDS(contexts, bytes, cells) \\\n    \
            ((sizeof(void *) > 4 ? 256u : 160u) + 9u * (size_t)(contexts) + ((size_t)(bytes) + 7u) / 8u + (size_t)(cells))\n\n\
            /* Options with every default, to begin with. */\n\
            #define BJ_EMITTER_OPTIONS_INIT \\\n    \
            {sizeof(bj_emitter_options), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0.0, 0}\n\n\
            /* How long an array of uint64_t has to be for an emitter with so many bytes for lines, and for one that aggregates. */\n\
            #define BJ_EMITTER_WORDS(buffer) ((sizeof(void *) > 4 ? 304u : 216u) + ((size_t)(buffer) + 7u) / 8u)\n\
            #define BJ_EMITTER_AGGREGATING_WORDS(buffer, contexts, bytes, cells) \\\n    \
            (BJ_EMITTER_WORDS(buffer) + 65u + 9u * (size_t)(contexts) + ((size_t)(bytes) + 7u) / 8u + (size_t)(cells))"
        ),
        more: statuses,
    },
    Header {
        crate_directory: "hosted",
        file: "basenji.h",
        guard: "BASENJI_H",
        include: &["bj_trouble_kind"],
        preamble: concat!(
            "/* libbasenji: client, server and parser. Conventions: ffi/README.md. Written by `cargo xtask header`; do not edit. */\n\n\
                   #include \"basenji_core.h\"\n\n/* Options with every default, to begin with. */\n\
            #define BJ_CLIENT_OPTIONS_INIT \\\n    {",
            client_options!(),
            "}\n\
            #define BJ_CALL_OPTIONS_INIT {sizeof(bj_call_options), 0.0, 0, NULL}\n\
            #define BJ_EVENT_OPTIONS_INIT \\\n    {sizeof(bj_event_options), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL}\n\
            #define BJ_SERVER_OPTIONS_INIT \\\n    {sizeof(bj_server_options), NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0}"
        ),
        more: String::new,
    },
];

/// The statuses, in the order of their numbers.
fn statuses() -> String {
    let mut statuses = STATUSES.to_vec();
    statuses.sort_unstable_by_key(|(number, ..)| *number);
    let mut text = String::new();
    for (number, name, words) in statuses {
        let remark = REMARKS.iter().find(|(other, _)| *other == number).map_or("", |(_, remark)| remark);
        let (name, words) = (name.to_string_lossy(), words.to_string_lossy());
        let (first, rest) = words.split_at(words.chars().next().map_or(0, char::len_utf8));
        let _ = write!(text, "\n\n// {}{rest}.{remark}\n#define {name} {number}", first.to_uppercase());
    }
    text
}

fn main() -> ExitCode {
    let check = std::env::args().nth(1).is_some_and(|argument| argument == "--check");
    let ffi = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut differs = false;
    for header in HEADERS {
        let path = ffi.join("include").join(header.file);
        let text = match generate(&ffi, &header) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("{}: {error}", header.file);
                return ExitCode::FAILURE;
            }
        };
        if check {
            let committed = fs::read_to_string(&path).unwrap_or_default();
            if committed != text {
                differs = true;
                eprint!("{}", difference(header.file, &committed, &text));
            }
        } else if let Err(error) = fs::write(&path, text) {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    if differs {
        eprintln!("the headers are not those of the exports: `cargo xtask header` writes them");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The text of a header.
fn generate(ffi: &Path, header: &Header) -> Result<String, String> {
    let config = Config {
        language: Language::C,
        cpp_compat: true,
        style: Style::Both,
        no_includes: true,
        include_guard: Some(header.guard.to_owned()),
        after_includes: Some(header.preamble.to_owned() + &(header.more)()),
        documentation_style: DocumentationStyle::C99,
        line_length: 110,
        usize_is_size_t: true,
        export: ExportConfig {
            include: header.include.iter().map(ToString::to_string).collect(),
            ..ExportConfig::default()
        },
        enumeration: EnumConfig { prefix_with_name: false, ..EnumConfig::default() },
        ..Config::default()
    };
    let mut text = Vec::new();
    let bindings = Builder::new()
        .with_config(config)
        .with_crate(ffi.join(header.crate_directory))
        .generate()
        .map_err(|error| error.to_string())?;
    bindings.write(&mut text);
    String::from_utf8(text).map(without_rust).map(with_attributes).map_err(|error| error.to_string())
}

/// The safety sections are for those who call from Rust; the contract stands in the sentences above them.
fn without_rust(text: String) -> String {
    text.replace("// # Safety\n", "// Pointers:\n").replace("`", "'")
}

/// The attributes of functions, which cbindgen cannot give to one alone: what makes something must be looked at, and the static strings are never
/// NULL.
fn with_attributes(text: String) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let name = |start: &str| line.strip_prefix(start).and_then(|rest| rest.split('(').next());
        let makes = name("bj_status ")
            .is_some_and(|name| ["_new", "_new_n", "_init", "_init_aggregating"].iter().any(|end| name.ends_with(end)));
        if makes {
            out.push_str("BJ_MUST_CHECK\n");
        } else if name("const char *").is_some_and(|name| name.starts_with("bj_")) {
            out.push_str("BJ_NEVER_NULL\n");
        }
        out.push_str(line);
    }
    out
}

/// The lines of which the two texts have not both.
fn difference(file: &str, committed: &str, generated: &str) -> String {
    let mut text = format!("--- ffi/include/{file}\n+++ generated\n");
    let (old, new): (Vec<_>, Vec<_>) = (committed.lines().collect(), generated.lines().collect());
    for line in old.iter().filter(|line| !new.contains(line)) {
        let _ = writeln!(text, "-{line}");
    }
    for line in new.iter().filter(|line| !old.contains(line)) {
        let _ = writeln!(text, "+{line}");
    }
    text
}
