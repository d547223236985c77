//! The container of a process, remembered.

use std::path::PathBuf;

use basenji_core::Time;

use super::remembered::Remembered;
use crate::container;

/// Processes that are remembered at a time.
const LIMIT: usize = 4096;

/// Containers by process; that a process is in none is remembered, too.
pub(crate) struct Processes {
    proc: PathBuf,
    known: Remembered<u32, Option<Box<str>>>,
}

impl Processes {
    /// Reads `proc`, which is `/proc` or where the host's is mounted.
    pub(crate) fn new(proc: PathBuf) -> Processes {
        Processes { proc, known: Remembered::new(LIMIT) }
    }

    /// The ID of the container that the process runs in. Cost: two files of `/proc` once a minute and process.
    pub(crate) fn container(&mut self, pid: u32, now: Time) -> Option<&str> {
        if self.known.get(&pid, now).is_none() {
            let found = container::of_process(&self.proc, pid).map(String::into_boxed_str);
            self.known.insert(pid, found, now);
        }
        self.known.get(&pid, now)?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const ID: &str = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";

    #[test]
    fn a_container_and_the_want_of_one_are_remembered_for_a_minute() {
        let proc = tempfile::tempdir().unwrap();
        let write = |pid: u32, path: &str| {
            let directory = proc.path().join(pid.to_string());
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join("cgroup"), format!("0::{path}\n")).unwrap();
        };
        write(7, &format!("/docker/{ID}"));
        let mut processes = Processes::new(proc.path().to_owned());
        let now = Time::from_secs(1000);
        assert_eq!(processes.container(7, now), Some(ID));
        assert_eq!(processes.container(8, now), None);
        write(7, "/user.slice");
        write(8, &format!("/docker/{ID}"));
        let just_before = now.plus_millis(59_999);
        assert_eq!((processes.container(7, just_before).is_some(), processes.container(8, just_before)), (true, None));
        let after = now.plus_millis(60_000);
        assert_eq!((processes.container(7, after).is_some(), processes.container(8, after)), (false, Some(ID)));
    }
}
