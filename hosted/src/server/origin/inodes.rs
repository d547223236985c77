//! The container of a control group's inode, remembered.

use std::collections::HashMap;
use std::path::PathBuf;

use basenji_core::Time;

use crate::container;

/// How long the tree of groups is not read again, in milliseconds: senders can name inodes that do not exist as often as they like.
const PAUSE: u64 = 5_000;

/// After how many milliseconds it is read again even for an inode that was there: by then it may be another's.
const KEPT: u64 = 60_000;

/// Containers by inode, as the tree of groups was when it was last read.
pub(crate) struct Inodes {
    root: PathBuf,
    known: HashMap<u64, String>,
    read: Option<Time>,
}

impl Inodes {
    /// Reads the groups below `root`, which is `/sys/fs/cgroup` or where the host's is mounted.
    pub(crate) fn new(root: PathBuf) -> Inodes {
        Inodes { root, known: HashMap::new(), read: None }
    }

    /// The ID of the container whose group has this inode. Cost: the whole tree once a minute, and for an unknown inode at
    /// most every five seconds.
    pub(crate) fn container(&mut self, inode: u64, now: Time) -> Option<&str> {
        let pause = if self.known.contains_key(&inode) { KEPT } else { PAUSE };
        if self.read.is_none_or(|read| now < read || now.millis_since(read) >= pause) {
            self.known = container::by_inode(&self.root);
            self.read = Some(now);
        }
        self.known.get(&inode).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    const ID: &str = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";

    #[test]
    fn an_unknown_inode_has_the_tree_read_again_but_not_at_once() {
        let root = tempfile::tempdir().unwrap();
        let group = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(&path).unwrap();
            fs::metadata(path).unwrap().ino()
        };
        let pod = group("kubepods.slice/kubepods-pod1.slice");
        let mut inodes = Inodes::new(root.path().to_owned());
        let now = Time::from_secs(1000);
        assert_eq!(inodes.container(pod, now), None);
        let container = group(&format!("kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope"));
        let inner = group(&format!("kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope/init"));
        assert_eq!(inodes.container(container, now.plus_millis(4_999)), None);
        assert_eq!(inodes.container(container, now.plus_millis(5_000)), Some(ID));
        assert_eq!(inodes.container(inner, now.plus_millis(5_000)), Some(ID));
        fs::remove_dir(root.path().join(format!("kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope/init")))
            .unwrap();
        assert_eq!(inodes.container(inner, now.plus_millis(64_999)), Some(ID));
        assert_eq!(inodes.container(inner, now.plus_millis(65_000)), None);
    }

    #[test]
    fn of_version_1_the_groups_of_the_memory_controller_count() {
        let root = tempfile::tempdir().unwrap();
        let paths = ["memory", "cpu"].map(|controller| root.path().join(controller).join("docker").join(ID));
        let found = paths.map(|path| {
            fs::create_dir_all(&path).unwrap();
            fs::metadata(path).unwrap().ino()
        });
        let mut inodes = Inodes::new(root.path().to_owned());
        let now = Time::from_secs(1000);
        assert_eq!(found.map(|inode| inodes.container(inode, now).is_some()), [true, false]);
    }
}
