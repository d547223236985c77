#![doc = include_str!("precedence.md")]

use super::claims::EntityId;
use super::settings::OriginSettings;

/// A container or pod whose tags a message can get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// The container of the process that the kernel names.
    Socket,
    /// The container of `c:`.
    Local,
    /// The container of `e:`.
    ExternalContainer,
    /// The pod of the entity id.
    Pod,
    /// The pod of `e:`.
    ExternalPod,
}

/// How many of those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// Every one.
    All,
    /// The first one that the tagger knows.
    First,
}

/// Whose tags are asked for, in order; `None` if the message has opted out, which includes the global tags.
///
/// `none` is whether the message's cardinality is.
pub(super) fn order(settings: &OriginSettings, none: bool, id: EntityId<'_>) -> Option<(Take, &'static [Who])> {
    if none && (settings.unified || settings.opt_out) {
        return None;
    }
    if settings.unified {
        return Some((Take::First, &[Who::Socket, Who::Local, Who::ExternalContainer, Who::Pod, Who::ExternalPod]));
    }
    let asked: &[Who] = match (id, settings.entity_id_precedence) {
        (EntityId::Absent, _) => &[Who::Socket, Who::Local],
        (EntityId::None, false) => &[Who::Socket],
        (EntityId::None, true) => &[],
        (EntityId::Pod(_), false) => &[Who::Socket, Who::Pod],
        (EntityId::Pod(_), true) => &[Who::Pod],
    };
    Some((Take::All, asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cells of the table above, a row a line.
    fn rows() -> Vec<Vec<&'static str>> {
        let lines = include_str!("precedence.md").lines().filter(|line| line.starts_with('|')).skip(2);
        lines
            .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
            .collect()
    }

    #[test]
    fn every_case_is_one_row_of_the_table_and_is_what_the_row_says() {
        let rows = rows();
        assert_eq!(rows.len(), 8);
        let mut used = vec![false; rows.len()];
        let ids = [("absent", EntityId::Absent), ("none", EntityId::None), ("pod", EntityId::Pod(b"p"))];
        for case in 0..48 {
            let bit = |place: u32| case >> place & 1 == 1;
            let (word, id) = ids[case / 16];
            let settings = OriginSettings {
                unified: bit(0),
                opt_out: bit(1),
                entity_id_precedence: bit(2),
                ..OriginSettings::default()
            };
            let none = bit(3);
            let mode = if settings.unified { "unified" } else { "legacy" };
            let out = if none && (settings.unified || settings.opt_out) { "yes" } else { "no" };
            let precedence = if settings.entity_id_precedence { "on" } else { "off" };
            let case = [mode, out, word, precedence];
            let fits = |row: &Vec<&str>| row.iter().zip(case).all(|(cell, word)| *cell == "any" || *cell == word);
            let fitting: Vec<_> = (0..rows.len()).filter(|&row| fits(&rows[row])).collect();
            let [row] = fitting[..] else { panic!("{case:?} is in rows {fitting:?}") };
            used[row] = true;
            let expected = (rows[row][4], rows[row][5].to_owned(), rows[row][6]);
            let said = match order(&settings, none, id) {
                None => ("", String::new(), "no"),
                Some((take, whom)) => {
                    (named(take, whom), whom.iter().map(|who| name(*who)).collect::<Vec<_>>().join(", "), "yes")
                }
            };
            assert_eq!(said, expected, "{case:?}");
        }
        assert!(used.iter().all(|used| *used), "a row that no case is in: {used:?}");
    }

    fn named(take: Take, whom: &[Who]) -> &'static str {
        match take {
            _ if whom.is_empty() => "",
            Take::All => "all",
            Take::First => "first",
        }
    }

    fn name(who: Who) -> &'static str {
        match who {
            Who::Socket => "socket",
            Who::Local => "local",
            Who::ExternalContainer => "external container",
            Who::Pod => "pod",
            Who::ExternalPod => "external pod",
        }
    }
}
