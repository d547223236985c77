//! What the ID of a container looks like, and where it stands in a line of `/proc`.

/// Hexadecimal digits of an ID of Docker, containerd and CRI-O.
const LONG: usize = 64;

/// Hexadecimal digits before the dash of an ID of ECS and Fargate.
const TASK: usize = 32;

/// Length of a UUID, as Garden names containers.
const UUID: usize = 36;

/// The ID at the end of the path of a line of `/proc/self/cgroup`: `hierarchy:controllers:path`.
pub(super) fn in_cgroup_line(line: &str) -> Option<&str> {
    in_name(path_of_cgroup_line(line)?)
}

/// The same, or, if the path does not end in an ID, the last directory on it that does: a group of a container's own
/// lies below that of the container.
#[cfg(unix)]
pub(super) fn on_cgroup_line(line: &str) -> Option<&str> {
    let path = path_of_cgroup_line(line)?;
    // Above a container lie groups of pods, whose names end in the other forms.
    in_name(path).or_else(|| path.rsplit('/').skip(1).map(without_scope).find_map(long))
}

/// The ID that the name of a control group ends in.
pub(super) fn in_name(name: &str) -> Option<&str> {
    at_end(without_scope(name))
}

/// The name of a group as systemd's units are called, without the end that says so.
fn without_scope(name: &str) -> &str {
    name.strip_suffix(".scope").unwrap_or(name)
}

fn path_of_cgroup_line(line: &str) -> Option<&str> {
    let mut fields = line.splitn(3, ':');
    let hierarchy = fields.next()?;
    let (_, path) = (fields.next()?, fields.next()?);
    if hierarchy.is_empty() || !hierarchy.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(path)
}

/// The ID in a line of `/proc/self/mountinfo`: the last directory whose name is one, on the way to a `hostname`.
///
/// The directory above it must not be `sandboxes`.
pub(super) fn in_mount_line(line: &str) -> Option<&str> {
    line.split_whitespace()
        .rev()
        .find_map(in_hostname_path)
        .filter(|(parent, _)| *parent != "sandboxes")
        .map(|(_, id)| id)
}

/// The last ID in a path that leads to a `hostname`, and the name of the directory above it.
fn in_hostname_path(path: &str) -> Option<(&str, &str)> {
    let (directories, _) = path.rsplit_once("hostname")?;
    let mut names = directories.rsplit('/').skip(1);
    let mut name = names.next()?;
    for parent in names {
        if is_whole(name) && !parent.is_empty() {
            return Some((parent, name));
        }
        name = parent;
    }
    None
}

/// Whether a name is an ID and nothing else.
fn is_whole(name: &str) -> bool {
    at_end(name).is_some_and(|id| id.len() == name.len())
}

/// The ID that a text ends in.
fn at_end(text: &str) -> Option<&str> {
    uuid(text).or_else(|| long(text)).or_else(|| task(text))
}

fn long(text: &str) -> Option<&str> {
    tail(text, LONG).filter(|id| id.bytes().all(is_hex))
}

fn uuid(text: &str) -> Option<&str> {
    tail(text, UUID).filter(|id| {
        id.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => matches!(byte, b'-' | b'_'),
            _ => is_hex(byte),
        })
    })
}

/// 32 hexadecimal digits, a dash, and a decimal number.
fn task(text: &str) -> Option<&str> {
    let (task, number) = text.rsplit_once('-')?;
    let task = tail(task, TASK).filter(|task| task.bytes().all(is_hex))?;
    let decimal = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    decimal.then(|| tail(text, task.len() + 1 + number.len()))?
}

fn tail(text: &str, len: usize) -> Option<&str> {
    text.get(text.len().checked_sub(len)?..)
}

fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}
