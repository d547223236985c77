//! The libraries that C and C++ programs link, as they are shipped.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::step::{self, Outcome};

/// The number in the name that programs look for at run time; `ffi/hosted/build.rs` puts it into the library.
pub(crate) const SOVERSION: &str = "0";

/// Where the libraries are.
pub(crate) struct Libraries {
    /// `libbasenji.so`, stripped.
    pub(crate) shared: PathBuf,
    /// `libbasenji.a`, whose own symbols are all `bj_*`.
    pub(crate) archive: PathBuf,
    /// `libbasenji_core.a`.
    pub(crate) core: PathBuf,
    /// What programs with `libbasenji.a` link besides, as options for the linker.
    pub(crate) system: Vec<String>,
}

/// Builds all of them.
///
/// # Errors
///
/// The build fails, binutils are not there, or the system is not Linux.
pub(crate) fn build() -> Result<Libraries, String> {
    if !cfg!(target_os = "linux") {
        return Err(
            "the libraries for C are named and laid out as on Linux; elsewhere build them with `cargo rustc`".into()
        );
    }
    let work = step::target_dir().join("libraries");
    fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    let system = work.join("system.txt");

    // One kind of library a build: link-time optimisation leaves out the dependencies of a crate that is to be several.
    step::run("libbasenji.so", &mut rustc("basenji-ffi", "release", "cdylib"))?;
    let mut archive = rustc("basenji-ffi", "release", "staticlib");
    step::run("libbasenji.a", archive.args(["--", "--print"]).arg(format!("native-static-libs={}", system.display())))?;
    let mut core = rustc("basenji-ffi-core", "freestanding", "staticlib");
    step::run("libbasenji_core.a", core.args(["--features", "freestanding"]))?;

    let built = |profile: &str, file: &str| step::target_dir().join(profile).join(file);
    let libraries = Libraries {
        shared: built("release", "libbasenji_ffi.so"),
        archive: work.join("libbasenji.a"),
        core: work.join("libbasenji_core.a"),
        system: system_libraries(&system)?,
    };
    tidy(&built("release", "libbasenji_ffi.a"), &libraries.archive)?;
    tidy(&built("freestanding", "libbasenji_ffi_core.a"), &libraries.core)?;
    Ok(libraries)
}

fn rustc(package: &str, profile: &str, kind: &str) -> Command {
    let mut command = step::cargo(["rustc", "--quiet", "--lib", "--package", package]);
    command.args(["--profile", profile, "--crate-type", kind]).env_remove("CARGO_BUILD_TARGET");
    command
}

/// The libraries that the compiler has named, without those that every C compiler adds by itself.
fn system_libraries(file: &PathBuf) -> Result<Vec<String>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let needed = text.split_whitespace().filter(|library| !matches!(*library, "-lgcc_s" | "-lc"));
    Ok(needed.map(str::to_owned).collect())
}

/// Copies an archive without what only Rust's own linker reads, and with no name in it that another library written in Rust has too: a program
/// may link both.
fn tidy(from: &PathBuf, to: &PathBuf) -> Outcome {
    let mut objcopy = Command::new(std::env::var_os("OBJCOPY").unwrap_or_else(|| "objcopy".into()));
    objcopy.args(["--strip-debug", "--remove-section=.llvmbc", "--remove-section=.llvmcmd"]);
    objcopy.arg("--redefine-sym=DW.ref.rust_eh_personality=DW.ref.bj_rust_eh_personality");
    objcopy.args(["--wildcard", "--localize-symbol=rust_eh_personality", "--localize-symbol=_R*3std*"]);
    step::run("names of the archive", objcopy.arg(from).arg(to))
}
