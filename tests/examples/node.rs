//! Acts a node of Kubernetes out: the daemon and an application, started as the rendered manifests say, in namespaces of their own.
//!
//! usage: `node DIRECTORY`, which has what `tests/kubernetes/check.py` has written.
//!
//! The node is a mount and a network namespace whose `/var/run` is empty. The application is in a network namespace of its own, behind a pair of
//! interfaces, and sees the node's directory, where its manifest mounts it, by a read-only bind mount. The programs, their arguments, variables and users
//! are those of the manifests, without capabilities, and the daemon's root is read-only; what a kubelet would fill in is filled in here. The
//! forwarding of a host port, which is the cluster's network's, is not acted out: the daemon has the node's network in every case.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitCode, Output, Stdio};
use std::{env, fs};

use basenji_tests::bare::root;
use basenji_tests::daemon::without_variables;
use basenji_tests::skip::skip;
use serde_json::Value;

/// The node's address and the application's: for documentation, and seen by nobody else.
const NODE: &str = "192.0.2.1";
const APPLICATION: &str = "192.0.2.2";

/// Set within the node, to the daemon's program.
const PROGRAM: &str = "BASENJI_NODE_PROGRAM";

fn main() -> ExitCode {
    let manifests = PathBuf::from(env::args_os().nth(1).expect("where are the manifests?"));
    if let Some(program) = env::var_os(PROGRAM) {
        let node = Node { manifests, program: program.into() };
        node.furnish();
        for way in ["socket", "host-port", "host-network"] {
            node.act(way);
        }
        node.refuse();
        return ExitCode::SUCCESS;
    }
    let unshared = Command::new("unshare").args(["--net", "--mount", "true"]).output();
    match unshared {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            skip(&format!("no node can be made here: {}", String::from_utf8_lossy(&output.stderr).trim()));
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            skip(&format!("unshare is needed for a node: {error}"));
            return ExitCode::SUCCESS;
        }
    }
    let mut again = Command::new("unshare");
    again
        .args(["--net", "--mount", "--propagation", "private"])
        .arg(env::current_exe().expect("this program has a place"));
    let status = again.arg(manifests).env(PROGRAM, built()).status().expect("it can be started again");
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The daemon's program, built.
fn built() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "basenji-agent", "--message-format", "json"]).current_dir(root());
    let output = build.stderr(Stdio::inherit()).output().expect("cargo starts");
    assert!(output.status.success(), "the daemon is not built");
    let said = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .expect("there is a program")
}

struct Node {
    manifests: PathBuf,
    program: PathBuf,
}

impl Node {
    /// Empties `/var/run` and connects the application's network with the node's.
    fn furnish(&self) {
        shell("mount -t tmpfs -o mode=755 tmpfs /var/run && ip link set lo up");
        shell("ip netns add application && ip link add node0 type veth peer name application0 netns application");
        shell(&format!("ip addr add {NODE}/30 dev node0 && ip link set node0 up"));
        let inside = "ip netns exec application ip";
        shell(&format!("{inside} addr add {APPLICATION}/30 dev application0 && {inside} link set application0 up"));
    }

    /// An application finds the daemon.
    fn act(&self, way: &str) {
        let daemon = self.daemon(way, &[]);
        let application = self.pod(&format!("example-{way}"), "Deployment");
        let sent = self.send(&application, &["--for", "1"]);
        assert!(sent.status.success(), "{way}: {}", String::from_utf8_lossy(&sent.stderr));
        probe(&self.pod(&format!("overlay-{way}"), "DaemonSet")["containers"][0]);
        let (log, shown) = daemon.stop();
        assert_eq!(complaints(&log), Vec::<&str>::new(), "{way}");
        let heartbeats: Vec<_> = shown.iter().filter(|object| object["metric"] == "heartbeat").collect();
        let sum: f64 = heartbeats.iter().filter_map(|object| object["value"].as_f64()).sum();
        assert!(sum >= 1.0, "{way}: {shown:?}");
        // Who it comes from is known by tags that do not show.
        assert!(heartbeats.iter().all(|object| object["tags"] == Value::Array(Vec::new())), "{way}: {heartbeats:?}");
        println!("{way}: the daemon has received {sum} heartbeats");
    }

    /// An application that may not write to the socket is told so, and the daemon has nothing to say.
    fn refuse(&self) {
        let daemon = self.daemon("socket", &[("DD_BASENJI_SOCKET_MODE", "700")]);
        let application = self.pod("example-socket", "Deployment");
        let sent = self.send(&application, &["--for", "1"]);
        let said = String::from_utf8_lossy(&sent.stderr);
        assert!(!sent.status.success() && said.contains("ermission denied"), "{}: {said}", sent.status);
        let (log, shown) = daemon.stop();
        assert_eq!(complaints(&log), Vec::<&str>::new());
        assert!(shown.iter().all(|object| object["metric"] != "heartbeat"), "{shown:?}");
        println!("socket: an application without the right to write is refused");
    }

    /// The template of the pods of the only object of this kind in a rendered file.
    fn pod(&self, file: &str, kind: &str) -> Value {
        let path = self.manifests.join(file).with_extension("json");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let objects: Vec<Value> = serde_json::from_str(&text).expect("it is JSON");
        let object = objects.iter().find(|object| object["kind"] == kind).expect("there is one");
        let config = objects.iter().find(|object| object["kind"] == "ConfigMap");
        let mut pod = object["spec"]["template"]["spec"].clone();
        pod["config"] = config.map_or(Value::Null, |config| config["data"].clone());
        pod
    }

