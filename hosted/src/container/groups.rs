//! The containers among the control groups of a machine, by inode: a client in a group namespace of its own knows
//! no more of its container than that (`c:in-`).

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::DirEntryExt;
use std::path::{Path, PathBuf};

use super::id;

/// Directories that are looked at, at most; a node has a few thousand.
const LIMIT: usize = 65_536;

/// The containers below `root`, which is `/sys/fs/cgroup` or where the host's is mounted, by the inodes of their groups
/// and of the groups below those.
///
/// Of version 1 it is the hierarchy of the memory controller. Cost: reads every directory there.
pub(crate) fn by_inode(root: &Path) -> HashMap<u64, String> {
    let memory = root.join("memory");
    let mut waiting = vec![(if memory.is_dir() { memory } else { root.to_owned() }, None)];
    let mut found = HashMap::new();
    let mut seen = 0;
    while let Some((directory, outer)) = waiting.pop() {
        for (inode, path) in directories(&directory) {
            let name = path.file_name().and_then(|name| id::in_name(name.to_str()?));
            let container = name.map(str::to_owned).or_else(|| outer.clone());
            found.extend(container.clone().map(|container| (inode, container)));
            seen += 1;
            if seen > LIMIT {
                return found;
            }
            waiting.push((path, container));
        }
    }
    found
}

/// The directories in a directory, with their inodes.
fn directories(parent: &Path) -> impl Iterator<Item = (u64, PathBuf)> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| (entry.ino(), entry.path()))
}
