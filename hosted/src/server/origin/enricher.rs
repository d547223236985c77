//! From the claims of a message, and of its socket, to tags.

use std::collections::HashMap;
use std::sync::Arc;

use basenji_core::Time;
use basenji_core::wire::{Cardinality, OriginFields, Tags};

use super::claims::{Claims, EntityId};
#[cfg(unix)]
use super::inodes::Inodes;
use super::precedence::{Take, Who, order};
#[cfg(unix)]
use super::processes::Processes;
use super::remembered::Remembered;
use super::settings::OriginSettings;
use super::tagger::{Entity, Tagger};
use crate::server::scopes::{Meaning, Scopes};

/// Different claims whose tags are remembered at a time.
const LIMIT: usize = 4096;

/// Bytes of claims that are remembered, at most; no honest sender needs more.
const KEY: usize = 1024;

/// Tags that a message gets.
pub(crate) struct Added {
    /// Those of its origin, and then those that every message gets, joined by commas.
    text: Box<[u8]>,
    /// Bytes of those of its origin.
    origin: usize,
}

impl Added {
    /// All of them.
    pub(crate) fn all(&self) -> &[u8] {
        &self.text
    }

    /// Those of the origin alone.
    pub(crate) fn of_origin(&self) -> &[u8] {
        &self.text[..self.origin]
    }
}

/// What one worker knows of origins.
pub(crate) struct Enricher {
    tagger: Arc<dyn Tagger>,
    /// The tagger's, when what is remembered was found out.
    version: u64,
    origins: Origins,
    /// The tags that every message gets, joined by commas.
    common: Box<[u8]>,
    remembered: Remembered<Box<[u8]>, Arc<Added>>,
    now: Time,
    /// What the scopes mean that are known here, by sender.
    meaning: Meaning,
    scopes: HashMap<Box<[u8]>, Option<u32>>,
    /// The claims of the present message; `sender` bytes of the container of the datagram's sender are in front, and a
    /// line end, which no claim has in it.
    key: Vec<u8>,
    sender: usize,
    /// The claims of the datagram's last message, if there was one, and their tags.
    last_key: Vec<u8>,
    last: Arc<Added>,
}

impl Enricher {
    /// `common` are the tags that every message gets, joined by commas.
    pub(crate) fn new(tagger: Arc<dyn Tagger>, settings: OriginSettings, common: Box<[u8]>) -> Enricher {
        Enricher {
            version: tagger.version(),
            tagger,
            origins: Origins::new(settings),
            common,
            remembered: Remembered::new(LIMIT),
            now: Time::default(),
            meaning: Meaning { settings: 0, version: 0, minute: 0 },
            scopes: HashMap::new(),
            key: Vec::new(),
            sender: 0,
            last_key: Vec::new(),
            last: Arc::new(Added { text: Box::default(), origin: 0 }),
        }
    }

    /// Replaces the tags that every message gets.
    pub(crate) fn set_common(&mut self, common: Box<[u8]>) {
        self.common = common;
        self.remembered.clear();
        self.last_key.clear();
    }

    /// Begins a datagram of the process `pid`, received at `now`.
    pub(crate) fn begin(&mut self, pid: Option<u32>, now: Time) {
        let version = self.tagger.version();
        // What was found in a minute is good for that minute, and so is what is remembered of lines.
        if version != self.version || now.as_secs() / 60 != self.now.as_secs() / 60 {
            self.version = version;
            self.remembered.clear();
        }
        self.now = now;
        self.last_key.clear();
        self.key.clear();
        if let Some(container) = pid.and_then(|pid| self.origins.of_process(pid, now)) {
            self.key.extend_from_slice(container.as_bytes());
        }
        self.sender = self.key.len();
        self.key.push(b'\n');
    }

    /// The container of the datagram's sender.
    pub(crate) fn sender(&self) -> Option<&[u8]> {
        (self.sender > 0).then_some(&self.key[..self.sender])
    }

    /// The number of all that the meaning of the datagram's lines depends on, beside their text, with that of the settings. `None` if there is none.
    pub(crate) fn scope(&mut self, settings: u32, scopes: &Scopes) -> Option<u32> {
        let meaning = Meaning { settings, version: self.version, minute: self.now.as_secs() / 60 };
        if meaning != self.meaning || self.scopes.len() >= LIMIT {
            self.meaning = meaning;
            self.scopes.clear();
        }
        let sender = &self.key[..self.sender];
        if let Some(scope) = self.scopes.get(sender) {
            return *scope;
        }
        let scope = scopes.sender(meaning, sender);
        self.scopes.insert(sender.into(), scope);
        scope
    }

