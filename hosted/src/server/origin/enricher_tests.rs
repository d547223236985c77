//! Which tags come out for which claims.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::server::origin::{SharedTags, TagTable};

const SOCKET: &str = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";
const LOCAL: &str = "34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376";
const EXTERNAL: &str = "aaaabbbb626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376";

/// The process of the socket in the tests' `/proc`.
const PID: u32 = 77;

/// Who can be known.
const WHO: [(&str, Entity<'_>); 5] = [
    ("socket", Entity::Container(SOCKET.as_bytes())),
    ("local", Entity::Container(LOCAL.as_bytes())),
    ("external container", Entity::Container(EXTERNAL.as_bytes())),
    ("pod", Entity::Pod(b"p1")),
    ("external pod", Entity::Pod(b"p2")),
];

/// `/proc` and the control groups of a machine with these containers; returns the inode of `LOCAL`'s group.
fn machine(root: &Path) -> u64 {
    let process = root.join("proc").join(PID.to_string());
    fs::create_dir_all(&process).unwrap();
    fs::write(process.join("cgroup"), format!("0::/docker/{SOCKET}\n")).unwrap();
    let group = root.join("groups/docker").join(LOCAL);
    fs::create_dir_all(&group).unwrap();
    fs::metadata(group).unwrap().ino()
}

/// A tagger that knows those that `knows` wants, each by a tag of its own name.
fn table(knows: impl Fn(&str) -> bool) -> TagTable {
    let mut table = TagTable::default();
    for (name, entity) in WHO.into_iter().filter(|(name, _)| knows(name)) {
        table.insert(entity, Cardinality::Low, &format!("from:{name}"));
        table.insert(entity, Cardinality::Orchestrator, &format!("orchestrator:{name}"));
        table.insert(entity, Cardinality::High, &format!("high:{name}"));
    }
    table.name_container("p2", "web", false, EXTERNAL);
    table.insert(Entity::Global, Cardinality::Low, "from:global");
    table
}

fn enricher(root: &Path, tags: &SharedTags, change: impl FnOnce(&mut OriginSettings)) -> Enricher {
    let mut settings = OriginSettings {
        client: true,
        proc_root: root.join("proc"),
        cgroup_root: root.join("groups"),
        ..OriginSettings::default()
    };
    change(&mut settings);
    Enricher::new(Arc::new(tags.clone()), settings, Box::from(&b"zone:1"[..]))
}

fn shared(table: TagTable) -> SharedTags {
    let tags = SharedTags::default();
    tags.replace(table);
    tags
}

fn words(text: &[u8]) -> Vec<String> {
    Tags::Text(text).iter().map(|tag| String::from_utf8(tag.to_vec()).unwrap()).collect()
}

#[test]
fn of_every_combination_of_claims_the_tags_are_those_that_the_table_says() {
    let root = tempfile::tempdir().unwrap();
    let inode = machine(root.path());
    let by_inode = format!("in-{inode}");
    let by_id = format!("ci-{LOCAL},in-1");
    let locals = [None, Some(by_id.as_str()), Some(by_inode.as_str()), Some("in-1")];
    let externals = [None, Some("it-false,cn-web,pu-p2"), Some("pu-p2"), Some("it-true,cn-web,pu-p2")];
    let ids = [
        ("", EntityId::Absent),
        ("dd.internal.entity_id:none", EntityId::None),
        ("dd.internal.entity_id:p1", EntityId::Pod(b"p1")),
    ];
    let mut cases = 0;
    for known in 0..1 << WHO.len() {
        let knows =
            |name: &str| WHO.iter().position(|(who, _)| *who == name).is_some_and(|place| known >> place & 1 == 1);
        let tags = shared(table(knows));
        for bits in 0..8 {
            let bit = |place: u32| bits >> place & 1 == 1;
            let mut enricher = enricher(root.path(), &tags, |settings| {
                settings.unified = bit(0);
                settings.entity_id_precedence = bit(1);
            });
            let pid = bit(2).then_some(PID);
            for (local, external, (tag, id)) in locals
                .iter()
                .flat_map(|local| externals.iter().flat_map(move |external| ids.map(|id| (local, external, id))))
            {
                enricher.begin(pid, Time::from_secs(100));
                let fields = OriginFields {
                    local_data: local.map(str::as_bytes),
                    external_data: external.map(str::as_bytes),
                    cardinality: None,
                };
                let found = words(enricher.tags(Tags::Text(tag.as_bytes()), fields).all());
                let is_there = |who: &Who| match who {
                    Who::Socket => pid.is_some(),
                    Who::Local => local.is_some_and(|local| local != "in-1"),
                    Who::ExternalContainer => external.is_some_and(|external| external.starts_with("it-false")),
                    Who::Pod => matches!(id, EntityId::Pod(_)),
                    Who::ExternalPod => external.is_some(),
                };
                let (take, whom) = order(&enricher.origins.settings, false, id).unwrap();
                let names = whom.iter().filter(|who| is_there(who)).map(|who| match who {
                    Who::Socket => "socket",
                    Who::Local => "local",
                    Who::ExternalContainer => "external container",
                    Who::Pod => "pod",
                    Who::ExternalPod => "external pod",
                });
                let names = names.filter(|name| knows(name)).take(if take == Take::First { 1 } else { usize::MAX });
                let expected: Vec<_> =
                    names.chain(["global"]).map(|name| format!("from:{name}")).chain(["zone:1".to_owned()]).collect();
                assert_eq!(found, expected, "{local:?} {external:?} {tag} {pid:?} {known:b} {bits:b}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 32 * 8 * 48);
}

#[test]
fn the_cardinality_is_the_messages_or_else_the_settings() {
    let root = tempfile::tempdir().unwrap();
    machine(root.path());
    let tags = shared(table(|_| true));
    let mut low = enricher(root.path(), &tags, |_| {});
    let mut high = enricher(root.path(), &tags, |settings| settings.cardinality = Cardinality::High);
    for (word, by_default_low, by_default_high) in [
        (None, "from", "from high orchestrator"),
        (Some("low"), "from", "from"),
        (Some("ORCHESTRATOR"), "from orchestrator", "from orchestrator"),
        (Some("high"), "from high orchestrator", "from high orchestrator"),
        (Some("everything"), "from", "from high orchestrator"),
    ] {
        for (enricher, expected) in [(&mut low, by_default_low), (&mut high, by_default_high)] {
            enricher.begin(Some(PID), Time::from_secs(100));
            let fields = OriginFields { cardinality: word.map(str::as_bytes), ..OriginFields::NONE };
            let found = words(enricher.tags(Tags::NONE, fields).of_origin());
            let kinds: BTreeSet<_> = found.iter().map(|tag| tag.split(':').next().unwrap()).collect();
            assert_eq!(kinds, expected.split(' ').collect(), "{word:?}");
        }
    }
}

#[test]
fn a_message_that_opts_out_gets_the_tags_of_every_message_alone() {
    let root = tempfile::tempdir().unwrap();
    machine(root.path());
    let tags = shared(table(|_| true));
    for unified in [false, true] {
        for opt_out in [false, true] {
            let mut enricher = enricher(root.path(), &tags, |settings| {
                settings.unified = unified;
                settings.opt_out = opt_out;
            });
            enricher.begin(Some(PID), Time::from_secs(100));
            let none = OriginFields { cardinality: Some(b"none"), ..OriginFields::NONE };
            assert_eq!(words(enricher.tags(Tags::NONE, none).all()), ["zone:1"]);
            let tag = Tags::Text(b"dd.internal.card:none");
            assert_eq!(words(enricher.tags(tag, OriginFields::NONE).all()), ["zone:1"]);
        }
    }
}

#[test]
fn a_tagger_that_learns_something_is_asked_again_at_the_next_datagram() {
    let root = tempfile::tempdir().unwrap();
    machine(root.path());
    let tags = shared(table(|_| false));
    let mut enricher = enricher(root.path(), &tags, |_| {});
    let now = Time::from_secs(100);
    enricher.begin(Some(PID), now);
    assert_eq!(words(enricher.tags(Tags::NONE, OriginFields::NONE).of_origin()), ["from:global"]);
    tags.replace(table(|_| true));
    enricher.begin(Some(PID), now);
    assert_eq!(words(enricher.tags(Tags::NONE, OriginFields::NONE).of_origin()), ["from:socket", "from:global"]);
}

#[test]
fn claims_of_any_number_and_length_take_a_bounded_memory() {
    let root = tempfile::tempdir().unwrap();
    let tags = shared(table(|_| true));
    let mut enricher = enricher(root.path(), &tags, |_| {});
    let now = Time::from_secs(100);
    for claim in 0..3 * LIMIT {
        enricher.begin(None, now);
        let text = format!("ci-{claim:0width$}", width = if claim % 2 == 0 { 1 } else { 2 * KEY });
        let fields = OriginFields { local_data: Some(text.as_bytes()), ..OriginFields::NONE };
        assert_eq!(words(enricher.tags(Tags::NONE, fields).of_origin()), ["from:global"]);
        assert!(enricher.remembered.len() <= LIMIT);
    }
}

#[test]
fn a_process_that_is_not_visible_has_no_container() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("proc/0");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("cgroup"), format!("0::/docker/{SOCKET}\n")).unwrap();
    let tags = shared(table(|_| true));
    let mut enricher = enricher(root.path(), &tags, |_| {});
    enricher.begin(Some(0), Time::from_secs(100));
    assert_eq!(words(enricher.tags(Tags::NONE, OriginFields::NONE).of_origin()), ["from:global"]);
}
