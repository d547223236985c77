//! The tags of a message's sender.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

use crate::common::{Place, expected, sums, text, udp_client};
use basenji::core::wire::Cardinality;
use basenji::server::{
    Builder, Entity, ListenerKind, MemorySink, OriginSettings, ParseReport, Server, SharedTags, TagTable,
};

const ID: &str = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";

/// A tagger that knows one container and one pod.
fn tags() -> SharedTags {
    let mut table = TagTable::default();
    table.insert(Entity::Container(ID.as_bytes()), Cardinality::Low, "kube_namespace:shop");
    table.insert(Entity::Container(ID.as_bytes()), Cardinality::Orchestrator, "pod_name:cart-1");
    table.insert(Entity::Pod(b"p1"), Cardinality::Low, "kube_namespace:till");
    let tags = SharedTags::default();
    tags.replace(table);
    tags
}

fn server(change: impl FnOnce(&mut OriginSettings)) -> Builder {
    Server::builder().tagger(tags()).config(|config| {
        config.telemetry = false;
        config.origin_detection = true;
        config.tags = vec!["zone:1".into()];
        change(&mut config.origin);
    })
}

/// A directory like `/proc` that says of this process that it runs in the container.
fn proc(directory: &Path) -> PathBuf {
    let process = directory.join(std::process::id().to_string());
    fs::create_dir_all(&process).unwrap();
    fs::write(process.join("cgroup"), format!("0::/system.slice/docker-{ID}.scope\n")).unwrap();
    directory.to_owned()
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_le_bytes()[..], bytes].concat()
}

#[test]
fn what_comes_over_unix_sockets_gets_the_tags_of_its_senders_container() {
    let (datagram, stream, directory) = (Place::new(), Place::new(), tempfile::tempdir().unwrap());
    let sink = MemorySink::default();
    let server = server(|origin| origin.proc_root = proc(directory.path()))
        .unix_datagram(&datagram.path)
        .unix_stream(&stream.path)
        .udp("127.0.0.1:0")
        .unwrap()
        .start(sink.clone())
        .unwrap();
    let client = UnixDatagram::unbound().unwrap();
    client
        .send_to(
            b"a:1|c\na:2|c|#x:y\na:4|c|#dd.internal.card:orchestrator,dd.internal.jmx_check_name:kafka",
            &datagram.path,
        )
        .unwrap();
    client.send_to(b"a:8|c|#dd.internal.entity_id:p1\n_e{1,1}:t|x|#b:2", &datagram.path).unwrap();
    UnixStream::connect(&stream.path).unwrap().write_all(&frame(b"b:1|c\n_sc|up|0|#dd.internal.card:none")).unwrap();
    let address =
        server.listeners().iter().find(|listener| listener.kind == ListenerKind::Udp).unwrap().address.to_string();
    std::net::UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .send_to(b"c:1|c\nc:2|c|#dd.internal.entity_id:p1\nc:4|c|c:ci-1", address)
        .unwrap();
    crate::common::wait_for(&server, |stats| stats.messages.total() == 10);
    let stats = server.stop();
    assert_eq!(stats.unknown_pids, 0);
    assert_eq!(
        sums(&sink),
        expected([
            ("a#kube_namespace:shop,zone:1", 1.0),
            ("a#kube_namespace:shop,x:y,zone:1", 2.0),
            ("a#kube_namespace:shop,pod_name:cart-1,zone:1", 4.0),
            ("a#kube_namespace:shop,kube_namespace:till,zone:1", 8.0),
            ("b#kube_namespace:shop,zone:1", 1.0),
            ("c#zone:1", 5.0),
            ("c#kube_namespace:till,zone:1", 2.0),
        ])
    );
    let buckets = sink.buckets();
    let words = |tags: basenji::core::wire::Tags<'_>| tags.iter().map(text).collect::<Vec<_>>();
    let events: Vec<_> = buckets.iter().flat_map(|bucket| bucket.events()).map(|event| words(event.tags)).collect();
    assert_eq!(events, [["b:2", "kube_namespace:shop", "zone:1"]]);
    let checks: Vec<_> =
        buckets.iter().flat_map(|bucket| bucket.service_checks()).map(|check| words(check.tags)).collect();
    assert_eq!(checks, [["zone:1"]]);
}

