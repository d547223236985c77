//! The tags of containers and pods in a file, for nodes without a kubelet and for tests:
//!
//! ```yaml
//! global:
//!   low: [kube_cluster_name:prod]
//! containers:
//!   3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860:
//!     low: [service:cart]
//!     high: [container_id:3726184226f5]
//! pods:
//!   8f0b6b1c-2a0d-4f7e-9a53-0c1d7a5f4f11:
//!     low: [kube_namespace:shop]
//!     orchestrator: [pod_name:cart-1]
//!     containers: {cart: 3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860}
//!     init_containers: {}
//! ```
//!
//! It is read again within a second after it has changed. If it is wrong then, the tags stay as they were.

use std::fs;
use std::path::Path;
use std::time::Duration;

use basenji::core::wire::Cardinality;
use basenji::server::{Entity, SharedTags, TagTable};
use tracing::info;

use super::watch::{self, Trouble};
use crate::config::{Bad, Entry, Node, Shape};
use crate::failure::{Failure, reason};

/// How often the file is checked.
const PAUSE: Duration = Duration::from_secs(1);

/// The sentence for an invalid file.
pub(super) fn failure(path: &Path, problem: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{}: {problem}", path.display()))
}

/// Reads the file, and again whenever it changes.
///
/// # Errors
///
/// It cannot be read, or something in it is wrong.
pub(super) fn follow(path: &Path) -> Result<SharedTags, Failure> {
    let tags = SharedTags::default();
    let (mut text, path) = (read(path)?, path.to_owned());
    tags.replace(parse(&text).map_err(|problem| failure(&path, problem))?);
    info!("the tags of {} containers and pods are known from {}", tags.table().len(), path.display());
    let shared = tags.clone();
    let mut trouble = Trouble::default();
    let look = move || {
        let new = match read(&path) {
            Ok(new) if new == text => return,
            Ok(new) => new,
            Err(failure) => {
                // When the file is there again, its content counts as new.
                text.clear();
                return trouble.is(format!("{failure}; the tags stay as they were"));
            }
        };
        match parse(&new) {
            Ok(table) => {
                trouble.is_over(&path.display().to_string());
                shared.replace(table);
                info!("the tags of {} containers and pods are known from {}", shared.table().len(), path.display());
            }
            Err(problem) => trouble.is(format!("{}: {problem}; the tags stay as they were", path.display())),
        }
        text = new;
    };
    watch::every(PAUSE, "basenji-tags", look)
        .map_err(|error| Failure::new(format!("cannot start a thread: {}", reason(&error))))?;
    Ok(tags)
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read {}: {}", path.display(), reason(&error))))
}

/// The tags in `text`; an error names its line.
fn parse(text: &str) -> Result<TagTable, String> {
    table(text).map_err(|Bad { line, problem }| format!("line {line}: {problem}"))
}

fn table(text: &str) -> Result<TagTable, Bad> {
    let mut table = TagTable::default();
    for section in Node::parse(text)?.entries()? {
        match section.key.as_str() {
            "global" => entity(&mut table, Entity::Global, section.value.entries()?)?,
            "containers" => {
                for container in section.value.entries()? {
                    let id = Entity::Container(container.key.as_bytes());
                    entity(&mut table, id, container.value.entries()?)?;
                }
            }
            "pods" => {
                for pod in section.value.entries()? {
                    let (names, tags): (Vec<_>, Vec<_>) =
                        pod.value.entries()?.iter().partition(|entry| entry.key.ends_with("containers"));
                    entity(&mut table, Entity::Pod(pod.key.as_bytes()), tags)?;
                    for entry in names {
                        containers(&mut table, &pod.key, entry)?;
                    }
                }
            }
            other => return Err(unknown(section, other, "global, containers or pods")),
        }
    }
    Ok(table)
}

