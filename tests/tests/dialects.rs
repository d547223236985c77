//! Each dialect writes its peer's bytes, except where they would tear a line apart; ours writes what every server reads as it was meant.

use basenji_core::client::clean::{clean, rule};
use basenji_core::wire::WriteError;
use basenji_tests::bare::root;
use basenji_tests::skip::skip;
use basenji_tests::sources::all_sources;
use basenji_tests::{check, vectors};
use proptest::collection::vec;
use proptest::prelude::*;
use std::fs;
use std::process::Command;

const NEWLINE: &str = "the peer's newline tears the line apart";
const UTF_16: &str = "the peer counts UTF-16 units, which makes the event malformed";

/// The bytes of peers that we do not write, and why.
const DIFFERENCES: [(&str, &str, &str); 13] = [
    ("datadogpy", "m:1|c|e: it|x\n", NEWLINE),
    ("datadogpy", "_e{1,1}:t|x|h:h|1|k:k|2\n", NEWLINE),
    ("hot-shots", "a.b:u|1\n:x|s", NEWLINE),
    ("hot-shots", "a.b:x|y\nz|g", NEWLINE),
    ("hot-shots", "_e{5,7}:tïtre|café 日本", UTF_16),
    ("hot-shots", "_e{5,2}:emoji|😀", UTF_16),
    ("hot-shots", "_e{1,1}:t|x|h:h|1\n", NEWLINE),
    ("hot-shots", "_sc|my.check|2|d:1713804588|h:h|#a:1|m:all m: bad\nnow", NEWLINE),
    ("datadog-go", "a.b:u|1:x\ny|s", NEWLINE),
    ("datadog-go", "a\nb:1|c", NEWLINE),
    ("datadog-go", "_e{3,1}:a\nb|c", NEWLINE),
    ("datadog-go", "_e{3,1}:a\nb|c|#g:1|e:it-false,cnx|card:low", NEWLINE),
    ("datadog-go", "_e{3,1}:a\nb|c|#g:1|c:cid|e:it-false,cnx|card:low", NEWLINE),
];

#[test]
fn each_call_gives_the_line_of_its_vector() {
    let mut failures = Vec::new();
    for vector in vectors::client_lines() {
        let (line, refused) = match vector.write() {
            Ok(line) => (Some(String::from_utf8(line).expect("UTF-8 in, UTF-8 out")), None),
            Err(WriteError::Refused { part, .. }) => (None, Some(part.name().to_owned())),
            Err(WriteError::Full) => (None, None),
        };
        let expected = vector.line.map(|line| line + "\n");
        if (&line, &refused) != (&expected, &vector.refused) {
            failures.push(format!("{}\n  expected {expected:?}\n       got {line:?}, {refused:?}", vector.name));
        }
    }
    assert!(failures.is_empty(), "{} vectors fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn a_dialect_differs_from_its_peer_only_where_the_list_says_so() {
    let listed = |vector: basenji_tests::calls::ClientLine| {
        let (peer, reason) = vector.peer?;
        Some((vector.dialect.name.to_owned(), peer, reason))
    };
    let differences: Vec<_> = vectors::client_lines().into_iter().filter_map(listed).collect();
    let expected = DIFFERENCES.map(|(dialect, peer, reason)| (dialect.to_owned(), peer.to_owned(), reason.to_owned()));
    assert_eq!(differences, expected);
}

#[test]
fn the_documentation_tells_each_difference() {
    let cell = |text: &str| format!("{text:?}").trim_matches('"').replace('|', "\\|");
    let listed = |vector: basenji_tests::calls::ClientLine| {
        let ((peer, reason), line) = (vector.peer?, vector.line?);
        Some(format!("| {} | `{}` | `{}` | {reason} |", vector.dialect.name, cell(&peer), cell(&line)))
    };
    let expected: Vec<_> = vectors::client_lines().into_iter().filter_map(listed).collect();
    assert_eq!(table("core/README.md", "| peer | it writes | the dialect writes | because |"), expected);
}

#[test]
fn each_difference_of_the_client_from_its_peers_is_shown_by_a_test() {
    let sources =
        ["core/src", "hosted/src", "hosted/tests"].map(|directory| all_sources(&root().join(directory)).concat());
    let rows = table("hosted/README.md", "| the peer | ours | shown by the test |");
    assert!(!rows.is_empty());
    for row in rows {
        let test = row.rsplit('`').nth(1).expect("the name of a test");
        let is_there = sources.iter().any(|source| source.contains(&format!("fn {test}(")));
        assert!(is_there, "there is no test {test}");
    }
}

/// The rows of the table with this head on a page.
fn table(page: &str, head: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).expect("a page");
    let (_, rest) = text.split_once(head).expect("a table with this head");
    rest.lines().skip(2).take_while(|line| line.starts_with('|')).map(str::to_owned).collect()
}

#[test]
fn datadogpys_tags_keep_what_python_keeps() {
    let script = "import re, sys, unicodedata\n\
        print(unicodedata.unidata_version)\n\
        keep = re.compile(r'[^\\w\\d_\\-:/\\.]', re.UNICODE)\n\
        for code in range(0x110000):\n\
        \x20   if not 0xD800 <= code <= 0xDFFF and not keep.match(chr(code)): print(code)";
    let Ok(output) = Command::new("python3").args(["-I", "-c", script]).output() else {
        return skip("python3 is not installed");
    };
    let output = String::from_utf8(output.stdout).expect("numbers");
    let Some(("14.0.0", kept)) = output.split_once('\n') else {
        return skip("python3 is not 3.11, whose Unicode the table has");
    };
    let kept: Vec<u32> = kept.lines().map(|line| line.parse().expect("a number")).collect();
    let ours = |character: &char| rule::python_tag(character.encode_utf8(&mut [0; 4]).as_bytes()).is_none();
    let ours: Vec<u32> = ('\0'..=char::MAX).filter(ours).map(u32::from).collect();
    assert_eq!(ours.len(), kept.len());
    assert!(ours == kept, "{:?}", ours.iter().zip(&kept).find(|(ours, kept)| ours != kept));
}

fn calls() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..160)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_call_is_one_line_in_every_dialect(bytes in calls()) {
        check::a_call_is_one_line(&bytes);
    }

    #[test]
    fn a_call_in_our_dialect_is_one_message_with_the_cleaned_parts(bytes in calls()) {
        check::a_safe_call_is_one_message(&bytes);
    }

    #[test]
    fn a_call_in_a_dialect_made_safe_is_one_message_or_is_refused(bytes in calls()) {
        check::a_call_in_a_dialect_made_safe_is_one_message(&bytes);
    }

    #[test]
    fn python_replaces_one_character_by_one(text in "\\PC{0,20}") {
        let cleaned: Vec<u8> = clean(text.as_bytes(), rule::python_tag).flatten().copied().collect();
        let cleaned = String::from_utf8(cleaned).expect("UTF-8 in, UTF-8 out");
        prop_assert_eq!(cleaned.chars().count(), text.chars().count());
        prop_assert!(cleaned.chars().zip(text.chars()).all(|(ours, theirs)| ours == theirs || ours == '_'));
    }
}
