use std::sync::Arc;

use super::super::payload::Head;
use super::*;

fn payload(created: u64, len: usize) -> Payload {
    let head = Arc::new(Head { path: "/a".to_owned(), headers: Vec::new() });
    Payload { head, body: vec![b'x'; len].into(), amount: Amount::SERIES, created }
}

fn storage(directory: &Path, bytes: u64) -> Storage {
    Storage { directory: directory.join("target"), bytes, disk_share: 1.0, age: 100 }
}

/// Takes out a payload and removes its file: when it was made, or 0 where it cannot be read.
fn take(disk: &mut Disk, is_newest: bool) -> Option<u64> {
    match disk.pop(is_newest)? {
        Found::Payload(payload, stored) => {
            disk.remove(stored);
            Some(payload.created)
        }
        Found::Unreadable(amount) => {
            assert_eq!(amount, Amount::SERIES);
            Some(0)
        }
    }
}

#[test]
fn what_is_written_is_there_after_a_restart_and_a_crash_leaves_nothing_half_written() {
    let directory = tempfile::tempdir().unwrap();
    let (mut disk, restored) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
    assert_eq!(restored, Amount::default());
    for created in [3, 1, 2] {
        let (lost, written) = disk.push(&payload(created, 10));
        assert!(written.is_ok() && lost == Amount::default());
    }
    let half = directory.path().join("target/000000000009-00000009-1-0-0.tmp");
    fs::write(&half, b"BSJR").unwrap();
    drop(disk);
    let (mut disk, restored) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
    assert_eq!(restored.series, 3);
    assert!(!half.exists());
    assert_eq!([take(&mut disk, true), take(&mut disk, false), take(&mut disk, false)], [Some(3), Some(1), Some(2)]);
    assert!(disk.is_empty() && disk.pop(true).is_none() && disk.bytes == 0);
    assert_eq!(fs::read_dir(directory.path().join("target")).unwrap().count(), 0);
}

#[test]
fn the_oldest_go_where_there_is_no_room_and_what_is_too_old_goes_anyway() {
    let directory = tempfile::tempdir().unwrap();
    let size = record::write(&payload(0, 100)).len() as u64;
    let (mut disk, _) = Disk::open(storage(directory.path(), 3 * size)).unwrap();
    let lost: Amount = (1..=5).map(|created| disk.push(&payload(created, 100)).0).sum();
    assert_eq!((lost.series, disk.bytes), (2, 3 * size));
    let (lost, written) = disk.push(&payload(6, 1000));
    assert!(written.is_ok() && lost == Amount::SERIES, "one that is too large is itself lost");
    assert_eq!((disk.expire(104).series, disk.expire(104).series), (1, 0));
    assert_eq!([take(&mut disk, false), take(&mut disk, false), take(&mut disk, false)], [Some(4), Some(5), None]);
}

#[test]
fn a_corrupt_file_is_counted_and_the_others_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let (mut disk, _) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
    (1..=3).for_each(|created| drop(disk.push(&payload(created, 10))));
    let path = disk.path(&disk.files[1].0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, bytes).unwrap();
    fs::write(directory.path().join("target/notes.txt"), b"not ours").unwrap();
    drop(disk);
    let (mut disk, restored) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
    assert_eq!(restored.series, 3);
    assert_eq!([take(&mut disk, false), take(&mut disk, false), take(&mut disk, false)], [Some(1), Some(0), Some(3)]);
}

#[test]
fn a_file_stays_until_its_payload_has_come_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let (mut disk, _) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
    drop(disk.push(&payload(1, 10)));
    let Some(Found::Payload(_, stored)) = disk.pop(false) else { panic!("it is there") };
    assert!(disk.is_empty() && disk.bytes > 0);
    disk.put_back(stored);
    let Some(Found::Payload(..)) = disk.pop(false) else { panic!("it is there again") };
    drop(disk);
    let (mut disk, restored) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
    assert_eq!(restored, Amount::SERIES, "a crash loses nothing");
    assert_eq!((take(&mut disk, false), disk.bytes), (Some(1), 0));
}

#[test]
fn a_directory_is_of_one_process_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let (mut first, _) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
    drop(first.push(&payload(1, 10)));
    let second = Disk::open(storage(directory.path(), 1 << 20));
    assert_eq!(second.err().map(|error| error.kind()), Some(io::ErrorKind::ResourceBusy));
    drop(first);
    let (_, restored) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
    assert_eq!(restored, Amount::SERIES);
}

#[test]
fn a_file_with_random_bytes_anywhere_is_counted_and_the_others_are_read() {
    let mut random = crate::encode::reference::Random(9);
    for _ in 0..60 {
        let directory = tempfile::tempdir().unwrap();
        let (mut disk, _) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
        (1..=8).for_each(|created| drop(disk.push(&payload(created, 200))));
        let paths: Vec<_> = disk.files.iter().map(|(name, _)| disk.path(name)).collect();
        drop(disk);
        let mut broken = 0;
        for path in &paths {
            let mut bytes = fs::read(path).unwrap();
            match random.below(3) {
                0 => continue,
                1 => bytes.truncate(random.below(bytes.len() as u64) as usize),
                _ => {
                    for _ in 0..=random.below(20) {
                        let at = random.below(bytes.len() as u64) as usize;
                        bytes[at] = bytes[at].wrapping_add(1 + random.below(255) as u8);
                    }
                }
            }
            let is_same = fs::read(path).unwrap() == bytes;
            broken += u64::from(!is_same);
            fs::write(path, bytes).unwrap();
        }
        let (mut disk, restored) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
        let (mut read, mut unreadable) = (0, 0);
        while let Some(created) = take(&mut disk, random.below(2) == 0) {
            *(if created > 0 { &mut read } else { &mut unreadable }) += 1;
        }
        assert_eq!((read, unreadable, restored.series), (8 - broken, broken, 8));
    }
}

#[test]
fn a_disk_that_is_too_full_takes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let full = Storage { disk_share: 0.0, ..storage(directory.path(), 1 << 20) };
    let (mut disk, _) = Disk::open(full).unwrap();
    assert_eq!(disk.push(&payload(1, 10)).0, Amount::SERIES);
    assert!(disk.is_empty());
}

#[test]
fn a_directory_that_cannot_be_written_costs_the_payload_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let (mut disk, _) = Disk::open(storage(directory.path(), 1 << 20)).unwrap();
    fs::remove_dir(directory.path().join("target")).unwrap();
    let (lost, written) = disk.push(&payload(1, 10));
    assert!(written.is_err() && lost == Amount::SERIES && disk.is_empty());
}

#[test]
fn directories_of_targets_that_are_gone_are_removed_and_those_of_others_are_not() {
    let root = tempfile::tempdir().unwrap();
    let (mut gone, _) =
        Disk::open(Storage { directory: root.path().join("gone"), ..storage(root.path(), 1 << 20) }).unwrap();
    drop(gone.push(&payload(1, 10)));
    let known = [root.path().join("target")];
    assert_eq!(remove_unknown(root.path(), &known).unwrap(), Amount::default(), "it is in use");
    drop(gone);
    let (_, _) = Disk::open(storage(root.path(), 1 << 20)).unwrap();
    fs::create_dir(root.path().join("others")).unwrap();
    fs::write(root.path().join("others/file"), b"").unwrap();
    assert_eq!(remove_unknown(root.path(), &known).unwrap(), Amount::SERIES);
    let mut left: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort_unstable();
    assert_eq!(left, ["others", "target"]);
    assert_eq!(remove_unknown(&root.path().join("none"), &[]).unwrap(), Amount::default());
}
