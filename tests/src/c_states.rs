//! `tests/vectors/states.jsonl` as tables in C, which `ffi/tests/core/states.c` reads.

use std::fmt::Write as _;

use serde_json::Value;

use crate::vectors::folder;

const TYPES: &str = "\
struct bytes { const uint8_t *ptr; size_t len; };
struct part { const double *values; size_t len; double weight; };
struct texts { const char *const *texts; size_t len; };
struct sketch_vector { const struct part *parts; size_t nparts; uint64_t count; double p50; struct bytes states[5], kept[5]; };
struct uniques_vector { const struct texts *parts; size_t nparts; uint64_t count; struct bytes state; };
struct refused_vector { int32_t form; struct bytes input; int32_t code; size_t offset; };
";

/// The forms in the order of `bj_form`.
const FORMS: [&str; 5] = ["compact", "agent", "otlp", "prometheus", "clickhouse"];

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Bytes in hexadecimal as a struct.
fn bytes(value: &Value) -> String {
    let hex = value.as_str().unwrap_or_else(|| panic!("{value} is no text"));
    let list: String = hex.as_bytes().chunks(2).map(|two| format!("0x{},", two.escape_ascii())).collect();
    // An array of none is no C.
    format!("{{(const uint8_t[]){{{list}0}}, {}}}", hex.len() / 2)
}

/// A member as a C text, any byte of it.
fn text(member: &str) -> String {
    let bytes: String = member.bytes().map(|byte| format!("\\{byte:03o}")).collect();
    format!("\"{bytes}\"")
}

fn members(part: &Value) -> Vec<String> {
    let end = |key: &str| part[key].as_str().and_then(|text| text.rsplit_once('-'));
    match (end("first"), end("last")) {
        (Some((stem, first)), Some((_, last))) => {
            let number = |text: &str| text.parse::<u32>().expect("a number");
            (number(first)..=number(last)).map(|number| format!("{stem}-{number}")).collect()
        }
        _ => list(part).iter().filter_map(|member| member.as_str().map(str::to_owned)).collect(),
    }
}

/// The header.
pub fn tables() -> String {
    let path = folder().join("states.jsonl");
    let lines = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vectors: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (mut sketches, mut uniques, mut refused) = (String::new(), String::new(), String::new());
    for vector in &vectors {
        if vector["parts"].is_array() {
            let parts: String = list(&vector["parts"])
                .iter()
                .map(|part| {
                    let values: String = list(&part["values"]).iter().map(|value| format!("{value},")).collect();
                    format!("{{(const double[]){{{values}0}}, {}, {}}},", list(&part["values"]).len(), part["weight"])
                })
                .collect();
            let forms = |key: &str| FORMS.map(|form| bytes(&vector[key][form])).join(",");
            let (count, p50, parts_len) = (&vector["count"], &vector["p50"], list(&vector["parts"]).len());
            let _ = writeln!(
                sketches,
                "{{(const struct part[]){{{parts}}}, {parts_len}, {count}u, {p50}, {{{}}}, {{{}}}}},",
                forms("states"),
                forms("kept")
            );
        } else if vector["members"].is_array() {
            let parts: String = list(&vector["members"])
                .iter()
                .map(|part| {
                    let texts: Vec<String> = members(part).iter().map(|member| text(member)).collect();
                    format!("{{(const char *const[]){{{}, NULL}}, {}}},", texts.join(","), texts.len())
                        .replace("{, NULL", "{NULL")
                })
                .collect();
            let (count, parts_len) = (&vector["count"], list(&vector["members"]).len());
            let state = bytes(&vector["uniques"]);
            let _ = writeln!(uniques, "{{(const struct texts[]){{{parts}}}, {parts_len}, {count}u, {state}}},");
        } else {
            let form =
                FORMS.iter().position(|form| vector["form"] == *form).map_or("-1".to_owned(), |at| at.to_string());
            let (code, offset, input) = (&vector["code"], &vector["offset"], bytes(&vector["input_hex"]));
            let _ = writeln!(refused, "{{{form}, {input}, {code}, {offset}}},");
        }
    }
    format!(
        "{TYPES}static const struct sketch_vector sketch_vectors[] = {{\n{sketches}}};\n\
         static const struct uniques_vector uniques_vectors[] = {{\n{uniques}}};\n\
         static const struct refused_vector refused_vectors[] = {{\n{refused}}};\n"
    )
}