    /// The tags for a message of the datagram with these tags and fields. Allocates nothing for claims like those of the
    /// minute before.
    pub(crate) fn tags(&mut self, tags: Tags<'_>, fields: OriginFields<'_>) -> &Added {
        let claims = Claims::read(tags, fields, self.origins.settings.client);
        self.key.truncate(self.sender + 1);
        claims.write(&mut self.key);
        if self.last_key != self.key {
            self.last = match self.remembered.get(&self.key[..], self.now) {
                Some(added) => Arc::clone(added),
                None => self.find(&claims),
            };
            self.last_key.clone_from(&self.key);
        }
        &self.last
    }

    #[cold]
    fn find(&mut self, claims: &Claims<'_>) -> Arc<Added> {
        let sender = (self.sender > 0).then_some(&self.key[..self.sender]);
        let mut text = Vec::new();
        self.origins.tags(&*self.tagger, claims, sender, self.now, &mut text);
        let origin = text.len();
        if !self.common.is_empty() {
            push(&mut text, &self.common);
        }
        let added = Arc::new(Added { text: text.into(), origin });
        if self.key.len() <= KEY {
            self.remembered.insert(self.key.as_slice().into(), Arc::clone(&added), self.now);
        }
        added
    }
}

/// Appends one tag or several, behind a comma where there are some.
fn push(text: &mut Vec<u8>, tags: &[u8]) {
    if !text.is_empty() {
        text.push(b',');
    }
    text.extend_from_slice(tags);
}

/// Where containers are looked up.
struct Origins {
    settings: OriginSettings,
    #[cfg(unix)]
    processes: Processes,
    #[cfg(unix)]
    inodes: Inodes,
}

impl Origins {
    fn new(settings: OriginSettings) -> Origins {
        Origins {
            #[cfg(unix)]
            processes: Processes::new(settings.proc_root.clone()),
            #[cfg(unix)]
            inodes: Inodes::new(settings.cgroup_root.clone()),
            settings,
        }
    }

    /// Appends the tags for a message, joined by commas.
    fn tags(&mut self, tagger: &dyn Tagger, claims: &Claims<'_>, sender: Option<&[u8]>, now: Time, text: &mut Vec<u8>) {
        let said = claims.cardinality();
        let cardinality = said.unwrap_or(self.settings.cardinality);
        let none = said == Some(Cardinality::None);
        let Some((take, whom)) = order(&self.settings, none, claims.entity_id()) else { return };
        let mut ask = |entity: Entity<'_>| tagger.tags(entity, cardinality, &mut |tag| push(text, tag));
        for who in whom {
            let known = self.entity(*who, tagger, claims, sender, now, &mut ask);
            if known && take == Take::First {
                break;
            }
        }
        ask(Entity::Global);
    }

    /// Asks for the tags of `who`, if it is there; returns whether it is known.
    fn entity(
        &mut self,
        who: Who,
        tagger: &dyn Tagger,
        claims: &Claims<'_>,
        sender: Option<&[u8]>,
        now: Time,
        ask: &mut dyn FnMut(Entity<'_>) -> bool,
    ) -> bool {
        let external = claims.external();
        match who {
            Who::Socket => sender.is_some_and(|id| ask(Entity::Container(id))),
            Who::Local => {
                let local = claims.local();
                match (local.container_id, local.inode) {
                    (Some(id), _) => ask(Entity::Container(id)),
                    (None, Some(inode)) => {
                        self.of_inode(inode, now).is_some_and(|id| ask(Entity::Container(id.as_bytes())))
                    }
                    (None, None) => false,
                }
            }
            Who::ExternalContainer => match (external.pod_uid, external.container_name) {
                (Some(pod), Some(name)) => tagger
                    .container(pod, name, external.init_container)
                    .is_some_and(|id| ask(Entity::Container(id.as_bytes()))),
                _ => false,
            },
            Who::Pod => match claims.entity_id() {
                EntityId::Pod(uid) => ask(Entity::Pod(uid)),
                EntityId::Absent | EntityId::None => false,
            },
            Who::ExternalPod => external.pod_uid.is_some_and(|uid| ask(Entity::Pod(uid))),
        }
    }

    #[cfg(unix)]
    fn of_process(&mut self, pid: u32, now: Time) -> Option<&str> {
        // 0 is a process that is not visible from here.
        if pid == 0 { None } else { self.processes.container(pid, now) }
    }

    #[cfg(unix)]
    fn of_inode(&mut self, inode: u64, now: Time) -> Option<&str> {
        self.inodes.container(inode, now)
    }

    #[cfg(not(unix))]
    fn of_process(&mut self, _: u32, _: Time) -> Option<&str> {
        None
    }

    #[cfg(not(unix))]
    fn of_inode(&mut self, _: u64, _: Time) -> Option<&str> {
        None
    }
}

#[cfg(all(test, unix))]
#[path = "enricher_tests.rs"]
mod tests;
