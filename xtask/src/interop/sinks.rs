//! The daemon's sinks against the receivers of others, built from where these are published: `tests/interop/sinks/run.py` sends, queries and compares.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::client;
use crate::step::{self, Outcome};
use crate::venv::Venv;

/// A program of the Go proxy: its module with the version, its package, and what it is built with.
struct Program {
    name: &'static str,
    module: &'static str,
    package: &'static str,
    tags: &'static str,
}

const VICTORIA_METRICS: Program = Program {
    name: "victoria-metrics",
    module: "github.com/VictoriaMetrics/VictoriaMetrics@v1.151.0",
    package: "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics",
    tags: "",
};

const STATSD_EXPORTER: Program = Program {
    name: "statsd_exporter",
    module: "github.com/prometheus/statsd_exporter@v0.31.0",
    package: "github.com/prometheus/statsd_exporter",
    tags: "",
};

/// Ten minutes of building, so in `cargo xtask test` only where it has been built.
const PROMETHEUS: Program = Program {
    name: "prometheus",
    module: "github.com/prometheus/prometheus@v0.316.0",
    package: "github.com/prometheus/prometheus/cmd/prometheus",
    tags: "netgo,remove_all_sd",
};

/// Makes a Collector of the modules that a file names.
const BUILDER: &str = "go.opentelemetry.io/collector/cmd/builder@v0.165.0";

/// What can be had in two or three minutes.
pub(super) fn quick() -> Outcome {
    let Some(daemon) = daemon()? else { return Ok(()) };
    if let Some(program) = debian()? {
        run(&daemon, "prometheus", &program, &[])?;
    }
    if let Some(program) = PROMETHEUS.built() {
        run(&daemon, "prometheus", &program, &[])?;
    }
    clickhouse(&daemon)?;
    run(&daemon, "victoria-metrics", &VICTORIA_METRICS.build()?, &[])?;
    statsd_exporter(&daemon, "5")
}

/// All of them, and some hundred mapping files.
pub(super) fn all() -> Outcome {
    let is_new = PROMETHEUS.built().is_none();
    quick()?;
    let Some(daemon) = daemon()? else { return Ok(()) };
    statsd_exporter(&daemon, "220")?;
    run(&daemon, "collector", &collector("statsd", "tests/interop/sinks/collector.yaml")?, &[])?;
    kafka(&daemon)?;
    // One that was built before has been tried already.
    if is_new { run(&daemon, "prometheus", &PROMETHEUS.build()?, &[]) } else { Ok(()) }
}

/// With so many generated mapping files, and the one that it comes with.
fn statsd_exporter(daemon: &Path, files: &str) -> Outcome {
    let program = STATSD_EXPORTER.build()?;
    let mut list = Command::new("go");
    list.current_dir(STATSD_EXPORTER.directory()).args([
        "list",
        "-mod=mod",
        "-m",
        "-f",
        "{{.Dir}}",
        STATSD_EXPORTER.package,
    ]);
    let module = step::output(&mut list).ok_or("go does not say where the module of statsd_exporter is")?;
    run(daemon, "statsd-exporter", &program, &[files, &format!("{module}/config.example.yml")])
}

/// What a fleet sends to, and the daemon.
pub(crate) struct Engines {
    pub(crate) daemon: PathBuf,
    /// With ClickHouse in it.
    pub(crate) python: PathBuf,
    pub(crate) victoria_metrics: PathBuf,
    pub(crate) prometheus: PathBuf,
}

/// All of them, where what they need is there; Prometheus is version 3 where it has been built, or `may_build` it.
pub(crate) fn engines(may_build: bool) -> Result<Option<Engines>, String> {
    let Some(daemon) = daemon()? else { return Ok(None) };
    let third = if may_build { Some(PROMETHEUS.build()?) } else { PROMETHEUS.built() };
    let second = if third.is_none() { debian()? } else { None };
    let Some(prometheus) = third.or(second) else { return Ok(None) };
    Ok(Some(Engines { daemon, python: python()?, victoria_metrics: VICTORIA_METRICS.build()?, prometheus }))
}

/// The daemon, where what the suites need is there.
fn daemon() -> Result<Option<PathBuf>, String> {
    if !client::is_there("sinks", "go", "version") || !client::is_there("sinks", "python3", "--version") {
        return Ok(None);
    }
    step::run("build the daemon", &mut step::cargo(["build", "--quiet", "--package", "basenji-agent"]))?;
    Ok(Some(step::target_dir().join("debug/basenji")))
}

