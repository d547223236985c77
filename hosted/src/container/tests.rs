//! The forms in which runtimes leave a container's name in `/proc`.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use super::{container_id, of_process};

const ID: &str = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";
const OTHER: &str = "34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376";
const TASK: &str = "55091c13b8cf4801b98f4636aa1cda05-1234567890";
const UUID: &str = "34dc0b5e-626f-2c5c-4c51-70e34b10e765";

/// A root directory with what a test puts there.
struct Root(tempfile::TempDir);

impl Root {
    fn new() -> Root {
        let root = Root(tempfile::tempdir().unwrap());
        fs::create_dir_all(root.path().join("proc/self/ns")).unwrap();
        root
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn cgroup(self, text: &str) -> Root {
        fs::write(self.path().join("proc/self/cgroup"), text).unwrap();
        self
    }

    fn mountinfo(self, text: &str) -> Root {
        fs::write(self.path().join("proc/self/mountinfo"), text).unwrap();
        self
    }

    fn namespace(self, number: u32) -> Root {
        symlink(format!("cgroup:[{number}]"), self.path().join("proc/self/ns/cgroup")).unwrap();
        self
    }

    /// Makes a directory below `/sys/fs/cgroup` and returns its inode.
    fn group(&self, path: &str) -> u64 {
        let path = self.path().join("sys/fs/cgroup").join(path);
        fs::create_dir_all(&path).unwrap();
        fs::metadata(path).unwrap().ino()
    }

    fn id(&self) -> Option<String> {
        container_id(self.path())
    }

    /// The container of another process with the same files.
    fn id_of_process(&self) -> Option<String> {
        let proc = self.path().join("proc");
        fs::rename(proc.join("self"), proc.join("4242")).unwrap();
        of_process(&proc, 4242)
    }
}

#[test]
fn a_control_groups_path_ends_in_the_container() {
    let pod = "kubepods-burstable-pod2d3da189_6407_48e3_9ab6_78188d75e609.slice";
    for (form, line, expected) in [
        ("Docker", format!("11:hugetlb:/docker/{ID}"), ID),
        ("Docker, systemd", format!("0::/system.slice/docker-{ID}.scope"), ID),
        ("containerd", format!("8:cpu,cpuacct:/kubepods/besteffort/pod3d274242-8ee0-11e9-a8a6-1e68d864ef1a/{ID}"), ID),
        ("containerd, systemd", format!("0::/kubepods.slice/{pod}/cri-containerd-{ID}.scope"), ID),
        ("CRI-O", format!("1:name=systemd:/kubepods.slice/{pod}/crio-{ID}.scope"), ID),
        ("ECS", format!("9:perf_event:/ecs/haissam-ecs-classic/5a0d5ceddf6c44c1928d367a815d890f/{ID}"), ID),
        ("Fargate", format!("11:hugetlb:/ecs/55091c13b8cf4801b98f4636aa1cda05/{TASK}"), TASK),
        ("Garden", format!("4:memory:/garden/{UUID}"), UUID),
        (
            "a UUID with underscores",
            "4:memory:/34dc0b5e_626f_2c5c_4c51_70e34b10e765".to_owned(),
            &UUID.replace('-', "_"),
        ),
        ("LXC", format!("2:pids:/lxc/{ID}"), ID),
    ] {
        let root = Root::new().cgroup(&format!("13:name=systemd:/\n{line}\n1:memory:/docker/{OTHER}\n"));
        assert_eq!(root.id(), Some(format!("ci-{expected}")), "{form}");
        assert_eq!(root.id_of_process().as_deref(), Some(expected), "{form}");
    }
}

#[test]
fn a_path_that_ends_in_something_else_names_no_container() {
    for line in [
        "0::/".to_owned(),
        "0::/user.slice/user-1000.slice/session-2.scope".to_owned(),
        format!("0::/docker/{}", &ID[1..]),
        format!("0::/docker/{}", ID.to_uppercase()),
        format!("0::/docker/{ID}/child"),
        format!("0::/kubepods.slice/pod{UUID}.slice"),
        "0::/55091c13b8cf4801b98f4636aa1cda05-".to_owned(),
        format!("x::/docker/{ID}"),
        format!("::/docker/{ID}"),
        "日本".repeat(30),
        String::new(),
    ] {
        let root = Root::new().cgroup(&line).namespace(4_026_531_835);
        assert_eq!(root.id(), None, "{line}");
        let is_below = line.ends_with("/child");
        assert_eq!(root.id_of_process().as_deref(), is_below.then_some(ID), "{line}");
    }
}

#[test]
fn a_group_below_that_of_a_container_is_the_containers_to_others() {
    let pod = "kubepods-burstable-pod2d3da189_6407_48e3_9ab6_78188d75e609.slice";
    for (form, path) in [
        ("an init system in Docker", format!("/docker/{ID}/init.scope")),
        ("a service in it", format!("/system.slice/docker-{ID}.scope/system.slice/web.service")),
        ("from another group namespace", format!("/../../{pod}/cri-containerd-{ID}.scope/worker")),
        ("Docker in Docker", format!("/docker/{OTHER}/docker/{ID}")),
        ("a service of it", format!("/docker/{OTHER}/docker/{ID}/system.slice/web.service")),
    ] {
        assert_eq!(Root::new().cgroup(&format!("0::{path}\n")).id_of_process().as_deref(), Some(ID), "{form}");
    }
    for path in [
        format!("/kubepods.slice/{pod}/no-container.scope/worker"),
        format!("/kubepods/pod{UUID}/burstable/worker"),
        "/user.slice/user-1000.slice/session-2.scope".to_owned(),
    ] {
        assert_eq!(Root::new().cgroup(&format!("0::{path}\n")).id_of_process(), None, "{path}");
    }
}

/// A line of mountinfo for `/etc/hostname`, mounted from `path`.
fn mounted(path: &str) -> String {
    format!(
        "608 554 0:42 / /dev/mqueue rw - mqueue mqueue rw\n609 554 254:1 {path} /etc/hostname rw,relatime - ext4 /dev/vda1 rw\n"
    )
}

#[test]
fn a_mounted_hostname_names_the_container() {
    for (form, path, expected) in [
        ("Docker", format!("/var/lib/docker/containers/{ID}/hostname"), ID),
        ("CRI-O", format!("/var/lib/containers/storage/overlay-containers/{ID}/userdata/hostname"), ID),
        ("Fargate", format!("/var/lib/ecs/{TASK}/hostname"), TASK),
        ("Garden", format!("/var/vcap/data/{UUID}/hostname"), UUID),
        ("the last one", format!("/var/{OTHER}/overlay/{ID}/hostname"), ID),
    ] {
        let root = Root::new().cgroup("0::/\n").mountinfo(&mounted(&path)).namespace(4_026_532_000);
        root.group("");
        assert_eq!(root.id(), Some(format!("ci-{expected}")), "{form}");
        assert_eq!(root.id_of_process().as_deref(), Some(expected), "{form}");
    }
}

#[test]
fn the_sandbox_of_a_pod_is_no_container() {
    let sandbox = mounted(&format!("/run/containerd/io.containerd.grpc.v1.cri/sandboxes/{OTHER}/hostname"));
    assert_eq!(Root::new().mountinfo(&sandbox).id(), None);
    let both = sandbox + &mounted(&format!("/var/lib/docker/containers/{ID}/hostname"));
    assert_eq!(Root::new().mountinfo(&both).id(), Some(format!("ci-{ID}")));
}

#[test]
fn other_mounts_name_no_container() {
    for path in [
        format!("/var/lib/docker/containers/{ID}/resolv.conf"),
        format!("/{ID}/hostname"),
        format!("/containers/x{ID}/hostname"),
        "/etc/hostname".to_owned(),
        "hostname".to_owned(),
    ] {
        assert_eq!(Root::new().mountinfo(&mounted(&path)).id(), None, "{path}");
    }
}

#[test]
fn in_a_private_namespace_the_inode_of_the_group_is_told() {
    let root = Root::new().cgroup("0::/\n").namespace(4_026_532_123);
    let inode = root.group("");
    assert_eq!(root.id(), Some(format!("in-{inode}")), "version 2");

    let root = Root::new().cgroup("0::/nested/group\n");
    let inode = root.group("nested/group");
    assert_eq!(root.id(), Some(format!("in-{inode}")), "version 2, not at the root");

    let root = Root::new().cgroup("12:cpu,cpuacct:/\n3:memory:/\n0::/\n").namespace(4_026_532_123);
    let inode = root.group("memory");
    assert_eq!(root.id(), Some(format!("in-{inode}")), "version 1: the controller of memory");

    let root = Root::new().cgroup("3:memory:/gone\n0::/../../x\n").namespace(4_026_532_123);
    let inode = root.group("x");
    assert_eq!(root.id(), Some(format!("in-{inode}")), "both, the first is not there; a path does not lead out");
}

#[test]
fn in_the_hosts_namespace_no_inode_is_told() {
    let root = Root::new().cgroup("0::/user.slice/session-2.scope\n").namespace(0xEFFF_FFFB);
    root.group("user.slice/session-2.scope");
    assert_eq!(root.id(), None);
}

#[cfg(target_os = "linux")]
#[test]
fn the_inode_of_a_file_systems_root_is_not_told() {
    let root = Root::new().cgroup("0::/\n");
    fs::create_dir_all(root.path().join("sys/fs")).unwrap();
    symlink("/proc", root.path().join("sys/fs/cgroup")).unwrap();
    assert_eq!(fs::metadata("/proc").unwrap().ino(), 1);
    assert_eq!(root.id(), None);
}

#[test]
fn where_nothing_can_be_read_there_is_no_container() {
    assert_eq!(container_id(Path::new("/nonexistent")), None);
    assert_eq!(Root::new().id(), None);
}

#[test]
fn a_process_that_is_not_there_is_in_no_container() {
    assert_eq!(of_process(Path::new("/proc"), u32::MAX), None);
}
