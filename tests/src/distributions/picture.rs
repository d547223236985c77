//! Bars on a logarithmic scale, as SVG, that are light or dark as the reader's page.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::Value;

use super::page::{grouped, percent, title};
use super::record::NAMES;
use crate::bare::root;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328}.h{font-weight:600}.s{fill:#59636e}.a{fill:#2f6fde}.b{fill:#d1762b}.g{stroke:#d1d9e0}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9198a1}.a{fill:#6ea0ff}.b{fill:#f0a35e}.g{stroke:#3d444d}}";

/// Where bars begin, and how far they may reach.
const LEFT: f64 = 360.0;
const WIDTH: f64 = 330.0;

/// The pictures of a record, each with its file.
pub fn all(record: &Value) -> Vec<(PathBuf, String)> {
    let rows = |key: &str| record[key].as_array().expect("the record has rows").iter();
    let million = |what: fn(&Value) -> f64| {
        let rows = rows("clients").filter(|row| row["samples"] == 1_000_000);
        rows.map(|row| Bar { label: title(row).into(), value: what(row), is_ours: row["client"] == "basenji" })
            .collect::<Vec<_>>()
    };
    let fleet = NAMES[..4].iter().map(|name| {
        let bar = |row: &Value| {
            let way = row["way"].as_str().unwrap_or_default();
            let is_ours = way.starts_with("sketches") || way.starts_with("native");
            Bar { label: way.into(), value: row[*name].as_f64().unwrap_or_default(), is_ours }
        };
        (format!("{name} of all samples of twenty hosts"), rows("fleet").map(bar).collect::<Vec<_>>())
    });
    let worst = NAMES[..4].iter().map(|name| {
        let bars = rows("clients").filter(|row| row["samples"] == 100_000).map(|row| Bar {
            label: title(row).into(),
            value: row[*name][1].as_f64().unwrap_or_default(),
            is_ours: row["client"] == "basenji",
        });
        (format!("{name} of 100,000 samples, the worst run"), bars.collect::<Vec<_>>())
    });
    let off = Scale { name: "off by", least: 0.01, most: 1000.0, shown: percent };
    let bytes = Scale { name: "bytes on the wire", least: 1e3, most: 1e8, shown: grouped };
    let sent = vec![(
        "a million samples of one context in one flush".to_owned(),
        million(|row| row["bytes"].as_f64().unwrap_or_default()),
    )];
    let path = |name: &str| root().join("docs/pictures").join(name);
    vec![
        (path("distributions-clients.svg"), drawn(&off, &worst.collect::<Vec<_>>())),
        (path("distributions-bytes.svg"), drawn(&bytes, &sent)),
        (path("distributions-fleet.svg"), drawn(&off, &fleet.collect::<Vec<_>>())),
    ]
}

struct Bar {
    label: String,
    value: f64,
    is_ours: bool,
}

struct Scale {
    name: &'static str,
    least: f64,
    most: f64,
    shown: fn(f64) -> String,
}

impl Scale {
    /// How long the bar of a value is.
    fn length(&self, value: f64) -> f64 {
        (value.clamp(self.least, self.most) / self.least).ln() / (self.most / self.least).ln() * WIDTH
    }
}

fn drawn(scale: &Scale, groups: &[(String, Vec<Bar>)]) -> String {
    let mut body = String::new();
    let mut y = 20.0;
    for (heading, bars) in groups {
        let unit = format!("{}, logarithmic", scale.name);
        let _ = writeln!(
            body,
            r#"<text class="h" x="10" y="{y}">{heading}</text><text class="s" x="{LEFT}" y="{y}">{unit}</text>"#
        );
        let top = y + 8.0;
        for Bar { label, value, is_ours } in bars {
            y += 22.0;
            let (length, class) = (scale.length(*value), if *is_ours { "a" } else { "b" });
            let _ = writeln!(
                body,
                r#"<text x="10" y="{y}">{label}</text><rect class="{class}" x="{LEFT}" y="{}" width="{length:.1}" height="14"/>"#,
                y - 11.0
            );
            let _ = writeln!(
                body,
                r#"<text class="s" x="{:.1}" y="{y}">{}</text>"#,
                LEFT + length + 6.0,
                (scale.shown)(*value)
            );
        }
        let _ = writeln!(body, r#"<path class="g" d="M{LEFT} {top}V{}"/>"#, y + 6.0);
        y += 34.0;
    }
    let height = y - 16.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 780 {height}\" width=\"780\" height=\"{height}\" role=\"img\">\n<style>{STYLE}</style>\n{body}</svg>\n"
    )
}
