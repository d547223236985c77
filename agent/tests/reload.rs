//! SIGHUP: what changes in a running daemon, what does not, and what the log says about it.

mod support;

use std::path::PathBuf;

use serde_json::{Value, json};
use support::{Daemon, basenji};
use tempfile::TempDir;

/// A daemon with buckets of a day and a configuration file.
struct Running {
    daemon: Daemon,
    path: PathBuf,
    _directory: TempDir,
}

impl Running {
    fn start(yaml: &str) -> Running {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("datadog.yaml");
        std::fs::write(&path, yaml).expect("written");
        let mut command = basenji();
        command.arg("--config").arg(&path).args(["--port", "0", "--bucket-secs", "86400", "--no-telemetry"]);
        Running { daemon: Daemon::start_with(&mut command, 1), path, _directory: directory }
    }

    /// Writes the file anew, sends SIGHUP, and waits for a line of the log with `text` in it.
    fn reload(&mut self, yaml: &str, text: &str) -> String {
        std::fs::write(&self.path, yaml).expect("written");
        self.daemon.signal("HUP");
        self.daemon.wait_for_log(text)
    }

    /// Ends the daemon and returns what it shows of each name, sorted.
    fn stop(self) -> (Vec<Value>, String) {
        self.daemon.signal("TERM");
        let (status, output, log) = self.daemon.end();
        assert!(status.success(), "{log}");
        let mut rows: Vec<_> = support::objects(&output)
            .iter()
            .map(|object| json!([object["metric"], object["tags"], object["value"]]))
            .collect();
        rows.sort_by_key(Value::to_string);
        (rows, log)
    }
}

#[test]
fn tags_and_names_change_and_nothing_is_lost() {
    let mut running = Running::start("dogstatsd_tags: [v:1]\n");
    let yaml = "dogstatsd_tags: [v:2]\nstatsd_metric_namespace: shop\nmetric_filterlist: [shop.out]\nlog_level: debug\n\
                dogstatsd_mapper_profiles: [{name: p, prefix: job., mappings: [{match: job.*, name: job, tags: {j: $1}}]}]\n";
    let line = running.reload(yaml, "configuration read again");
    let changed =
        "changed: statsd_metric_namespace, metric_filterlist, dogstatsd_mapper_profiles, dogstatsd_tags, log_level";
    assert!(line.trim_end().ends_with(changed), "{line}");
    // A worker reads what its socket holds before it obeys an order.
    running.daemon.send(b"job.a:1|c\nout:1|c\nb:1|c");
    let line = running.reload(yaml, "configuration read again");
    assert!(line.trim_end().ends_with("nothing has changed"), "{line}");
    running.reload("log_level: info\n", "changed: ");
    running.daemon.send(b"out:1|c");
    let (rows, _) = running.stop();
    assert_eq!(
        rows,
        [json!(["out", [], 1.0]), json!(["shop.b", ["v:2"], 1.0]), json!(["shop.job", ["j:a", "v:2"], 1.0])]
    );
}

#[test]
fn what_takes_a_restart_is_said_and_stays() {
    let mut running = Running::start("dogstatsd_buffer_size: 100\ndogstatsd_tags: [v:1]\n");
    let path = running.path.display().to_string();
    let line = running.reload("dogstatsd_buffer_size: 200\ndogstatsd_tags: [v:2]\n", "dogstatsd_buffer_size");
    let expected =
        format!("dogstatsd_buffer_size stays 100 until the daemon is started again; 200 ({path}:1) is for then");
    assert!(line.trim_end().ends_with(&expected), "{line}");
    let line = running.daemon.wait_for_log("configuration read again");
    assert!(line.trim_end().ends_with("changed: dogstatsd_tags"), "{line}");
    running.daemon.send(b"a:1|c");
    assert_eq!(running.stop().0, [json!(["a", ["v:2"], 1.0])]);
}

#[test]
fn a_file_that_cannot_be_changes_nothing() {
    let mut running = Running::start("dogstatsd_tags: [v:1]\n");
    let path = running.path.display().to_string();
    for (yaml, problem) in [
        ("dogstatsd_tags: [v:2]\ndogstatsd_port: http\n", ":2: dogstatsd_port: 'http': a port is a number"),
        ("dogstatsd_tags: [a, 'b,c']\n", ":1: dogstatsd_tags: 'b,c' is not a tag, which has neither"),
        ("dogstatsd_tags: [v:2\n", ":2: this is not YAML"),
    ] {
        let line = running.reload(yaml, "ERROR");
        assert!(line.contains(&format!("the configuration stays as it was: {path}{problem}")), "{line}");
    }
    running.daemon.send(b"a:1|c");
    assert_eq!(running.stop().0, [json!(["a", ["v:1"], 1.0])]);
}

#[test]
fn the_level_of_the_log_and_of_bad_lines_changes() {
    let quiet = "log_level: debug\ndogstatsd_disable_verbose_logs: true\n";
    let mut running = Running::start(quiet);
    running.daemon.send(b"bad");
    let line = running.daemon.wait_for_log("line refused");
    assert!(line.contains("DEBUG"), "{line}");
    running.stop();
    let mut running = Running::start("log_level: info\n");
    running.reload(quiet, "changed: ");
    running.daemon.send(b"bad");
    let line = running.daemon.wait_for_log("line refused");
    assert!(line.contains("DEBUG"), "{line}");
    running.reload("log_level: debug\n", "changed: ");
    running.reload("log_level: 'off'\nuse_dogstatsd: maybe\n", "ERROR");
    let (_, log) = running.stop();
    assert!(log.contains("INFO"), "{log}");
}
