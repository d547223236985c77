//! The daemon with a file of tags, and with a kubelet over HTTPS: the tags that it knows are on what it shows.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use support::{Daemon, basenji, run, text};

const CART_CONTAINER: &str = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";
const PODS: &str = include_str!("kubelet/pods.json");

/// A kubelet: it gives `pods` to whoever has the token.
struct Kubelet {
    port: u16,
    /// The first line of each request, and its token.
    requests: Receiver<(String, Option<String>)>,
    authority: String,
}

impl Kubelet {
    /// Its certificate is for the loopback, signed by an authority of its own.
    fn start(pods: &'static str) -> Kubelet {
        let mut params = CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, requests) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                // A client that does not trust it ends the handshake, and a test that has ended needs no answer.
                if let Ok(request) = answer(StreamOwned::new(connection, stream.unwrap()), pods)
                    && seen.send(request).is_err()
                {
                    break;
                }
            }
        });
        Kubelet { port, requests, authority: authority.pem() }
    }

    /// Its settings, as variables, with the files that they name in `directory`.
    fn variables(&self, directory: &Path) -> [(&'static str, String); 4] {
        let (token, authority) = (directory.join("token"), directory.join("ca.crt"));
        fs::write(&token, "the-token\n").unwrap();
        fs::write(&authority, &self.authority).unwrap();
        [
            ("DD_KUBERNETES_KUBELET_HOST", "127.0.0.1".to_owned()),
            ("DD_KUBERNETES_HTTPS_KUBELET_PORT", self.port.to_string()),
            ("DD_KUBELET_AUTH_TOKEN_PATH", token.to_str().unwrap().to_owned()),
            ("DD_KUBELET_CLIENT_CA", authority.to_str().unwrap().to_owned()),
        ]
    }
}

/// Reads one request and answers it.
fn answer(
    mut stream: StreamOwned<ServerConnection, TcpStream>,
    pods: &str,
) -> std::io::Result<(String, Option<String>)> {
    let mut lines = Vec::new();
    let mut reader = BufReader::new(&mut stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let first = lines.first().cloned().unwrap_or_default();
    let header = lines.iter().find(|line| line.to_ascii_lowercase().starts_with("authorization: "));
    let token = header.map(|line| line["authorization: ".len()..].to_owned());
    let (status, body) = match token.as_deref() {
        Some("Bearer the-token") => ("200 OK", pods),
        _ => ("401 Unauthorized", "Unauthorized"),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())?;
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok((first, token))
}

/// The daemon on a free port, with these variables and client origin detection.
fn daemon(variables: &[(&str, String)], more: &[(&str, &str)]) -> Daemon {
    let mut command = basenji();
    command.args(["--port", "0", "--bucket-secs", "3600", "--format", "json"]);
    command
        .env("DD_DOGSTATSD_ORIGIN_DETECTION_CLIENT", "true")
        .envs(variables.iter().map(|(name, value)| (name, value)));
    command.envs(more.iter().copied());
    Daemon::start_with(&mut command, 1)
}

/// The tags of a metric.
fn tags(objects: &[Value], metric: &str) -> Vec<String> {
    let object = objects.iter().find(|object| object["metric"] == metric).unwrap_or_else(|| panic!("{objects:?}"));
    object["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_kubelets_tags_are_on_what_containers_send() {
    let directory = tempfile::tempdir().unwrap();
    let kubelet = Kubelet::start(PODS);
    let mut daemon = daemon(&kubelet.variables(directory.path()), &[("DD_DOGSTATSD_TAG_CARDINALITY", "orchestrator")]);
    let known = daemon.wait_for_log("are known from https://127.0.0.1:");
    assert!(known.contains("the tags of 7 containers and pods are known from"), "{known}");
    assert_eq!(
        kubelet.requests.recv().unwrap(),
        ("GET /pods HTTP/1.1".to_owned(), Some("Bearer the-token".to_owned()))
    );
    daemon.send(format!("a:1|c|c:ci-{CART_CONTAINER}\nb:1|c|#dd.internal.entity_id:0d5a6c8e-4f0c-4c46-9a64-b3b8f1f2a001\nc:1|c|c:ci-{CART_CONTAINER}|card:none").as_bytes());
    let objects = daemon.stop();
    let cart = tags(&objects, "a");
    for tag in ["kube_deployment:cart", "kube_container_name:cart", "pod_name:cart-7d9c8b5f4-x2k8q", "image_tag:4.2"] {
        assert!(cart.contains(&tag.to_owned()), "{tag} in {cart:?}");
    }
    assert!(!cart.iter().any(|tag| tag.starts_with("container_id:")), "{cart:?}");
    assert!(tags(&objects, "b").contains(&"kube_cronjob:backup".to_owned()));
    assert!(tags(&objects, "c").is_empty());
}

#[test]
fn a_kubelet_that_cannot_be_believed_is_not_and_the_log_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let kubelet = Kubelet::start(PODS);
    let variables = kubelet.variables(directory.path());
    fs::write(directory.path().join("ca.crt"), Kubelet::start(PODS).authority).unwrap();
    let mut suspicious = daemon(&variables, &[]);
    let line = suspicious.wait_for_log("/pods: ");
    assert!(line.contains("invalid peer certificate") && line.contains("the tags stay as they were"), "{line}");
    suspicious.stop();

    let mut trusting = daemon(&variables, &[("DD_KUBELET_TLS_VERIFY", "false")]);
    trusting.wait_for_log("are known from");
    trusting.stop();

    fs::write(directory.path().join("token"), "another").unwrap();
    let mut stranger = daemon(&variables, &[("DD_KUBELET_TLS_VERIFY", "false")]);
    let line = stranger.wait_for_log("/pods: ");
    assert!(line.contains("401"), "{line}");
    stranger.stop();
}

#[test]
fn an_answer_that_is_no_list_of_pods_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let kubelet = Kubelet::start(r#"{"items": 3}"#);
    let mut daemon = daemon(&kubelet.variables(directory.path()), &[]);
    let line = daemon.wait_for_log("/pods: ");
    assert!(line.contains("its answer is no list of pods"), "{line}");
    daemon.stop();
}

#[test]
fn a_file_of_tags_is_read_again_when_it_changes_and_kept_when_it_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tags.yaml");
    let name = path.to_str().unwrap();
    fs::write(&path, "pods:\n  p1:\n    low: [team:one]\n").unwrap();
    let mut daemon = daemon(&[("DD_BASENJI_TAGGER_FILE", name.to_owned())], &[]);
    daemon.send(b"a:1|c|#dd.internal.entity_id:p1");
    fs::write(&path, "pods:\n  p1: [team:one]\n").unwrap();
    let line = daemon.wait_for_log("tags.yaml: line 2");
    assert!(line.contains("expected keys with values, found a list; the tags stay as they were"), "{line}");
    daemon.send(b"b:1|c|#dd.internal.entity_id:p1");
    // The other way in which files are replaced, as a config map is.
    fs::write(directory.path().join("new"), "pods:\n  p1:\n    low: [team:two]\n  p2: {}\n").unwrap();
    fs::rename(directory.path().join("new"), &path).unwrap();
    daemon.wait_for_log("the tags of 2 containers and pods are known from");
    daemon.send(b"c:1|c|#dd.internal.entity_id:p1");
    let objects = daemon.stop();
    assert_eq!(["a", "b", "c"].map(|metric| tags(&objects, metric)), [["team:one"], ["team:one"], ["team:two"]]);
}

