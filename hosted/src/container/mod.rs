//! The container that a process runs in.
//!
//! A client tells its own in the `c:` field, a server looks up that of a sender ([`of_process`]). Of its own process
//! three places are asked, in the order of the official Go client:
//! 1. `/proc/self/cgroup`: the end of a control group's path is the container's ID, if it is seen from the host's
//!    namespace (Docker, containerd, CRI-O, ECS, Fargate, Garden, systemd's `.scope`);
//! 2. `/proc/self/mountinfo`: the runtime has mounted `/etc/hostname` from a directory of that name; directories below
//!    `sandboxes` are those of a pod, not of a container;
//! 3. the inode of the control group, by which the server finds the container. In the host's cgroup namespace it would be
//!    that of a user's session or of a service, so there it is not told.
//!
//! Of another process the first two are asked, and a group below that of a container belongs to it, too: an init system
//! in a container puts what it starts into groups of its own.
//!
//! Everything is read below a root directory, once, when it is asked for; a file that cannot be read is one that says
//! nothing. A megabyte of each file is read at most.

#[cfg(unix)]
mod groups;
mod id;

#[cfg(unix)]
pub(crate) use groups::by_inode;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Longest part of a file that is looked at.
const LIMIT: u64 = 1 << 20;

/// What `/proc/self/ns/cgroup` links to in the host's namespace; the number is fixed in the kernel (0xEFFFFFFB).
const HOST_NAMESPACE: &str = "cgroup:[4026531835]";

/// Inodes up to this one are those of file systems' roots and of nothing.
const LAST_RESERVED_INODE: u64 = 2;

/// The text of the `c:` field for this process: `ci-` and the container's ID, or `in-` and an inode; `None` outside of a
/// container. `root` is `/`, or a directory with `proc/self` and `sys/fs/cgroup` below it.
pub fn container_id(root: &Path) -> Option<String> {
    let groups = read(&root.join("proc/self/cgroup"));
    if let Some(id) = groups.lines().find_map(id::in_cgroup_line) {
        return Some(format!("ci-{id}"));
    }
    let mounts = read(&root.join("proc/self/mountinfo"));
    if let Some(id) = mounts.lines().find_map(id::in_mount_line) {
        return Some(format!("ci-{id}"));
    }
    if fs::read_link(root.join("proc/self/ns/cgroup")).is_ok_and(|link| link == Path::new(HOST_NAMESPACE)) {
        return None;
    }
    ["memory", ""]
        .into_iter()
        .filter_map(|controller| Some((controller, path_of(&groups, controller)?)))
        .filter_map(|(controller, path)| inode(&below(&root.join("sys/fs/cgroup").join(controller), path)))
        .find(|inode| *inode > LAST_RESERVED_INODE)
        .map(|inode| format!("in-{inode}"))
}

/// The ID of the container that a process runs in, by its directory below `proc`, which is `/proc` or where the host's is
/// mounted; `None` outside of a container, and where there is no such process.
#[cfg(unix)]
pub(crate) fn of_process(proc: &Path, pid: u32) -> Option<String> {
    let directory = proc.join(pid.to_string());
    let groups = read(&directory.join("cgroup"));
    if let Some(id) = groups.lines().find_map(id::on_cgroup_line) {
        return Some(id.to_owned());
    }
    let mounts = read(&directory.join("mountinfo"));
    mounts.lines().find_map(id::in_mount_line).map(str::to_owned)
}

fn read(path: &Path) -> String {
    let mut bytes = Vec::new();
    // What was read before an error counts.
    let _ = fs::File::open(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The path of a controller's group; that of version 2 is the one whose controller has no name.
fn path_of<'a>(groups: &'a str, controller: &str) -> Option<&'a str> {
    groups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let names = fields.next()?;
        let path = fields.next()?;
        (names.split(',').any(|name| name == controller)).then_some(path)
    })
}

/// `path`, which begins with a slash, below `directory`; it does not lead out of it.
fn below(directory: &Path, path: &str) -> PathBuf {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
    parts.fold(directory.to_owned(), |directory, part| directory.join(part))
}

#[cfg(unix)]
fn inode(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|metadata| metadata.ino())
}

#[cfg(not(unix))]
fn inode(_: &Path) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests;
