//! What `/status` says of messages: the account of each kind, and whose were refused.

use basenji::server::{Account, Kind, Monitor, Worst};
use serde_json::{Value, json};

use crate::json::Lossy;

/// How many names, tag keys and origins are shown.
const WORST: usize = 10;

/// The account of each kind of which there were messages, as of the last flush.
pub(super) fn accounts(monitor: &Monitor) -> Value {
    let accounts: Vec<Account> = monitor.accounts().accounts().collect();
    let kinds: Vec<_> = accounts.iter().filter(|account| account.received > 0).map(row).collect();
    json!({"balanced": accounts.iter().all(Account::is_balanced), "kinds": kinds})
}

fn row(account: &Account) -> Value {
    json!({
        "kind": account.kind.name(),
        "received": account.received,
        "shown": account.shown,
        "refused": account.refused,
        "skipped": account.skipped,
        "filtered": account.filtered,
        "waiting": account.waiting,
    })
}

/// Whose messages were refused since the start, the worst first.
pub(super) fn refused(monitor: &Monitor) -> Value {
    let [refusals, _] = monitor.refusals();
    let rows = |worst: &Worst, key: &str| -> Vec<Value> {
        let first = worst.first(WORST).into_iter();
        first.map(|(name, messages)| json!({key: Lossy(name).to_string(), "messages": messages})).collect()
    };
    json!({
        "names": rows(&refusals.names, "name"),
        "tag_keys": rows(&refusals.tag_keys, "key"),
        "origins": rows(&refusals.origins, "origin"),
    })
}
