//! Events and service checks, one line each.

use basenji::core::wire::{Event, ServiceCheck, Status, Tags};

use super::style::Style;
use super::text::printable;
use crate::json::{Lossy, Unescaped, sorted};

/// `14:02:11  event error  Deploy failed: rolled back  env:prod`
pub(super) fn event(event: &Event<'_>, colours: bool) -> String {
    let what = match event.alert_type.name() {
        "info" => "event".to_owned(),
        alert => format!("event {alert}"),
    };
    let text = printable(Unescaped(event.text));
    let title = printable(Unescaped(event.title));
    let title = if text.is_empty() { title } else { format!("{title}: {text}") };
    line(event.timestamp, &what, event.alert_type.name() == "error", &title, event.tags, colours)
}

/// `14:02:11  check critical  db.up: no answer  env:prod`
pub(super) fn service_check(check: &ServiceCheck<'_>, colours: bool) -> String {
    let name = printable(Lossy(check.name));
    let text = match check.message {
        Some(message) => format!("{name}: {}", printable(Lossy(message))),
        None => name,
    };
    let what = format!("check {}", check.status.name());
    line(check.timestamp, &what, check.status == Status::Critical, &text, check.tags, colours)
}

fn line(timestamp: Option<i64>, what: &str, is_alarm: bool, text: &str, tags: Tags<'_>, colours: bool) -> String {
    let time = clock(timestamp.unwrap_or_default());
    let what = if is_alarm { Style::Alarm } else { Style::Strong }.paint(what, colours);
    let tags = Style::Faint.paint(&printable(sorted(tags).join(",")), colours);
    format!("{time}  {what}  {text}  {tags}").trim_end().to_owned() + "\n"
}

/// Hours, minutes and seconds of a day in UTC.
pub(super) fn clock(seconds: i64) -> String {
    let seconds = seconds.rem_euclid(86400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_and_a_check_are_a_line_each() {
        let failed = Event::parse(b"_e{6,5}:Deploy|a\\nb\x1b|d:50531|t:error|#b,a").expect("an event");
        assert_eq!(event(&failed, false), "14:02:11  event error  Deploy: a\\nb\\u{1b}  a,b\n");
        let down = ServiceCheck::parse(b"_sc|db.up|2|d:50531|m:no answer").expect("a check");
        assert_eq!(service_check(&down, false), "14:02:11  check critical  db.up: no answer\n");
    }
}
