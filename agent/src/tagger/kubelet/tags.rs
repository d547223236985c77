//! From pods to tags: names and cardinalities are the Agent's, as far as the kubelet knows what they tell. `kube_service`
//! is not among them, since only the API server knows services.

use basenji::core::wire::Cardinality::{self, High, Low, Orchestrator};
use basenji::server::{Entity, TagTable};
use serde_json::Value;

use super::names::{cron_job_of, deployment_of, image};
use super::pods::{Container, ContainerStatus, Metadata, Owner, Pod};

/// Tags from labels of a pod.
const LABELS: [(&str, &str); 9] = [
    ("tags.datadoghq.com/env", "env"),
    ("tags.datadoghq.com/service", "service"),
    ("tags.datadoghq.com/version", "version"),
    ("app.kubernetes.io/name", "kube_app_name"),
    ("app.kubernetes.io/instance", "kube_app_instance"),
    ("app.kubernetes.io/version", "kube_app_version"),
    ("app.kubernetes.io/component", "kube_app_component"),
    ("app.kubernetes.io/part-of", "kube_app_part_of"),
    ("app.kubernetes.io/managed-by", "kube_app_managed_by"),
];

/// The tags that name a service, and the variables of a container that say them.
const STANDARD: [(&str, &str); 3] = [("env", "DD_ENV"), ("service", "DD_SERVICE"), ("version", "DD_VERSION")];

/// Tags with their cardinality.
type Tags = Vec<(Cardinality, String)>;

/// Enters a pod and its containers.
pub(super) fn insert(pod: &Pod, table: &mut TagTable) {
    let uid = pod.metadata.uid.as_str();
    if uid.is_empty() {
        return;
    }
    let of_pod = of_pod(pod);
    enter(table, Entity::Pod(uid.as_bytes()), &of_pod);
    let (spec, status) = (&pod.spec, &pod.status);
    for (containers, statuses, init) in [
        (&spec.containers, &status.container_statuses, false),
        (&spec.init_containers, &status.init_container_statuses, true),
        (&spec.ephemeral_containers, &status.ephemeral_container_statuses, false),
    ] {
        for status in statuses {
            let Some(id) = status.id() else { continue };
            let container = containers.iter().find(|container| container.name == status.name);
            let mut tags = of_pod.clone();
            of_container(&pod.metadata, container, status, &mut tags);
            tags.push((High, format!("container_id:{id}")));
            enter(table, Entity::Container(id.as_bytes()), &tags);
            table.name_container(uid, &status.name, init, id);
        }
    }
}

fn enter(table: &mut TagTable, entity: Entity<'_>, tags: &Tags) {
    table.insert_entity(entity);
    tags.iter().for_each(|(cardinality, tag)| table.insert(entity, *cardinality, tag));
}

/// Adds `key:value`, unless there is no value.
fn add(tags: &mut Tags, cardinality: Cardinality, key: &str, value: &str) {
    if !value.is_empty() {
        tags.push((cardinality, format!("{key}:{value}")));
    }
}

fn of_pod(pod: &Pod) -> Tags {
    let Pod { metadata, spec, status } = pod;
    let mut tags = Tags::new();
    add(&mut tags, Orchestrator, "pod_name", &metadata.name);
    add(&mut tags, Low, "kube_namespace", &metadata.namespace);
    add(&mut tags, Low, "pod_phase", &status.phase.to_lowercase());
    add(&mut tags, Low, "kube_priority_class", &spec.priority_class_name);
    add(&mut tags, Low, "kube_qos", &status.qos_class);
    add(&mut tags, Low, "kube_runtime_class", &spec.runtime_class_name);
    for (label, key) in LABELS {
        add(&mut tags, Low, key, metadata.labels.get(label).map_or("", String::as_str));
    }
    let annotation = |name: &str| metadata.annotations.get(name).map_or("", String::as_str);
    add(&mut tags, Low, "oshift_deployment_config", annotation("openshift.io/deployment-config.name"));
    add(&mut tags, Orchestrator, "oshift_deployment", annotation("openshift.io/deployment.name"));
    annotated(metadata, "ad.datadoghq.com/tags", &mut tags);
    for owner in &metadata.owner_references {
        of_owner(pod, owner, &mut tags);
    }
    tags
}

fn of_owner(pod: &Pod, owner: &Owner, tags: &mut Tags) {
    let name = owner.name.as_str();
    add(tags, Low, "kube_ownerref_kind", &owner.kind.to_lowercase());
    add(tags, Orchestrator, "kube_ownerref_name", name);
    match owner.kind.as_str() {
        "Deployment" => add(tags, Low, "kube_deployment", name),
        "DaemonSet" => add(tags, Low, "kube_daemon_set", name),
        "ReplicationController" => add(tags, Low, "kube_replication_controller", name),
        "StatefulSet" => {
            add(tags, Low, "kube_stateful_set", name);
            for claim in pod.spec.volumes.iter().filter_map(|volume| volume.persistent_volume_claim.as_ref()) {
                add(tags, Low, "persistentvolumeclaim", &claim.claim_name);
            }
        }
        "Job" => match cron_job_of(name) {
            Some(cron_job) => {
                add(tags, Orchestrator, "kube_job", name);
                add(tags, Low, "kube_cronjob", cron_job);
            }
            None => add(tags, Low, "kube_job", name),
        },
        "ReplicaSet" => {
            if let Some(deployment) = deployment_of(name) {
                add(tags, Low, "kube_deployment", deployment);
                if pod.metadata.labels.contains_key("rollouts-pod-template-hash") {
                    add(tags, Low, "kube_argo_rollout", deployment);
                }
            }
            add(tags, Low, "kube_replica_set", name);
        }
        _ => {}
    }
}

fn of_container(pod: &Metadata, container: Option<&Container>, status: &ContainerStatus, tags: &mut Tags) {
    let name = status.name.as_str();
    add(tags, Low, "kube_container_name", name);
    add(tags, High, "container_name", name);
    add(tags, High, "display_container_name", &format!("{name}_{}", pod.name));
    if let Some(image) = container.and_then(|container| image(&container.image)) {
        add(tags, Low, "image_name", image.name);
        add(tags, Low, "short_image", image.short);
        add(tags, Low, "image_tag", image.tag);
    }
    add(tags, Low, "image_id", &status.image_id);
    for (key, variable) in STANDARD {
        let label = pod.labels.get(&format!("tags.datadoghq.com/{name}.{key}"));
        add(tags, Low, key, label.map_or("", String::as_str));
        let variables = container.into_iter().flat_map(|container| &container.env);
        let said = variables.filter(|said| said.name == variable).map(|said| said.value.as_str()).next_back();
        add(tags, Low, key, said.unwrap_or_default());
    }
    annotated(pod, &format!("ad.datadoghq.com/{name}.tags"), tags);
}

/// The tags of an annotation, a JSON object: a value or a list of values by key. A `+` in front of a key means high
/// cardinality. What is neither text nor number nor truth is passed over, and so is what is not JSON.
fn annotated(pod: &Metadata, annotation: &str, tags: &mut Tags) {
    let Some(Ok(Value::Object(said))) = pod.annotations.get(annotation).map(|text| serde_json::from_str(text)) else {
        return;
    };
    for (key, value) in said {
        let (cardinality, key) = key.strip_prefix('+').map_or((Low, key.as_str()), |key| (High, key));
        for value in value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice) {
            match value {
                Value::String(text) => add(tags, cardinality, key, text),
                Value::Number(_) | Value::Bool(_) => add(tags, cardinality, key, &value.to_string()),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
#[path = "tags_tests.rs"]
mod tests;
