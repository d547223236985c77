//! What happens in a world, as data: so that it can be shown, run again and made shorter.

use super::random::Random;

/// The settings of a world and what happens in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// The settings.
    pub world: World,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// The settings of the server and of those around it.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// Workers of the server.
    pub workers: usize,
    /// Its budget: series, bytes of their text, cells.
    pub budget: [usize; 3],
    /// Seconds of a bucket.
    pub bucket_secs: u32,
    /// Seconds for which a series and, beyond that, a counter stays known.
    pub expiry: [u32; 2],
    /// Bytes of events and checks that may wait.
    pub event_bytes: usize,
    /// Bytes of buckets that may wait for a sink.
    pub sink_bytes: usize,
    /// Whether histograms are repeated as distributions.
    pub copies: bool,
    /// Whether timestamps count.
    pub timestamps: bool,
    /// Samples that a histogram keeps one by one.
    pub exact_samples: u32,
    /// The seed of the server's hashes.
    pub hash_seed: u64,
    /// Whether one name has as many series as come, and others are modest.
    pub flood: bool,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// A datagram reaches a worker.
    Receive(Load),
    /// Milliseconds go by.
    Wait(u64),
    /// The wall clock is set on or back, by milliseconds.
    Jump(i64),
    /// A flush of the open buckets too begins, on demand.
    Demand,
    /// The next worker hands over, or the flush in progress ends.
    GoOn,
    /// A worker, or all with the flusher if there is no such, goes on with other rules.
    Rules(usize, u8),
    /// A sink takes buckets.
    Take(usize, u8),
    /// A sink takes nothing any more.
    Die(usize),
    /// The server ends without a stop, and another begins.
    Crash,
    /// The server stops, and another begins.
    Stop,
    /// Nothing comes for so long that all is forgotten.
    Silence,
}

/// A datagram: lines that are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Who receives it.
    pub worker: usize,
    /// The kind of its messages, as on the wire: `c`, `g`, `ms`, `h`, `d`, `s`, `_e` or `_sc`.
    pub kind: &'static str,
    /// The number in their name.
    pub name: u64,
    /// The number in the tag of the first message, and in how many different ones it goes on.
    pub tag: [u64; 2],
    /// Bytes of another tag.
    pub long: usize,
    /// Messages.
    pub lines: u64,
    /// Values of each, and how many of them are not finite.
    pub values: [u64; 2],
    /// The sample rate, as a text; empty for none.
    pub rate: &'static str,
    /// Whether they have a timestamp.
    pub timestamp: bool,
    /// Whether the datagram is cut in its last line.
    pub cut: bool,
    /// How often the network delivers it.
    pub times: u8,
}

/// Kinds of messages.
pub const KINDS: [&str; 8] = ["c", "g", "ms", "h", "d", "s", "_e", "_sc"];

/// How many different rules there are to go on with.
pub const RULES: u8 = 4;

/// The budget of a world with room for a crowd.
const LARGE: [usize; 3] = [100_001, 1 << 22, 1 << 20];

/// A part of a crowd: three thousand series that come once, of one value each.
fn crowd(worker: usize, part: u64) -> Load {
    let kind = ["c", "g", "h"][part as usize % 3];
    Load { worker, kind, name: 200, tag: [part * 3000, 3000], lines: 3000, ..Load::PLAIN }
}

impl Load {
    /// One count of the first series.
    const PLAIN: Load = Load {
        worker: 0,
        kind: "c",
        name: 0,
        tag: [0, 1],
        long: 0,
        lines: 1,
        values: [1, 0],
        rate: "",
        timestamp: false,
        cut: false,
        times: 1,
    };
}

impl Story {
    /// The story of a seed.
    pub fn of(seed: u64) -> Story {
        let mut random = Random::new(seed);
        let world = World::of(&mut random);
        let mut steps = Vec::new();
        let length = if random.chance(5) { 400 } else { 20 + random.below(100) };
        // What a story is rich in differs, so that each thing has stories that are full of it.
        let rich: [u64; 4] = std::array::from_fn(|_| random.pick(&[0, 1, 4, 12]));
        while (steps.len() as u64) < length {
            step(&world, rich, &mut random, &mut steps);
        }
        if world.budget == LARGE {
            // So many series that every table has to grow, and has to shrink when they are forgotten.
            let at = random.below(steps.len() as u64) as usize;
            let worker = random.below(world.workers as u64) as usize;
            steps.splice(at..at, (0..24).map(|part| Step::Receive(crowd(worker, part))));
        }
        if world.budget == LARGE || random.chance(20) {
            steps.push(Step::Silence);
        }
        steps.push(Step::Stop);
        Story { world, steps }
    }
}