#[test]
fn the_fields_count_when_they_are_to() {
    for client in [false, true] {
        let sink = MemorySink::default();
        let server = server(|origin| origin.client = client).udp("127.0.0.1:0").unwrap().start(sink.clone()).unwrap();
        let line = format!("a:1|c|c:ci-{ID}|card:orchestrator");
        udp_client(&server).send(line.as_bytes()).unwrap();
        server.stop();
        let tags = if client { "a#kube_namespace:shop,pod_name:cart-1,zone:1" } else { "a#zone:1" };
        assert_eq!(sums(&sink), expected([(tags, 1.0)]));
    }
}

#[test]
fn the_sender_on_a_stream_is_the_process_that_writes_and_not_the_one_that_has_connected() {
    let (reports, received) = channel();
    let place = Place::new();
    let server = server(|_| {})
        .unix_stream(&place.path)
        .on_parse_error(move |report: &ParseReport| reports.send(report.clone()).unwrap())
        .start(MemorySink::default())
        .unwrap();
    let connection = OwnedFd::from(UnixStream::connect(&place.path).unwrap());
    let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(connection).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&frame(b"bad")).unwrap();
    let report = received.recv().unwrap();
    assert_eq!((report.listener, report.pid), (ListenerKind::UnixStream, Some(child.id())));
    child.wait().unwrap();
    drop(server);
}

#[test]
fn a_bad_line_is_reported_with_its_senders_container() {
    let (place, directory) = (Place::new(), tempfile::tempdir().unwrap());
    let (reports, received) = channel();
    let server = server(|origin| origin.proc_root = proc(directory.path()))
        .unix_datagram(&place.path)
        .on_parse_error(move |report: &ParseReport| reports.send(report.clone()).unwrap())
        .start(MemorySink::default())
        .unwrap();
    UnixDatagram::unbound().unwrap().send_to(b"good:1|c\nbad", &place.path).unwrap();
    let report = received.recv().unwrap();
    assert_eq!((report.pid, report.container.as_deref()), (Some(std::process::id()), Some(ID)));
    let end = format!("from process {} in container {ID}", std::process::id());
    assert!(report.to_string().ends_with(&end), "{report}");
    server.stop();
}

/// A control group that is called like a container; removed when it is dropped.
struct Group(PathBuf);

impl Group {
    fn make() -> std::io::Result<Group> {
        let roots = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/memory", "/sys/fs/cgroup"].map(Path::new);
        let root = roots.into_iter().find(|root| root.join("cgroup.procs").exists());
        let path =
            root.ok_or(std::io::ErrorKind::NotFound)?.join(format!("basenji-test-{}", std::process::id())).join(ID);
        fs::create_dir_all(&path)?;
        Ok(Group(path))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
        let _ = self.0.parent().map(fs::remove_dir);
    }
}

#[test]
fn a_process_in_a_real_control_group_is_found_by_it() {
    let group = match Group::make() {
        Ok(group) => group,
        Err(error) => return println!("skipped: this machine gives no control group: {error}"),
    };
    let place = Place::new();
    let sink = MemorySink::default();
    let server = server(|_| {}).unix_stream(&place.path).start(sink.clone()).unwrap();
    let connection = OwnedFd::from(UnixStream::connect(&place.path).unwrap());
    let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(connection).spawn().unwrap();
    let moved = fs::write(group.0.join("cgroup.procs"), child.id().to_string());
    let mut input = child.stdin.take().unwrap();
    if moved.is_ok() {
        input.write_all(&frame(b"a:1|c")).unwrap();
        crate::common::wait_for(&server, |stats| stats.messages.total() == 1);
    }
    drop(input);
    child.wait().unwrap();
    server.stop();
    match moved {
        Ok(()) => assert_eq!(sums(&sink), expected([("a#kube_namespace:shop,zone:1", 1.0)])),
        Err(error) => println!("skipped: no process can be moved into a control group here: {error}"),
    }
}
