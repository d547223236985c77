//! `cargo xtask kubernetes`: the manifests are rendered and checked, and a node with the daemon and an application is acted out from them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::step::{self, Outcome, usage};
use crate::venv::Venv;

/// The tool that `kubectl apply -k` has built in, as a module for Go.
const KUSTOMIZE: &str = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1";

/// Prometheus' operator, whose module has the schema of a `PodMonitor`.
const OPERATOR: &str = "github.com/prometheus-operator/prometheus-operator@v0.85.0";

/// The ways to reach the daemon; each has an overlay and an example.
const WAYS: [&str; 3] = ["socket", "host-port", "host-network"];

/// What may be added to any of them; each has an example, with the way by a socket.
const COMPONENTS: [&str; 4] = ["older-kubelet", "datadog", "prometheus", "collector"];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err(usage("kubernetes"));
    }
    let Some(rendered) = render()? else { return Ok(()) };
    let directory = step::root().join("tests/kubernetes");
    let venv = Venv::with("kubernetes", &directory.join("requirements.txt"))?;
    let mut check = venv.python([]);
    check.arg(directory.join("check.py")).arg(&rendered).arg(pod_monitors()?);
    step::run("the manifests, by the schemas of Kubernetes", &mut check)?;
    let mut act = step::cargo(["run", "--quiet", "--package", "basenji-tests", "--example", "node", "--"]);
    step::run("a node, acted out from the manifests", act.arg(&rendered))
}

/// Renders every kustomization into a file of its own; `None` where there is no Go to build kustomize with.
fn render() -> Result<Option<PathBuf>, String> {
    let Some(kustomize) = kustomize()? else { return Ok(None) };
    let rendered = step::target_dir().join("kubernetes");
    let failed = |error| format!("{}: {error}", rendered.display());
    if rendered.exists() {
        fs::remove_dir_all(&rendered).map_err(failed)?;
    }
    fs::create_dir_all(&rendered).map_err(failed)?;
    let manifests = step::root().join("agent/deploy/kubernetes");
    for way in WAYS {
        for (kind, name) in [("overlays", "overlay"), ("examples", "example")] {
            let mut build = Command::new(&kustomize);
            build.arg("build").arg(manifests.join(kind).join(way));
            build.arg("--output").arg(rendered.join(format!("{name}-{way}.yaml")));
            step::run(&format!("kustomize {kind}/{way}"), &mut build)?;
        }
    }
    for name in COMPONENTS {
        let mut build = Command::new(&kustomize);
        build.arg("build").arg(manifests.join("examples").join(name));
        build.arg("--output").arg(rendered.join(format!("{name}.yaml")));
        step::run(&format!("kustomize examples/{name}"), &mut build)?;
    }
    Ok(Some(rendered))
}

/// The definition of a `PodMonitor`, with its schema.
fn pod_monitors() -> Result<PathBuf, String> {
    step::run("fetch the operator's schemas", Command::new("go").args(["mod", "download", OPERATOR]))?;
    let modules = step::output(Command::new("go").args(["env", "GOMODCACHE"])).ok_or("go has no place for modules")?;
    let schemas = PathBuf::from(modules.trim()).join(OPERATOR).join("example/prometheus-operator-crd");
    Ok(schemas.join("monitoring.coreos.com_podmonitors.yaml"))
}

/// Kustomize, built by Go under `target`; `None` where there is no Go.
fn kustomize() -> Result<Option<PathBuf>, String> {
    let programs = step::target_dir().join("kustomize");
    let (program, stamp) = (programs.join("kustomize"), programs.join("version"));
    if fs::read_to_string(&stamp).is_ok_and(|version| version == KUSTOMIZE) {
        return Ok(Some(program));
    }
    if step::output(Command::new("go").arg("version")).is_none() {
        println!("==> the manifests\n    skipped: there is no `go` here to build kustomize with\n");
        return Ok(None);
    }
    step::run("build kustomize", Command::new("go").args(["install", KUSTOMIZE]).env("GOBIN", &programs))?;
    fs::write(&stamp, KUSTOMIZE).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(Some(program))
}
