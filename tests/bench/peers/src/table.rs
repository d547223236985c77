//! What was measured, to be read.

use crate::parent::Measured;
use crate::subject::{Group, Subject, Target};

/// Datagrams below which nothing is said of how full they are: the last one of a flush is never full.
const FEW: f64 = 20.0;

/// The table of one target and number of threads.
pub(crate) fn measured(target: &Target, threads: usize, rows: &[(&Subject, Measured)]) {
    let plural = if threads == 1 { "" } else { "s" };
    println!("\nto {}, {threads} thread{plural}", target.title());
    println!(
        "  {:<32}{:>8}{:>8}{:>11}{:>12}{:>7}{:>9}  cheaper than the best peer",
        "", "ns", "CPU ns", "datagrams", "bytes", "full", "arrived"
    );
    if *target == Target::Null {
        println!("  (cadence writes the line and drops it; ours is packed and goes all the way to the transport)");
    }
    for group in Group::ALL {
        let rows: Vec<_> = rows.iter().filter(|(subject, _)| subject.group == group).collect();
        let best = rows.iter().filter(|(subject, _)| !subject.ours).map(|(_, one)| one.busy).min_by(f64::total_cmp);
        println!("  {}:", group.title());
        for (subject, one) in rows {
            let ratio = match best {
                Some(best) if subject.ours => format!("{:.1} times", best / one.busy),
                _ => String::new(),
            };
            let line = format!(
                "    {:<30}{:>8.1}{:>8.1}{}  {ratio}",
                subject.name,
                one.wall,
                one.busy,
                sent(target, group, one)
            );
            println!("{}", line.trim_end());
        }
    }
}

/// The columns of what was sent.
fn sent(target: &Target, group: Group, one: &Measured) -> String {
    if *target == Target::Null {
        return " ".repeat(39);
    }
    let full = if group != Group::Plain && one.datagrams >= FEW {
        format!("{:.1}%", 100.0 * one.bytes / (one.datagrams * target.payload() as f64))
    } else {
        String::new()
    };
    format!("{:>11.0}{:>12.0}{full:>7}{:>8.1}%", one.datagrams, one.bytes, 100.0 * one.arrived)
}

/// The table of instructions.
pub(crate) fn instructions(counts: &[(&Subject, Option<f64>)]) {
    println!("\ninstructions a call, all threads, to nowhere where the client can, else over UDP");
    for group in Group::ALL {
        let rows: Vec<_> = counts.iter().filter(|(subject, _)| subject.group == group).collect();
        let peers = rows.iter().filter(|(subject, _)| !subject.ours);
        let best = peers.filter_map(|(_, count)| *count).min_by(f64::total_cmp);
        println!("  {}:", group.title());
        for (subject, count) in rows {
            let ratio = match (best, count) {
                (Some(best), Some(count)) if subject.ours => format!("  {:.1} times fewer", best / count),
                _ => String::new(),
            };
            let count = count.map_or("valgrind is not installed".into(), |count| format!("{count:.0}"));
            println!("    {:<30}{count:>8}{ratio}", subject.name);
        }
    }
}
