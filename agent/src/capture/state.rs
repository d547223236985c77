//! What stands at the end of a capture: the containers of the processes in it, as the Agent's message `TaggerState`.

use std::collections::BTreeMap;

use crate::encode::fields::{Fields, Malformed, Value};
use crate::encode::protobuf::Message;

/// Containers by process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    containers: BTreeMap<i32, Vec<u8>>,
}

impl State {
    /// Takes in the container of a process, where both are known.
    pub(crate) fn learn(&mut self, pid: i32, container: &[u8]) {
        let is_known = || self.containers.get(&pid).is_some_and(|known| known == container);
        if pid != 0 && !container.is_empty() && !is_known() {
            self.containers.insert(pid, container.to_vec());
        }
    }

    /// The container of a process; empty where it is not known.
    pub(crate) fn container(&self, pid: i32) -> &[u8] {
        self.containers.get(&pid).map_or(b"", Vec::as_slice)
    }

    /// Appends it; what a tagger knows of the containers is not in it.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut message = Message::new(out);
        for (pid, container) in &self.containers {
            message.message(2, |entry| {
                entry.int(1, (*pid).into());
                entry.text(2, &prefixed(container));
            });
        }
    }

    /// Reads one, whoever has written it.
    ///
    /// # Errors
    ///
    /// It is no message of this kind.
    pub(crate) fn read(bytes: &[u8]) -> Result<State, Malformed> {
        let mut state = State::default();
        for field in Fields::of(bytes) {
            let (2, Value::Bytes(entry)) = field? else { continue };
            let (mut pid, mut container) = (0, &b""[..]);
            let start = entry.as_ptr() as usize - bytes.as_ptr() as usize;
            for field in Fields::of(entry) {
                match field.map_err(|fault| Malformed { offset: start + fault.offset, ..fault })? {
                    (1, Value::Varint(number)) => pid = number as i32,
                    (2, Value::Bytes(text)) => container = text,
                    _ => {}
                }
            }
            state.learn(pid, bare(container));
        }
        Ok(state)
    }
}

/// How the Agent calls containers among all that has tags.
const PREFIX: &[u8] = b"container_id://";

fn prefixed(container: &[u8]) -> Vec<u8> {
    [PREFIX, container].concat()
}

fn bare(entity: &[u8]) -> &[u8] {
    entity.strip_prefix(PREFIX).unwrap_or(entity)
}
