//! Go's own answers, recorded and, where there is a Go, fresh ones from another seed.

use std::process::Command;

use serde_json::Value;

use super::*;

/// The template of `tests/go/expressions.go`.
const TEMPLATE: &str = "$0;$1;${2}x;$2x;$n;$é;$$1;$;$01;${1";

/// Bytes that are written as letters of Latin-1.
fn bytes(text: &Value) -> Vec<u8> {
    let letters = text.as_str().expect("a text").chars();
    letters.map(|letter| u8::try_from(u32::from(letter)).expect("a byte")).collect()
}

/// What differs from one line of answers.
fn difference(line: &str) -> Option<String> {
    let answers: Vec<Value> = serde_json::from_str(line).expect("JSON");
    let pattern = String::from_utf8(bytes(&answers[0])).expect("expressions are UTF-8");
    let expression = Expression::new(&pattern);
    let is_accepted = answers.len() > 1;
    match (&expression, is_accepted) {
        (Err(_), false) => return None,
        (Ok(_), true) => {}
        (Ok(_), false) => return Some(format!("{pattern:?} is accepted here, and refused by Go")),
        (Err(why), true) => return Some(format!("{pattern:?} is refused here: {why}")),
    }
    let expression = expression.ok()?;
    answers[1..].chunks(2).find_map(|pair| {
        let text = bytes(&pair[0]);
        let expected = (!pair[1].is_null()).then(|| bytes(&pair[1]));
        let found = expression.find(&text).map(|found| {
            let mut out = Vec::new();
            found.expand(TEMPLATE, &mut out);
            out
        });
        let shown = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| bytes.escape_ascii().to_string());
        (found != expected).then(|| {
            let text = text.escape_ascii();
            format!("{pattern:?} on '{text}': {:?} here, {:?} in Go", shown(&found), shown(&expected))
        })
    })
}

/// Panics with the first few differences.
fn compare(answers: &str) -> usize {
    let differences: Vec<_> = answers.lines().filter_map(difference).collect();
    let first = &differences[..differences.len().min(20)];
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), first.join("\n"));
    answers.lines().count()
}

#[test]
fn expressions_are_accepted_and_match_as_go_has_recorded() {
    assert!(compare(include_str!("../../../tests/go/expressions.jsonl")) >= 2000);
}

#[test]
fn expressions_are_accepted_and_match_as_gos_regexp_says_now() {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/go/expressions.go");
    let seed = std::process::id().to_string();
    let Ok(output) = Command::new("go").args(["run", program, &seed, "3000"]).output() else {
        println!("skipped: there is no go");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("seed {seed}");
    assert_eq!(compare(str::from_utf8(&output.stdout).expect("JSON is UTF-8")), 3000);
}

#[test]
fn an_expression_that_would_need_too_much_is_refused() {
    let deep = format!("{}a{}", "(".repeat(2000), ")".repeat(2000));
    assert!(Expression::new(&deep).is_err_and(|why| why.starts_with("groups nested too deep")));
    let large = r"(\pL{100}){10}".repeat(50);
    assert!(Expression::new(&large).is_err_and(|why| why.starts_with("the expression is too large")));
}
