//! What waits on disk: a file a payload, in a directory of its own for each target.
//!
//! A file is written under another name and renamed once it is on the disk, so a crash at any byte loses at most the
//! record that was being written. A directory is of one process: another one with the same settings keeps away from it.
//! The oldest are removed where there is no more room, and those that are too old.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use basenji::server::Amount;

use super::payload::Payload;
use super::record::{self, Name};

/// How much may wait on disk, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Storage {
    /// The directory of this target.
    pub(crate) directory: PathBuf,
    /// Bytes at most.
    pub(crate) bytes: u64,
    /// The share of the disk, from 0 to 1, that may be in use at most, by whomever.
    pub(crate) disk_share: f64,
    /// Seconds after which a payload is not worth sending any more.
    pub(crate) age: u64,
}

/// The files of a target, the oldest first. Those whose payloads are being sent are not among them, but still there.
pub(super) struct Disk {
    storage: Storage,
    files: VecDeque<(Name, u64)>,
    /// Of all files, those that are being sent, too.
    bytes: u64,
    next: u64,
    /// Locked until it is closed.
    _lock: Option<File>,
}

/// What a file held.
pub(super) enum Found {
    /// Its payload, and the file, which stays until it is removed or put back.
    Payload(Payload, Stored),
    /// It cannot be read; what was in it is lost.
    Unreadable(Amount),
}

/// A file whose payload is being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    name: Name,
    size: u64,
}

impl Disk {
    /// Opens the directory, and tells how much an earlier run has left there.
    ///
    /// # Errors
    ///
    /// It cannot be made or listed, or another process uses it.
    pub(super) fn open(storage: Storage) -> io::Result<(Disk, Amount)> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&storage.directory)?;
        let lock = lock(&storage.directory)?;
        let mut files = Vec::new();
        for entry in fs::read_dir(&storage.directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if name.ends_with(".tmp") {
                // A crash has left it.
                fs::remove_file(entry.path())?;
            } else if let Some(name) = Name::parse(name) {
                files.push((name, entry.metadata()?.len()));
            }
        }
        files.sort_unstable();
        let next = files.iter().map(|(name, _)| name.number + 1).max().unwrap_or(0);
        let bytes = files.iter().map(|(_, size)| size).sum();
        let amount = files.iter().map(|(name, _)| name.amount()).sum();
        Ok((Disk { storage, files: files.into(), bytes, next, _lock: lock }, amount))
    }

    /// When the oldest payload was made.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.files.front().map(|(name, _)| name.created)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Writes a payload. What is lost by that is returned: older payloads that were dropped for it, or the payload itself if there is no
    /// room for it; and what the system reports of the new file.
    pub(super) fn push(&mut self, payload: &Payload) -> (Amount, io::Result<()>) {
        let bytes = record::write(payload);
        let size = bytes.len() as u64;
        let room = self.room();
        let mut lost = Amount::default();
        if size > room {
            return (payload.amount, Ok(()));
        }
        while self.bytes + size > room {
            match self.remove_oldest() {
                Some(amount) => lost += amount,
                None => return (lost + payload.amount, Ok(())),
            }
        }
        let name = Name::new(payload, self.next);
        match self.write(&name, &bytes) {
            Ok(()) => {
                self.next += 1;
                self.bytes += size;
                self.put_back(Stored { name, size });
                (lost, Ok(()))
            }
            Err(error) => (lost + payload.amount, Err(error)),
        }
    }

    /// Removes what is too old at `now`, in seconds since 1970, and tells how much that was.
    pub(super) fn expire(&mut self, now: u64) -> Amount {
        let mut lost = Amount::default();
        while let Some((name, _)) = self.files.front()
            && name.created.saturating_add(self.storage.age) < now
            && let Some(amount) = self.remove_oldest()
        {
            lost += amount;
        }
        lost
    }

    /// Reads the newest payload or the oldest.
    pub(super) fn pop(&mut self, is_newest: bool) -> Option<Found> {
        let (name, size) = if is_newest { self.files.pop_back() } else { self.files.pop_front() }?;
        let stored = Stored { name, size };
        let bytes = fs::read(self.path(&name)).ok();
        Some(match bytes.and_then(|bytes| record::read(&bytes, &name)) {
            Some(payload) => Found::Payload(payload, stored),
            None => {
                self.remove(stored);
                Found::Unreadable(name.amount())
            }
        })
    }

    /// Removes a file whose payload has come to its end. One that cannot be removed is found by the next run.
    pub(super) fn remove(&mut self, stored: Stored) {
        let _ = fs::remove_file(self.path(&stored.name));
        self.bytes -= stored.size;
    }

    /// Goes on keeping a file whose payload has not been sent.
    pub(super) fn put_back(&mut self, stored: Stored) {
        let Stored { name, size } = stored;
        let place = self.files.partition_point(|(other, _)| *other < name);
        self.files.insert(place, (name, size));
    }

    /// Removes the oldest file and tells what was in it.
    fn remove_oldest(&mut self) -> Option<Amount> {
        let (name, size) = self.files.pop_front()?;
        self.remove(Stored { name, size });
        Some(name.amount())
    }

    fn path(&self, name: &Name) -> PathBuf {
        self.storage.directory.join(name.text())
    }

    fn write(&self, name: &Name, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        let temporary = path.with_extension("tmp");
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_data()
        });
        written.and_then(|()| fs::rename(&temporary, &path)).inspect_err(|_| {
            // What cannot be written may not be removable either; the next run tries again.
            let _ = fs::remove_file(&temporary);
        })
    }

    /// The bytes that may wait here now.
    fn room(&self) -> u64 {
        let Some((total, available)) = disk_space(&self.storage.directory) else { return self.storage.bytes };
        let kept_free = (total as f64 * (1.0 - self.storage.disk_share)) as u64;
        self.storage.bytes.min((self.bytes + available).saturating_sub(kept_free))
    }
}

/// Locks a directory until the file is closed; none where the system cannot.
///
/// # Errors
///
/// Another process has locked it, or the system reports something else.
fn lock(directory: &Path) -> io::Result<Option<File>> {
    if !cfg!(unix) {
        return Ok(None);
    }
    let file = File::open(directory)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            Err(io::Error::new(io::ErrorKind::ResourceBusy, "another process keeps what waits there"))
        }
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Bytes of the disk that holds `path`, and those that can still be written.
fn disk_space(path: &Path) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        let space = rustix::fs::statvfs(path).ok()?;
        Some((space.f_blocks * space.f_frsize, space.f_bavail * space.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Removes the directories under `root` that belong to none of the targets and to no other process, with their files;
/// returns how much was lost.
///
/// # Errors
///
/// What the system reports of the root; one that is not there has nothing in it.
pub(crate) fn remove_unknown(root: &Path, known: &[PathBuf]) -> io::Result<Amount> {
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Amount::default()),
        entries => entries?,
    };
    let mut lost = Amount::default();
    for entry in entries {
        let path = entry?.path();
        if known.contains(&path) || !path.is_dir() {
            continue;
        }
        let Ok(_lock) = lock(&path) else { continue };
        let mut is_ours = true;
        let mut amount = Amount::default();
        for file in fs::read_dir(&path)? {
            let name = file?.file_name();
            let name = name.to_string_lossy();
            match Name::parse(&name) {
                Some(name) => amount += name.amount(),
                None => is_ours &= name.ends_with(".tmp"),
            }
        }
        if is_ours {
            fs::remove_dir_all(&path)?;
            lost += amount;
        }
    }
    Ok(lost)
}

#[cfg(test)]
mod tests;