/// The tags of one entity, by cardinality.
fn entity<'n>(
    table: &mut TagTable,
    entity: Entity<'_>,
    entries: impl IntoIterator<Item = &'n Entry>,
) -> Result<(), Bad> {
    table.insert_entity(entity);
    for entry in entries {
        let cardinality = Cardinality::parse(entry.key.as_bytes())
            .filter(|cardinality| *cardinality != Cardinality::None)
            .ok_or_else(|| unknown(entry, &entry.key, "low, orchestrator or high"))?;
        let Shape::List(tags) = &entry.value.shape else {
            return Err(entry.value.bad(format_args!("expected a list of tags, found {}", entry.value.kind())));
        };
        for tag in tags {
            match &tag.shape {
                Shape::Text(text) if !text.is_empty() && !text.contains([',', '|', '\n']) => {
                    table.insert(entity, cardinality, text);
                }
                _ => return Err(tag.bad("a tag is text without a comma, a | and a line end")),
            }
        }
    }
    Ok(())
}

/// The names of a pod's containers.
fn containers(table: &mut TagTable, pod: &str, entry: &Entry) -> Result<(), Bad> {
    let init = match entry.key.as_str() {
        "containers" => false,
        "init_containers" => true,
        other => return Err(unknown(entry, other, "containers or init_containers")),
    };
    for container in entry.value.entries()? {
        let Shape::Text(id) = &container.value.shape else {
            return Err(container.value.bad("expected the ID of a container"));
        };
        table.name_container(pod, &container.key, init, id);
    }
    Ok(())
}

fn unknown(entry: &Entry, found: &str, expected: &str) -> Bad {
    Bad { line: entry.line, problem: format!("expected {expected}, found '{found}'") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use basenji::server::Tagger;

    /// The example at the top of this file.
    fn example() -> String {
        let text = include_str!("file.rs");
        let lines = text.lines().skip_while(|line| !line.ends_with("```yaml")).skip(1);
        lines.take_while(|line| !line.ends_with("```")).map(|line| format!("{}\n", &line["//! ".len()..])).collect()
    }

    fn tags(table: &TagTable, entity: Entity<'_>, cardinality: Cardinality) -> Vec<String> {
        let mut tags = Vec::new();
        table.tags(entity, cardinality, &mut |tag| tags.push(String::from_utf8_lossy(tag).into_owned()));
        tags
    }

    #[test]
    fn the_example_is_the_readmes_and_is_read() {
        assert!(include_str!("../../README.md").contains(&format!("```text\n{}```\n", example())));
        let table = parse(&example()).unwrap();
        let id = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";
        let pod = "8f0b6b1c-2a0d-4f7e-9a53-0c1d7a5f4f11";
        assert_eq!(tags(&table, Entity::Global, Cardinality::High), ["kube_cluster_name:prod"]);
        assert_eq!(tags(&table, Entity::Container(id.as_bytes()), Cardinality::Low), ["service:cart"]);
        assert_eq!(
            tags(&table, Entity::Container(id.as_bytes()), Cardinality::High),
            ["service:cart", "container_id:3726184226f5"]
        );
        assert_eq!(
            tags(&table, Entity::Pod(pod.as_bytes()), Cardinality::Orchestrator),
            ["kube_namespace:shop", "pod_name:cart-1"]
        );
        assert_eq!(table.len(), 2);
        let shared = SharedTags::default();
        shared.replace(table);
        assert_eq!(shared.container(pod.as_bytes(), b"cart", false).as_deref(), Some(id));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, sentence) in [
            ("pod: {}", "line 1: expected global, containers or pods, found 'pod'"),
            ("global:\n  none: [a:b]", "line 2: expected low, orchestrator or high, found 'none'"),
            ("global:\n  low: a:b", "line 2: expected a list of tags, found a plain value"),
            (
                "containers:\n  c1:\n    low:\n      - a:b\n      - 'a,b'",
                "line 5: a tag is text without a comma, a | and a line end",
            ),
            (
                "pods:\n  p1:\n    sidecar_containers: {}",
                "line 3: expected containers or init_containers, found 'sidecar_containers'",
            ),
            ("pods:\n  p1:\n    containers: {web: []}", "line 3: expected the ID of a container"),
            ("- a", "line 1: expected keys with values, found a list"),
        ] {
            assert_eq!(parse(text).unwrap_err(), sentence);
        }
    }
}
