//! `basenji top` in a real tmux: it fits the screen, and leaves nothing behind.

mod support;

use support::Daemon;
use support::tmux::Tmux;

#[test]
fn top_fits_its_screen_and_leaves_no_copies_in_the_scrollback() {
    let arguments = ["--port", "0", "--http", "0", "--bucket-secs", "1", "--no-telemetry"];
    let mut daemon = Daemon::start(&arguments, 1);
    let address = daemon.http();
    let lines: String = (0..60).map(|n| format!("a.rather.long.name.of.which.{n}:1|c|#key{n}:{n}\n")).collect();
    daemon.send(lines.as_bytes());
    while !daemon.read_line().contains("which.59") {}
    let program = env!("CARGO_BIN_EXE_basenji");
    for (width, height) in [(80, 24), (40, 20), (200, 50)] {
        let Some(tmux) = Tmux::start(width, height) else { return };
        tmux.press(&[&format!("{program} top -n 20 --interval 0.2 --http {address}"), "Enter"]);
        let screen = tmux.wait("table", |screen| screen.contains("series at the last flush"));
        assert!(screen.starts_with("60 series at the last flush"), "{screen}");
        assert!(screen.contains("VALUES"), "all three tables are there: {screen}");
        let rows: Vec<_> = screen.lines().filter(|line| line.contains("a.rather")).collect();
        let different: std::collections::HashSet<_> = rows.iter().collect();
        assert!(rows.len() > 1 && rows.len() == different.len(), "no two rows look alike: {screen}");
        std::thread::sleep(std::time::Duration::from_millis(700));
        tmux.press(&["C-c"]);
        tmux.wait("shell", |screen| !screen.contains("at the last flush"));
        let scrollback = tmux.scrollback();
        assert!(!scrollback.contains("at the last flush"), "{scrollback}");
    }
}