impl World {
    fn of(random: &mut Random) -> World {
        let flood = random.chance(10);
        let contexts = random.pick(&[1, 2, 3, 10, 10, 25, 100, 100_000]);
        // Few worlds are large: each of their flushes takes long.
        let is_large = !flood && random.below(300) == 0;
        let budget = match flood {
            _ if is_large => LARGE,
            true => [random.pick(&[200, 500, 1000]), 1 << 22, 1 << 16],
            false => [contexts, random.pick(&[50, 300, 1 << 12, 1 << 22]), random.pick(&[0, 16, 64, 400, 1 << 16])],
        };
        World {
            workers: random.pick(&[1, 1, 2, 3, 4]),
            budget,
            bucket_secs: random.pick(&[1, 2, 10, 10]),
            expiry: [random.pick(&[0, 1, 5, 20]), random.pick(&[0, 30, 300])],
            event_bytes: random.pick(&[0, 200, 2000, 1 << 20]),
            sink_bytes: random.pick(&[1, 2000, 20_000, 1 << 26]),
            copies: !flood && random.chance(20),
            timestamps: random.chance(80),
            exact_samples: random.pick(&[0, 2, 1024]),
            hash_seed: random.draw(),
            flood,
        }
    }
}

fn step(world: &World, [jumps, changes, ends, bursts]: [u64; 4], random: &mut Random, steps: &mut Vec<Step>) {
    let bucket = u64::from(world.bucket_secs) * 1000;
    match random.below(100 + jumps + changes + ends) {
        0..55 => steps.push(Step::Receive(load(world, bursts, random))),
        55..75 => steps.push(Step::GoOn),
        75..90 => {
            let millis = random.pick(&[1, bucket / 4, bucket / 2, bucket, bucket + 1, 3 * bucket]);
            steps.push(Step::Wait(millis));
        }
        90..94 => steps.push(Step::Take(random.below(3) as usize, random.below(4) as u8)),
        94..97 => steps.push(Step::Demand),
        97..99 => steps.push(Step::Wait(random.below(100_000))),
        99 => steps.push(Step::Die(1 + random.below(2) as usize)),
        other if other < 100 + jumps => {
            let millis = random.pick(&[1, 900, bucket / 2, bucket, 60_000, 3_600_000]) as i64;
            steps.push(Step::Jump(if random.chance(60) { -millis } else { millis }));
        }
        other if other < 100 + jumps + changes => {
            steps.push(Step::Rules(random.below(world.workers as u64 + 2) as usize, random.below(RULES.into()) as u8));
        }
        _ => {
            let end = random.pick(&[Step::Crash, Step::Stop, Step::Silence]);
            steps.push(end);
        }
    }
}

fn load(world: &World, bursts: u64, random: &mut Random) -> Load {
    let worker = random.below(world.workers as u64) as usize;
    let plain = Load { worker, ..Load::PLAIN };
    if world.flood {
        // Name 0 explodes, in series and in samples; each modest name has few series, and there are few of them.
        let modest = random.chance(30);
        let (kind, values) = if random.chance(50) { ("c", [1, 0]) } else { ("h", [if modest { 1 } else { 40 }, 0]) };
        let (name, tag) = match modest {
            true => (1 + random.below(world.budget[0] as u64 / 20), [0, 1]),
            false => (0, [random.below(1_000_000), 100]),
        };
        return Load { kind, name, tag, values, lines: if modest { 1 } else { 60 }, ..plain };
    }
    let kind = if random.chance(40) { "c" } else { random.pick(&KINDS) };
    let values = random.pick(&[1, 1, 1, 2, 4, 40]);
    let bad = if random.chance(15) { random.below(values + 1) } else { 0 };
    // A few series that come again and again, and junk that comes once.
    let junk = random.chance(15 + bursts * 2);
    let lines = if random.chance(bursts) { 60 } else { random.pick(&[1, 1, 2, 5]) };
    Load {
        worker,
        kind,
        name: if junk { 100 } else { random.below(4) },
        tag: if junk {
            [random.below(1_000_000), random.pick(&[1, 60])]
        } else {
            [random.below(3), random.pick(&[1, 1, 2])]
        },
        long: random.pick(&[0, 0, 0, 20, 1000]),
        lines,
        values: [values, bad],
        rate: random.pick(&["", "", "", "0.5", "0.25", "0", "7", "nan"]),
        timestamp: random.chance(20),
        cut: random.chance(5),
        times: if random.chance(5) { 2 } else { 1 },
    }
}
