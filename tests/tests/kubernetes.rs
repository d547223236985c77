//! The pages about Kubernetes are about the manifests: each name, path and piece of YAML in them is one of theirs, in both languages.

use std::fs;
use std::path::{Path, PathBuf};

use basenji_tests::bare::root;

/// Where the English page turns to something else.
const END: &str = "## Coming from another server";

/// The pages, and the heading from which on each is about Kubernetes.
const PAGES: [(&str, &str); 2] = [("agent/README.md", "## On a Kubernetes node"), ("agent/README.fr.md", "# Basenji")];

/// A block of code: its language and its lines.
type Block = (String, Vec<String>);

/// The commands and the YAML of a page, as far as it is about Kubernetes.
fn blocks((page, heading): (&str, &str)) -> Vec<Block> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let mut lines = text.lines().skip_while(|line| !line.starts_with(heading)).take_while(|line| *line != END);
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let code = lines.by_ref().take_while(|line| *line != "```").filter(|line| !is_comment(line));
            blocks.push((language.to_owned(), code.map(str::to_owned).collect()));
        }
    }
    blocks.retain(|(language, _)| ["sh", "yaml"].contains(&language.as_str()));
    blocks
}

/// Comments are in the language of their page, and are not compared.
fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// Every file below `agent/deploy/kubernetes`, with its lines that are no comments.
fn manifests() -> Vec<(PathBuf, Vec<String>)> {
    let mut waiting = vec![root().join("agent/deploy/kubernetes")];
    let mut files = Vec::new();
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                waiting.push(entry.path());
            } else {
                let text = fs::read_to_string(entry.path()).unwrap();
                let lines = text.lines().filter(|line| !is_comment(line)).map(str::to_owned).collect();
                files.push((entry.path(), lines));
            }
        }
    }
    files
}

#[test]
fn both_languages_have_the_same_commands_and_pieces_of_manifests() {
    // Where on the page each stands is for its language to decide.
    let [english, french] = PAGES.map(|page| {
        let mut blocks = blocks(page);
        blocks.sort();
        blocks
    });
    assert_eq!(english, french);
    assert!(english.len() >= 8, "{} blocks", english.len());
}

#[test]
fn every_piece_of_yaml_stands_in_a_manifest() {
    let manifests = manifests();
    for (_, lines) in blocks(PAGES[0]).into_iter().filter(|(language, _)| language == "yaml") {
        let is_in = |text: &[String]| text.windows(lines.len()).any(|window| window == lines);
        assert!(manifests.iter().any(|(_, text)| is_in(text)), "no manifest has\n{}", lines.join("\n"));
    }
}

#[test]
fn every_command_names_what_is_there() {
    let mut applied = 0;
    for line in blocks(PAGES[0]).into_iter().filter(|(language, _)| language == "sh").flat_map(|(_, lines)| lines) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["kubectl", "apply", "-k", path] => {
                assert!(root().join(path).join("kustomization.yaml").exists(), "{path}");
                applied += 1;
            }
            ["kubectl", "-n", namespace, .., "daemonset/basenji"]
            | [
                "kubectl",
                "-n",
                namespace,
                "logs",
                "daemonset/basenji",
                "--container",
                "basenji",
                "|",
                "grep",
                "heartbeat",
            ] => {
                assert!(has("base/namespace.yaml", &format!("  name: {namespace}")));
                assert!(
                    has("base/daemon-set.yaml", "  name: basenji")
                        && has("base/daemon-set.yaml", "        - name: basenji")
                );
                assert!(has(
                    "examples/socket/deployment.yaml",
                    r#"          args: ["send", "count", "heartbeat", "1", "--load", "1"]"#
                ));
            }
            ["podman", "build", "--file", file, "--tag", image, "."] => {
                assert!(root().join(file).exists(), "{file}");
                assert!(has(
                    "base/kustomization.yaml",
                    &format!("    newTag: {}", image.trim_start_matches("basenji:"))
                ));
            }
            ["kubectl", "create", "namespace", name] => assert!(has("base/namespace.yaml", &format!("  name: {name}"))),
            ["kubectl", "-n", "basenji", "create", "secret", "generic", name, literal] => {
                let component = "components/datadog/daemon-set.yaml";
                let key = literal.trim_start_matches("--from-literal=").split('=').next().unwrap_or_default();
                assert!(has(component, &format!("                  name: {name}")));
                assert!(has(component, &format!("                  key: {key}")));
            }
            _ => panic!("nobody checks {line:?}"),
        }
    }
    assert_eq!(applied, 5);
}

#[test]
fn every_object_in_the_table_is_in_a_manifest() {
    for (page, _) in PAGES {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let names = text.split('`').filter_map(|code| code.split_once("/basenji").filter(|(_, rest)| rest.is_empty()));
        let kinds: Vec<_> =
            names.map(|(kind, _)| kind).filter(|kind| kind.chars().all(char::is_alphanumeric)).collect();
        assert_eq!(
            kinds,
            ["Namespace", "DaemonSet", "ConfigMap", "ServiceAccount", "ClusterRole", "ClusterRoleBinding"],
            "{page}"
        );
    }
    for kind in ["Namespace", "DaemonSet", "ServiceAccount", "ClusterRole", "ClusterRoleBinding"] {
        let line = format!("kind: {kind}");
        assert!(manifests().iter().any(|(_, text)| text.contains(&line)), "{kind}");
    }
    assert!(has("base/kustomization.yaml", "configMapGenerator:"));
}

#[test]
fn every_link_of_the_french_page_leads_somewhere() {
    let page = root().join("agent/README.fr.md");
    let text = fs::read_to_string(&page).unwrap();
    for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(target.contains("://") || page.with_file_name(target).exists(), "{target}");
    }
}

#[test]
fn the_images_version_is_ours() {
    let tag = format!("    newTag: {}", env!("CARGO_PKG_VERSION"));
    for (path, text) in manifests() {
        assert!(text.iter().filter(|line| line.contains("newTag:")).all(|line| *line == tag), "{}", path.display());
    }
}

/// Whether a manifest has this line.
fn has(file: &str, line: &str) -> bool {
    let path = Path::new("agent/deploy/kubernetes").join(file);
    fs::read_to_string(root().join(&path)).unwrap().lines().any(|other| other == line)
}
