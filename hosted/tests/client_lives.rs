//! Random lives of a process: threads, forks, closes, flushes, exits, signals and listeners that vanish. Each ends in time, and its sums add up.
#![cfg(target_os = "linux")]

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use basenji::client::{Client, Environment, Profile};

/// The variable that makes this program a life, from a seed: `SEED PATH`.
const LIFE: &str = "BASENJI_TEST_LIFE";

/// How many lives there are; a longer run says another number.
const LIVES: &str = "BASENJI_TEST_LIVES";

/// Longer than any life takes, on a machine that is busy.
const LONG: Duration = Duration::from_secs(60);

/// A generator by Steele, Lea and Flood (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % most
    }
}

#[test]
fn random_lives_of_a_process_end_in_time_and_their_sums_add_up() {
    let lives = std::env::var(LIVES).map_or(60, |number| number.parse::<u32>().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let next = AtomicU32::new(0);
    let live = || {
        let mut wrong = Vec::new();
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= lives {
                return wrong;
            }
            wrong.extend(fault(seed, directory.path()).map(|fault| format!("seed {seed}: {fault}")));
        }
    };
    let wrong: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(live)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with the life of this seed, if anything is.
fn fault(seed: u32, directory: &Path) -> Option<String> {
    let random = &mut Random(u64::from(seed));
    let path = directory.join(seed.to_string());
    let mut listener = (random.below(4) > 0).then(|| UnixDatagram::bind(&path).unwrap());
    if let Some(listener) = &listener {
        listener.set_nonblocking(true).unwrap();
    }
    let vanishes_after = random.below(30);
    let reads = random.below(3) > 0;
    let kill = random.below(8) == 0;
    let mut child = life(seed, &path);
    let (started, mut received) = (Instant::now(), 0);
    loop {
        if let Some(listener) = listener.as_ref().filter(|_| reads) {
            received += datagrams(listener);
        }
        if started.elapsed() > Duration::from_millis(vanishes_after) && seed.is_multiple_of(3) {
            // A listener that vanishes has had what is in its queue.
            received += listener.take().as_ref().map_or(0, datagrams);
            let _ = std::fs::remove_file(&path);
        }
        if kill && started.elapsed() > Duration::from_millis(10) {
            let _ = child.kill();
        }
        match child.try_wait().unwrap() {
            Some(status) if kill => {
                return (!status.success() && std::os::unix::process::ExitStatusExt::signal(&status).is_none())
                    .then(|| status.to_string());
            }
            Some(status) if !status.success() => return Some(status.to_string()),
            Some(_) => break,
            None if started.elapsed() > LONG => {
                let _ = child.kill();
                return Some("it does not end".to_owned());
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    received += listener.as_ref().map_or(0, datagrams);
    // What each process of the life says that it has sent.
    let said: u64 = std::fs::read_to_string(path.with_extension("sent"))
        .unwrap_or_default()
        .lines()
        .map(|line| line.parse::<u64>().unwrap())
        .sum();
    // A listener that vanished may have had some in its queue when its socket was closed.
    let is_right = if seed.is_multiple_of(3) { received <= said } else { received == said };
    (!is_right).then(|| format!("{said} datagrams were sent and {received} have arrived"))
}

fn life(seed: u32, path: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_life", "--nocapture"]).stdout(Stdio::null());
    command.env(LIFE, format!("{seed} {}", path.display())).spawn().unwrap()
}

/// How many datagrams there are to read.
fn datagrams(listener: &UnixDatagram) -> u64 {
    let mut buffer = [0; 65_536];
    std::iter::from_fn(|| listener.recv(&mut buffer).ok()).count() as u64
}

/// Not a test but a program, when it is told to be.
#[test]
fn a_life() {
    let Ok(life) = std::env::var(LIFE) else { return };
    let (seed, path) = life.split_once(' ').unwrap();
    let (random, path) = (&mut Random(seed.parse::<u64>().unwrap() ^ 0x5eed), PathBuf::from(path));
    let builder = Client::builder().environment(Environment::default()).telemetry(false).origin_detection(false);
    let builder = builder.max_payload(100).to(&format!("unixgram://{}", path.display())).unwrap();
    let builder = builder.flush_interval(Duration::from_millis(1 + random.below(5)));
    let timeout = Duration::from_millis(random.below(50));
    let builder = builder.sender(|sender| {
        sender.stop_timeout = timeout;
        sender.queue_bytes = 2000;
        sender.patience = Duration::from_millis(5);
        sender.expiry = Some(Duration::from_millis(20));
    });
    let client = match random.below(4) {
        0 => builder.profile(Profile::Plain),
        1 => builder.profile(Profile::Plain).background(true),
        2 => builder.background(false),
        _ => builder,
    }
    .build()
    .unwrap();
    let (threads, calls, forks) = (random.below(6), 1 + random.below(300), random.below(4));
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let client = &client;
            scope.spawn(move || {
                let handle = client.counter("handle", &[]);
                for n in 0..calls {
                    client.count(&format!("name{thread}.{}", n % 20), 1, &["a:b"]);
                    handle.add(1);
                    if n % 100 == 99 {
                        client.flush_within(Duration::from_millis(n % 3));
                    }
                }
            });
        }
        for _ in 0..forks {
            client.count("forker", 1, &[]);
            // SAFETY: the child uses nothing but clients, which may be used after a fork, and a file, and ends at once.
            unsafe {
                let pid = libc::fork();
                if pid == 0 {
                    (0..calls).for_each(|_| client.count("child", 1, &[]));
                    end(&client, &path, timeout);
                    libc::_exit(0);
                }
                let mut status = 0;
                assert_eq!((libc::waitpid(pid, &raw mut status, 0), status), (pid, 0));
            }
        }
    });
    end(&client, &path, timeout);
    std::process::exit(0);
}

/// Closes the client, checks that its sums add up, and puts down what it has sent.
fn end(client: &Client, path: &Path, timeout: Duration) {
    use std::io::Write as _;
    let started = Instant::now();
    client.close_within(timeout);
    assert!(started.elapsed() < LONG / 2, "{:?}", started.elapsed());
    // A thread that was given up says what it has sent after all when it ends.
    client.close_within(LONG);
    let stats = client.stats();
    assert_eq!(stats.dropped_on_receive, 0);
    let mut file = std::fs::File::options().create(true).append(true).open(path.with_extension("sent")).unwrap();
    file.write_all(format!("{}\n", stats.sent.packets).as_bytes()).unwrap();
}
