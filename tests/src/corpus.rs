//! The bench corpus: DogStatsD lines as a busy web platform sends them, from a seed instead of megabytes in git.
//!
//! The same arguments give the same bytes. Half of the lines are counts, the rest gauges (15 %), distributions
//! (20 %), timings (10 %), histograms (3 %) and sets (2 %). A fifth of the distributions, timings and histograms is packed (protocol v1.1), a fifth of the
//! counts and of those is sampled; a line has 0 to 8 tags, a third of the lines a container ID (v1.2). A line has about 110 bytes, and 20,000 lines
//! make about 17,000 contexts.

use std::io::Write;

const NAMES: [&str; 12] = [
    "http.requests",
    "http.request.duration",
    "db.query.time",
    "cache.hits",
    "cache.misses",
    "queue.depth",
    "worker.jobs.processed",
    "runtime.mem.heap_inuse",
    "checkout.cart.value",
    "auth.logins",
    "kafka.consumer.lag",
    "grpc.server.handled_total",
];
const SERVICES: [&str; 5] = ["checkout", "payments", "search", "auth", "web"];

/// `lines` newline-terminated messages.
pub fn corpus(lines: usize, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut out = Vec::with_capacity(lines * 120);
    for _ in 0..lines {
        line(&mut random, &mut out).expect("writing into a Vec does not fail");
    }
    out
}

fn line(random: &mut Random, out: &mut Vec<u8>) -> std::io::Result<()> {
    write!(out, "{}", random.pick(&NAMES))?;
    if random.chance(50) {
        write!(out, ".v{}", random.below(40))?;
    }
    let kind = match random.below(100) {
        0..50 => "c",
        50..65 => "g",
        65..85 => "d",
        85..95 => "ms",
        95..98 => "h",
        _ => "s",
    };
    out.push(b':');
    values(random, kind, out)?;
    write!(out, "|{kind}")?;
    if kind != "g" && kind != "s" && random.chance(20) {
        write!(out, "|@{}", random.pick(&["0.1", "0.5", "0.25"]))?;
    }
    let service = random.below(5) as usize;
    tags(random, SERVICES[service], out)?;
    if random.chance(33) {
        let id = (service as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834);
        write!(out, "|c:ci-{id:064x}")?;
    }
    out.push(b'\n');
    Ok(())
}

fn values(random: &mut Random, kind: &str, out: &mut Vec<u8>) -> std::io::Result<()> {
    if matches!(kind, "d" | "ms" | "h") && random.chance(20) {
        let count = 2 + random.below(10);
        for i in 0..count {
            write!(out, "{}{:.3}", if i == 0 { "" } else { ":" }, random.exponential(10.0))?;
        }
        return Ok(());
    }
    match kind {
        "c" => write!(out, "{}", random.pick(&[1, 1, 1, 1, 2, 5, 10, 100])),
        "g" => write!(out, "{:.3}", random.unit() * 1e4),
        "d" => write!(out, "{:.6}", random.exponential(0.2)),
        "ms" => write!(out, "{:.2}", random.exponential(50.0)),
        "h" => write!(out, "{}", random.below(1000)),
        _ => write!(out, "user{}", random.below(5000)),
    }
}

fn tags(random: &mut Random, service: &str, out: &mut Vec<u8>) -> std::io::Result<()> {
    let tags = [
        format!("env:{}", random.pick(&["prod", "staging"])),
        format!("service:{service}"),
        format!("version:1.{}.{}", random.below(2), random.below(3)),
        format!("endpoint:/api/v{}/{}", random.below(3), random.pick(&["users", "orders", "items"])),
        format!("status:{}", random.pick(&[200, 200, 200, 404, 500])),
        format!("region:eu-west-{}", 1 + random.below(3)),
        format!("pod:{service}-{:05x}", random.below(20)),
        String::from("canary"),
    ];
    match *random.pick(&[0, 2, 3, 3, 4, 5, 6, 8]) {
        0 => Ok(()),
        count => write!(out, "|#{}", tags[..count].join(",")),
    }
}

/// SplitMix64: eight lines, and the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number in `0..bound`; the bias is far below what a bench can see.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number in `[0, 1)`.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -(1.0 - self.unit()).ln() * mean
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}
