//! Pages of documentation that are run: their fenced blocks, the commands in them, and what they show.
//!
//! In what is shown, `...` stands for anything, and blanks for any number of blanks.

/// A fenced block.
#[derive(Debug)]
pub struct Block<'a> {
    /// What stands behind the fence.
    pub language: &'a str,
    /// What stands in it.
    pub lines: Vec<&'a str>,
}

/// The fenced blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            blocks.push(Block { language, lines: lines.by_ref().take_while(|line| *line != "```").collect() });
        }
    }
    blocks
}

/// The commands of a `console` block, without their comments, each with the lines below it.
///
/// # Panics
///
/// It begins with something else.
pub fn commands<'a>(lines: &[&'a str]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command.split("  # ").next().unwrap().trim_end(), Vec::new())),
            None => commands.last_mut().expect("a block begins with a command").1.push(line),
        }
    }
    commands
}

/// Fails unless the lines of `shown` are found in `printed`, in order.
///
/// # Panics
///
/// They are not: `who` does not print it.
pub fn expect(who: &str, shown: &[&str], printed: &str) {
    let mut lines = printed.lines();
    for line in shown {
        assert!(lines.any(|printed| is_shown_as(printed, line)), "{who} does not print {line:?}, but\n{printed}");
    }
}

/// Whether `printed` is what `shown` says, where `...` stands for anything and blanks for blanks.
fn is_shown_as(printed: &str, shown: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let printed = words(printed);
    let mut rest = printed.as_str();
    let shown = words(shown);
    let mut parts = shown.split("...").peekable();
    let mut anywhere = false;
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let found = match (anywhere, is_last && !part.is_empty()) {
            (false, _) => rest.starts_with(part).then_some(0),
            (true, true) => rest.ends_with(part).then(|| rest.len() - part.len()),
            (true, false) => rest.find(part),
        };
        let Some(at) = found else { return false };
        rest = &rest[at + part.len()..];
        anywhere = true;
    }
    rest.is_empty() || shown.ends_with("...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checker_tells_what_is_shown_from_what_is_not() {
        assert!(is_shown_as("a   b", "a b"));
        assert!(is_shown_as("12:00 UTC   1 series", "... UTC 1 series"));
        assert!(is_shown_as("page.views  count  1   ##", "page.views count 1 ..."));
        assert!(!is_shown_as("a b c", "a b"));
        assert!(!is_shown_as("b", "a"));
        assert!(!is_shown_as("a c", "a ... b"));
        let transcript = ["$ one  # says it", "1", "$ two | three '#x'"];
        assert_eq!(commands(&transcript), [("one", vec!["1"]), ("two | three '#x'", vec![])]);
    }
}
