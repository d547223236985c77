//! An answer as a kubelet gives it, and what becomes of it.

use super::*;
use crate::tagger::kubelet::pods::PodList;
use basenji::server::{SharedTags, Tagger};

const PODS: &str = include_str!("../../../tests/kubelet/pods.json");
const CART: &str = "8f0b6b1c-2a0d-4f7e-9a53-0c1d7a5f4f11";
const CART_CONTAINER: &str = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";
const MIGRATE_CONTAINER: &str = "34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376";

fn table(text: &str) -> TagTable {
    let pods: PodList = serde_json::from_str(text).unwrap();
    let mut table = TagTable::default();
    pods.items.iter().for_each(|pod| insert(pod, &mut table));
    table
}

/// The tags of exactly this cardinality, sorted.
fn at(table: &TagTable, entity: Entity<'_>, cardinality: Cardinality) -> Vec<String> {
    let below =
        [Cardinality::None, Low, Orchestrator, High].into_iter().take_while(|lower| *lower < cardinality).last();
    let tags = |cardinality| {
        let mut tags = Vec::new();
        assert!(table.tags(entity, cardinality, &mut |tag| tags.push(String::from_utf8_lossy(tag).into_owned())));
        tags
    };
    let lower = below.map(tags).unwrap_or_default();
    let mut tags: Vec<_> = tags(cardinality).into_iter().filter(|tag| !lower.contains(tag)).collect();
    tags.sort();
    tags
}

#[test]
fn a_pods_tags_are_the_agents() {
    let table = table(PODS);
    let pod = Entity::Pod(CART.as_bytes());
    assert_eq!(
        at(&table, pod, Low),
        [
            "env:prod",
            "kube_app_managed_by:Helm",
            "kube_app_name:cart",
            "kube_app_part_of:shop",
            "kube_deployment:cart",
            "kube_namespace:shop",
            "kube_ownerref_kind:replicaset",
            "kube_priority_class:business",
            "kube_qos:Burstable",
            "kube_replica_set:cart-7d9c8b5f4",
            "pod_phase:running",
            "service:cart",
            "team:till",
            "zones:a",
            "zones:b",
        ]
    );
    assert_eq!(at(&table, pod, Orchestrator), ["kube_ownerref_name:cart-7d9c8b5f4", "pod_name:cart-7d9c8b5f4-x2k8q"]);
    assert_eq!(at(&table, pod, High), ["build:77"]);
}

#[test]
fn a_container_has_its_pods_tags_and_its_own() {
    let table = table(PODS);
    let (pod, cart) = (Entity::Pod(CART.as_bytes()), Entity::Container(CART_CONTAINER.as_bytes()));
    let own = |cardinality| {
        let of_pod = at(&table, pod, cardinality);
        let all = at(&table, cart, cardinality);
        assert!(of_pod.iter().all(|tag| all.contains(tag)), "{of_pod:?} in {all:?}");
        all.into_iter().filter(|tag| !of_pod.contains(tag)).collect::<Vec<_>>()
    };
    assert_eq!(
        own(Low),
        [
            "image_id:example.com:5000/shop/cart@sha256:9f8e",
            "image_name:example.com:5000/shop/cart",
            "image_tag:4.2",
            "kube_container_name:cart",
            "short_image:cart",
            "tier:web",
            "version:4.2",
        ]
    );
    assert!(own(Orchestrator).is_empty());
    assert_eq!(
        own(High),
        [
            format!("container_id:{CART_CONTAINER}"),
            "container_name:cart".to_owned(),
            "display_container_name:cart_cart-7d9c8b5f4-x2k8q".to_owned(),
        ]
    );
}

#[test]
fn containers_are_found_by_the_pods_uid_and_their_name() {
    let tags = SharedTags::default();
    tags.replace(table(PODS));
    let found = |name: &str, init| tags.container(CART.as_bytes(), name.as_bytes(), init);
    assert_eq!(found("cart", false).as_deref(), Some(CART_CONTAINER));
    assert_eq!(found("migrate", true).as_deref(), Some(MIGRATE_CONTAINER));
    assert_eq!(found("migrate", false), None);
    assert_eq!(found("proxy", false), None, "it has not started");
}

#[test]
fn every_kind_of_owner_has_its_tags() {
    let table = table(PODS);
    let backup = Entity::Pod(b"0d5a6c8e-4f0c-4c46-9a64-b3b8f1f2a001");
    assert!(at(&table, backup, Low).contains(&"kube_cronjob:backup".to_owned()));
    assert!(at(&table, backup, Orchestrator).contains(&"kube_job:backup-28711200".to_owned()));
    let database = Entity::Pod(b"7c1f2f60-1111-4f6e-8a0d-1a2b3c4d5e6f");
    for tag in ["kube_stateful_set:db", "persistentvolumeclaim:data-db-0", "pod_phase:pending"] {
        assert!(at(&table, database, Low).contains(&tag.to_owned()), "{tag}");
    }
    let daemon = Entity::Pod(b"5e0e3a52-2222-4f6e-8a0d-1a2b3c4d5e6f");
    for tag in ["kube_daemon_set:basenji", "kube_runtime_class:gvisor"] {
        assert!(at(&table, daemon, Low).contains(&tag.to_owned()), "{tag}");
    }
    for (kind, name, tag) in [
        ("Deployment", "web", "kube_deployment:web"),
        ("ReplicationController", "web", "kube_replication_controller:web"),
        ("Job", "once", "kube_job:once"),
        ("ReplicaSet", "by-hand", "kube_replica_set:by-hand"),
        ("Rollout", "web", "kube_ownerref_kind:rollout"),
    ] {
        let pod =
            format!(r#"{{"metadata": {{"uid": "u", "ownerReferences": [{{"kind": "{kind}", "name": "{name}"}}]}}}}"#);
        let tags = at(&self::table(&format!(r#"{{"items": [{pod}]}}"#)), Entity::Pod(b"u"), Low);
        assert!(tags.contains(&tag.to_owned()), "{tag} in {tags:?}");
    }
}

#[test]
fn a_node_without_pods_has_no_tags() {
    for text in [r#"{"items": null}"#, r#"{"items": []}"#, "{}", r#"{"items": [{"metadata": {"name": "no-uid"}}]}"#] {
        assert!(table(text).is_empty(), "{text}");
    }
}