#[test]
fn a_file_of_tags_that_cannot_be_stops_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tags.yaml");
    fs::write(&path, "pods:\n  p1:\n    wide: [a:b]\n").unwrap();
    let output = run(&["--port", "0", "--tagger-file", path.to_str().unwrap()]);
    let expected = format!("basenji: {}: line 3: expected low, orchestrator or high, found 'wide'\n", path.display());
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(2), expected.as_str()));
    let missing = run(&["--port", "0", "--tagger-file", "/nonexistent/tags.yaml"]);
    assert_eq!(text(&missing.stderr), "basenji: cannot read /nonexistent/tags.yaml: No such file or directory\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_sender_in_a_process_namespace_that_is_not_visible_is_counted_and_gets_no_tags() {
    let unshare = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child"];
    let possible = std::process::Command::new("unshare").args(unshare).arg("true").output();
    if !possible.is_ok_and(|output| output.status.success()) {
        return println!("skipped: the kernel lets nobody make a process namespace here");
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dsd.socket");
    let mut command = std::process::Command::new("unshare");
    command.args(unshare).arg(basenji().get_program()).args([
        "--port",
        "off",
        "--bucket-secs",
        "3600",
        "--format",
        "json",
    ]);
    command.arg("--origin-detection").arg("--socket").arg(&path).args(["--http", "off", "--config", "/dev/null"]);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).stdin(std::process::Stdio::null());
    let daemon = Daemon::start_with(&mut command, 1);
    let client = std::os::unix::net::UnixDatagram::unbound().unwrap();
    client.send_to(b"a:1|c", &path).unwrap();
    client.send_to(b"a:1|c", &path).unwrap();
    let objects = daemon.stop_child();
    assert_eq!(tags(&objects, "a"), Vec::<String>::new());
    let unknown = objects.iter().find(|object| object["metric"] == "basenji.unknown_pids").unwrap();
    assert_eq!(unknown["value"], 2.0);
}