fn run(daemon: &Path, name: &str, program: &Path, more: &[&str]) -> Outcome {
    let script = step::root().join("tests/interop/sinks/run.py");
    let mut python = Command::new("python3");
    python.arg(script).arg(daemon).arg(name).arg(program).args(more);
    step::run(&format!("the sinks and {name}"), &mut python)
}

/// A Python with ClickHouse as a library and a client of Kafka.
pub(crate) fn python() -> Result<PathBuf, String> {
    let venv = Venv::with("interop-sinks", &step::root().join("tests/interop/sinks/requirements.txt"))?;
    Ok(venv.path().join("bin/python"))
}

/// ClickHouse, behind its HTTP interface in miniature.
fn clickhouse(daemon: &Path) -> Outcome {
    run(daemon, "clickhouse", &python()?, &[])
}

/// Kafka of Maven and a Collector of its own builder.
fn kafka(daemon: &Path) -> Outcome {
    if !client::is_there("sinks: kafka", "mvn", "-v") || !client::is_there("sinks: kafka", "java", "-version") {
        return Ok(());
    }
    let (jars, pom) = (client::installed("sinks").join("kafka"), step::root().join("tests/interop/sinks/pom.xml"));
    let mut install = Command::new("mvn");
    install.args(["--batch-mode", "--quiet", "dependency:copy-dependencies", "--file"]).arg(pom);
    step::run("install Kafka", install.arg(format!("-DoutputDirectory={}", jars.display())))?;
    let (collector, python) = (collector("kafka", "agent/deploy/kafka/builder.yaml")?, python()?);
    let more = [collector.to_string_lossy(), python.to_string_lossy()];
    run(daemon, "kafka", &jars, &more.each_ref().map(|path| &path[..]))
}

/// A Collector with what the file `config` names, a few minutes of building.
fn collector(name: &str, config: &str) -> Result<PathBuf, String> {
    let directory = client::installed("sinks").join(format!("collector-{name}"));
    let program = directory.join("program");
    if program.is_file() {
        return Ok(program);
    }
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut generate = Command::new("go");
    generate.current_dir(&directory).args(["run", BUILDER, "--skip-compilation", "--config"]);
    step::run("a Collector's code", generate.arg(step::root().join(config)))?;
    let mut build = Command::new("go");
    build.current_dir(directory.join("otelcol")).env("CGO_ENABLED", "0");
    build.args(["build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o"]).arg(&program).arg(".");
    step::run("build a Collector", &mut build)?;
    Ok(program)
}

impl Program {
    /// Its module of its own.
    fn directory(&self) -> PathBuf {
        client::installed("sinks").join(self.name)
    }

    /// Where it is, if it has been built.
    fn built(&self) -> Option<PathBuf> {
        let program = self.directory().join(self.name);
        program.is_file().then_some(program)
    }

    /// Builds it in a module of its own under `target`, where it is found again.
    fn build(&self) -> Result<PathBuf, String> {
        if let Some(program) = self.built() {
            return Ok(program);
        }
        let directory = self.directory();
        let program = directory.join(self.name);
        fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        let go = |arguments: &[&str]| {
            let mut go = Command::new("go");
            go.current_dir(&directory).env("CGO_ENABLED", "0").args(arguments);
            go
        };
        if !directory.join("go.mod").is_file() {
            step::run(&format!("a module for {}", self.name), &mut go(&["mod", "init", "receiver"]))?;
        }
        step::run(&format!("fetch {}", self.name), &mut go(&["get", self.module]))?;
        let mut build =
            go(&["build", "-mod=mod", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-tags", self.tags]);
        step::run(&format!("build {}", self.name), build.args(["-o", self.name, self.package]))?;
        Ok(program)
    }
}

/// The Prometheus of Debian, unpacked and not installed; none where there is no `apt-get`.
fn debian() -> Result<Option<PathBuf>, String> {
    let directory = client::installed("sinks").join("debian");
    let program = directory.join("usr/bin/prometheus");
    if program.is_file() {
        return Ok(Some(program));
    }
    if !client::is_there("sinks: prometheus of Debian", "apt-get", "--version") {
        return Ok(None);
    }
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut download = Command::new("apt-get");
    step::run("fetch prometheus", download.current_dir(&directory).args(["download", "-q", "prometheus"]))?;
    let packages = fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let is_package = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "deb");
    let package = packages.flatten().map(|entry| entry.path()).find(is_package);
    let package = package.ok_or("apt-get has fetched no prometheus")?;
    let mut unpack = Command::new("dpkg");
    step::run("unpack prometheus", unpack.current_dir(&directory).arg("-x").arg(package).arg("."))?;
    Ok(Some(program))
}
