//! `cargo xtask install`: the libraries for C and C++ with their headers, for pkg-config and for CMake.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::libraries::{self, Libraries, SOVERSION};
use crate::step::{self, Outcome, usage};

/// The version of all that is installed.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The headers, for C and for C++.
const HEADERS: [&str; 7] = [
    "basenji.h",
    "basenji.hpp",
    "basenji/client.hpp",
    "basenji/message.hpp",
    "basenji/server.hpp",
    "basenji/types.hpp",
    "basenji_core.h",
];

/// Where things go.
struct Layout {
    /// The prefix, under the destination directory if there is one.
    root: PathBuf,
    /// The directory of libraries, under the prefix.
    libdir: PathBuf,
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let layout = Layout::parse(arguments)?;
    layout.install(&libraries::build()?)?;
    println!("installed in {}", layout.root.display());
    Ok(())
}

/// Installs everything in `directory`, the libraries in `lib`.
pub(crate) fn into(directory: &Path) -> Outcome {
    Layout { root: directory.to_owned(), libdir: "lib".into() }.install(&libraries::build()?)
}

impl Layout {
    fn parse(arguments: &[String]) -> Result<Layout, String> {
        let (mut prefix, mut libdir, mut destdir) = (PathBuf::from("/usr/local"), PathBuf::from("lib"), None);
        let mut rest = arguments.iter();
        while let Some(option) = rest.next() {
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (option.as_str(), rest.next().map(String::as_str)),
            };
            let value = PathBuf::from(value.filter(|value| !value.is_empty()).ok_or_else(|| usage("install"))?);
            match name {
                "--prefix" => prefix = value,
                "--libdir" => libdir = value,
                "--destdir" => destdir = Some(value),
                _ => return Err(usage("install")),
            }
        }
        if !prefix.is_absolute() {
            return Err(format!("--prefix {}: it has to be an absolute path", prefix.display()));
        }
        if libdir.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(format!("--libdir {}: it has to be a path under the prefix", libdir.display()));
        }
        let root = match destdir {
            Some(destdir) => {
                let here = std::env::current_dir().map_err(|error| error.to_string())?;
                here.join(destdir).join(prefix.strip_prefix("/").expect("it is absolute"))
            }
            None => prefix,
        };
        Ok(Layout { root, libdir })
    }

    fn install(&self, libraries: &Libraries) -> Outcome {
        let (include, lib) = (self.root.join("include"), self.root.join(&self.libdir));
        for header in HEADERS {
            self.copy(&step::root().join("ffi/include").join(header), &include.join(header), 0o644)?;
        }
        let versioned = format!("libbasenji.so.{VERSION}");
        self.copy(&libraries.shared, &lib.join(&versioned), 0o755)?;
        let runtime = format!("libbasenji.so.{SOVERSION}");
        self.link(&versioned, &lib.join(&runtime))?;
        self.link(&runtime, &lib.join("libbasenji.so"))?;
        self.copy(&libraries.archive, &lib.join("libbasenji.a"), 0o644)?;
        self.copy(&libraries.core, &lib.join("libbasenji_core.a"), 0o644)?;

        for name in ["basenji.pc", "basenji_core.pc"] {
            self.fill(name, &lib.join("pkgconfig"), libraries)?;
        }
        for name in ["basenji-config.cmake", "basenji-config-version.cmake"] {
            self.fill(name, &lib.join("cmake/basenji"), libraries)?;
        }
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            self.copy(&step::root().join(licence), &self.root.join("share/doc/basenji").join(licence), 0o644)?;
        }
        Ok(())
    }

    /// Writes `ffi/install/NAME.in` as `NAME` into `directory`, two levels under that of the libraries at most.
    fn fill(&self, name: &str, directory: &Path, libraries: &Libraries) -> Outcome {
        let template = step::root().join("ffi/install").join(format!("{name}.in"));
        let mut text = fs::read_to_string(&template).map_err(|error| wrong(&template, &error))?;
        let depth = directory.strip_prefix(&self.root).map_or(0, |path| path.components().count());
        let names: Vec<_> = libraries.system.iter().map(|library| library.trim_start_matches("-l")).collect();
        for (key, value) in [
            ("@UP@", vec![".."; depth].join("/").as_str()),
            ("@LIBDIR@", &self.libdir.to_string_lossy()),
            ("@VERSION@", VERSION),
            ("@SOVERSION@", SOVERSION),
            ("@POINTER@", &size_of::<usize>().to_string()),
            ("@SYSTEM_LIBS@", &libraries.system.join(" ")),
            ("@SYSTEM_LIBS_LIST@", &names.join(";")),
        ] {
            text = text.replace(key, value);
        }
        self.place(&directory.join(name), |path| fs::write(path, &text))
    }

    fn copy(&self, from: &Path, to: &Path, mode: u32) -> Outcome {
        self.place(to, |path| {
            fs::copy(from, path)?;
            set_mode(path, mode)
        })
    }

    fn link(&self, target: &str, path: &Path) -> Outcome {
        self.place(path, |path| symlink(target, path))
    }

    /// Makes the directory of `path` and, in place of what is there, `path` itself; a program that runs keeps the library that it has.
    fn place(&self, path: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) -> Outcome {
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => make(path),
        });
        made.map_err(|error| wrong(path, &error))
    }
}

#[cfg(unix)]
use std::os::unix::fs::symlink;

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn symlink(_: &str, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}

fn wrong(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