    /// Starts the daemon of an overlay, on a read-only root, and waits until it listens.
    fn daemon(&self, way: &str, variables: &[(&str, &str)]) -> Daemon {
        let pod = self.pod(&format!("overlay-{way}"), "DaemonSet");
        let config = Path::new("/var/run/config");
        fs::create_dir_all(config).expect("the node has room");
        for (name, text) in pod["config"].as_object().expect("it has a configuration") {
            fs::write(config.join(name), text.as_str().expect("it is text")).expect("the node has room");
        }
        for volume in list(&pod["volumes"]) {
            if volume["hostPath"]["type"] == "DirectoryOrCreate" {
                fs::create_dir_all(text(&volume["hostPath"]["path"])).expect("the node has room");
            }
        }
        let container = &pod["containers"][0];
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-ec", r#"mount -o remount,bind,ro /; exec "$@""#, "sh"]);
        self.container(&pod, container, &mut command);
        // Where a volume is mounted from: on this node it is there under its own name.
        let places = [("/etc/basenji", "/var/run/config"), ("/host/sys/", "/sys/")];
        let mut command = replaced(&command, &places);
        let mut child = command
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut log = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut said = String::new();
        while !said.contains(" listening ") {
            assert_ne!(log.read_line(&mut said).expect("it is UTF-8"), 0, "{way}: the daemon does not start: {said}");
        }
        Daemon { child, log, said }
    }

    /// Runs an application to its end, in its own network and with its own mounts.
    fn send(&self, pod: &Value, more: &[&str]) -> Output {
        let container = &pod["containers"][0];
        let mut mounts = String::new();
        for mount in list(&container["volumeMounts"]) {
            let volume =
                list(&pod["volumes"]).iter().find(|volume| volume["name"] == mount["name"]).expect("it is there");
            let (from, to) = (text(&volume["hostPath"]["path"]), text(&mount["mountPath"]));
            assert_eq!(mount["readOnly"], true);
            mounts += &format!(
                "mount --bind {from} {to}; mount -o remount,bind,ro {to}; if touch {to}/file; then exit 9; fi 2>/dev/null; "
            );
        }
        let mut command = Command::new("ip");
        command.args(["netns", "exec", "application", "unshare", "--mount", "sh", "-ec"]);
        command.arg(format!(r#"{mounts} exec "$@""#)).arg("sh");
        self.container(pod, container, &mut command);
        command.args(more).output().expect("it starts")
    }

    /// Adds a container's program to `command`: its user, arguments and variables.
    fn container(&self, pod: &Value, container: &Value, command: &mut Command) {
        let security = &container["securityContext"];
        assert_eq!(security["capabilities"]["drop"][0], "ALL");
        let user =
            security["runAsUser"].as_u64().or(pod["securityContext"]["runAsUser"].as_u64()).expect("it has a user");
        command.args(["setpriv", "--reuid", &user.to_string(), "--regid", &user.to_string(), "--clear-groups"]);
        command.args(["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"]);
        without_variables(command);
        command.arg(&self.program).args(list(&container["args"]).iter().map(text));
        for variable in list(&container["env"]) {
            let value = match variable["valueFrom"]["fieldRef"]["fieldPath"].as_str() {
                None => text(&variable["value"]),
                Some("status.hostIP") => NODE,
                Some("spec.nodeName") => "node-1",
                Some("metadata.uid") => "8f0b6b1c-2a0d-4f7e-9a53-0c1d7a5f4f11",
                Some(other) => panic!("nobody knows {other}"),
            };
            command.env(text(&variable["name"]), value);
        }
    }
}

struct Daemon {
    child: Child,
    log: BufReader<ChildStderr>,
    said: String,
}

impl Daemon {
    /// Ends it as a kubelet does; returns its log and what it has shown.
    fn stop(mut self) -> (String, Vec<Value>) {
        shell(&format!("kill -TERM {}", self.child.id()));
        let mut shown = String::new();
        self.child.stdout.take().expect("it is piped").read_to_string(&mut shown).expect("it is UTF-8");
        self.log.read_to_string(&mut self.said).expect("it is UTF-8");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}: {}", self.said);
        let objects = shown.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
        (std::mem::take(&mut self.said), objects)
    }
}

impl Drop for Daemon {
    /// Nothing stays behind when something fails.
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// Asks what the probes of a container ask, from the node and by its address.
fn probe(container: &Value) {
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let get = &container[probe]["httpGet"];
        let port = list(&container["ports"]).iter().find(|port| port["name"] == get["port"]).expect("it is named");
        let port = port["containerPort"].as_u64().expect("it is a number");
        let mut stream = TcpStream::connect(format!("{NODE}:{port}")).expect("there is somebody");
        write!(stream, "GET {} HTTP/1.1\r\nHost: {NODE}\r\n\r\n", text(&get["path"])).expect("it is taken");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it is UTF-8");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{probe}: {answer}");
    }
}

/// What the daemon has found wrong; that this node has no kubelet is no fault of its.
fn complaints(log: &str) -> Vec<&str> {
    let is_wrong = |line: &&str| line.contains(" WARN ") || line.contains(" ERROR ");
    log.lines().filter(is_wrong).filter(|line| !line.contains(":10250/pods: ")).collect()
}

/// The same command with parts of its arguments and variables replaced.
fn replaced(command: &Command, places: &[(&str, &str)]) -> Command {
    let new = |text: &std::ffi::OsStr| {
        let text = text.to_str().expect("it is UTF-8").to_owned();
        places.iter().fold(text, |text, (from, to)| text.replace(from, to))
    };
    let mut other = Command::new(command.get_program());
    other.args(command.get_args().map(new));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, new(value)),
            None => other.env_remove(name),
        };
    }
    other
}

fn shell(command: &str) {
    let status = Command::new("sh").args(["-ec", command]).status().expect("there is a shell");
    assert!(status.success(), "{command}: {status}");
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
