//! Lines and datagrams made out of any bytes: mostly good ones, with mistakes among them.
//!
//! The bytes are a row of [`Choices`]; when they run out, every choice is the first one, which is the simplest. So one input
//! serves proptest, which shortens it, and libFuzzer, which varies it.

/// A row of choices.
#[derive(Debug, Clone)]
pub struct Choices<'a> {
    rest: &'a [u8],
}

impl<'a> Choices<'a> {
    /// The choices that `bytes` make.
    pub fn new(bytes: &'a [u8]) -> Self {
        Choices { rest: bytes }
    }

    /// Whether all choices that follow are the first one.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte, 0 at the end.
    pub fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        byte
    }

    /// A number below `count`, which is 1 to 256.
    pub fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    /// One of `items`.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// True once in about `count` times, never at the end of the choices.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }
}

const NAMES: &[&[u8]] = &[
    b"m",
    b"page.views",
    b"a",
    b"_score",
    b"_sc",
    b"_e",
    b"a b",
    b"gr\xc3\xb6\xc3\x9fe",
    b"\xff\xfe",
    b"a,b#c@d",
    b"",
    b"_e{1,1}",
    b"x\r",
];
const VALUES: &[&[u8]] = &[
    b"1",
    b"0",
    b"-1",
    b"+5",
    b"2.5",
    b".5",
    b"5.",
    b"1e3",
    b"1E-3",
    b"0.1",
    b"123456789012345678901234567890",
    b"0x1p4",
    b"0x1.8p-2",
    b"1_000",
    b"nan",
    b"NaN",
    b"inf",
    b"-Inf",
    b"infinity",
    b"1e999",
    b"1e-999",
    b"-0",
    b"9007199254740993",
    b"1.7976931348623157e308",
    b"5e-324",
    b"",
    b" ",
    b"x",
    b"1x",
    b"--1",
    b"1__0",
    b"0x1",
    b"\xff",
];
const TYPES: &[&[u8]] = &[b"c", b"g", b"ms", b"h", b"d", b"s", b"C", b"", b"m", b"c "];
const TAGS: &[&[u8]] = &[
    b"",
    b"a",
    b"env:prod",
    b"a,b",
    b"a,,b",
    b",",
    b"a,",
    b"x:y:z,q",
    b"\xff,\xc3",
    b"a\r",
    b"host:h,dd.internal.card:low",
];
const FIELDS: &[&[u8]] = &[
    b"",
    b"@0.5",
    b"@1",
    b"@0",
    b"@-1",
    b"@2",
    b"@nan",
    b"@inf",
    b"@x",
    b"@",
    b"T1656581400",
    b"T+5",
    b"T0",
    b"T",
    b"Tx",
    b"T9223372036854775807",
    b"T9223372036854775808",
    b"c:ci-abc,in-42",
    b"c:abc",
    b"c:",
    b"c:cid-x",
    b"e:it-true,cn-a,pu-b",
    b"e:it-x",
    b"card:low",
    b"card:ORCH",
    b"card:",
    b"x",
    b"x:y",
    b"c",
    b"d:5",
    b"d:-5",
    b"d:x",
    b"d:",
    b"h:host",
    b"h:",
    b"k:key",
    b"p:low",
    b"p:x",
    b"p:normal",
    b"s:src",
    b"t:error",
    b"t:",
    b"m:text",
    b"m:a\\nb",
    b"m:",
    b"\r",
    b" #a",
];
const TITLES: &[&[u8]] =
    &[b"t", b"title", b"a\\nb", b"a|b:c", b"\\\\n", b"\\", b"\xc3\xa9", b"\xff", b" ", b"|#x|p:low"];

/// One line without its line end, most often a good one.
pub fn line(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut line = match choices.below(8) {
        0..=4 => metric(choices),
        5 | 6 if choices.one_in(2) => service_check(choices),
        5 | 6 => event(choices),
        _ => raw(choices),
    };
    while choices.one_in(8) {
        mutate(&mut line, choices);
    }
    line
}

/// Some lines with their line ends.
pub fn datagram(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut datagram = Vec::new();
    loop {
        datagram.extend(line(choices));
        if choices.is_empty() {
            return datagram;
        }
        datagram.extend_from_slice(choices.pick(&[&b"\n"[..], b"\n", b"\n", b"\r\n", b"\n\n", b"\n\r\n", b"\r"]));
    }
}

fn metric(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut line = choices.pick(NAMES).to_vec();
    line.push(b':');
    line.extend_from_slice(choices.pick(VALUES));
    while choices.one_in(3) {
        line.push(b':');
        line.extend_from_slice(choices.pick(VALUES));
    }
    line.push(b'|');
    line.extend_from_slice(choices.pick(TYPES));
    fields(&mut line, choices);
    line
}

fn event(choices: &mut Choices<'_>) -> Vec<u8> {
    let (title, text) = (choices.pick(TITLES), if choices.one_in(4) { b"" } else { choices.pick(TITLES) });
    let sign = choices.pick(&["", "", "", "+", "0", "-", " "]);
    let close = choices.pick(&["}", "}", "}", "", "x", "1"]);
    let mut line = format!("_e{{{sign}{},{sign}{}{close}:", title.len(), text.len()).into_bytes();
    line.extend_from_slice(title);
    line.push(choices.pick(b"|||x\\"));
    line.extend_from_slice(text);
    fields(&mut line, choices);
    line
}

fn service_check(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut line = b"_sc|".to_vec();
    line.extend_from_slice(choices.pick(NAMES));
    line.push(b'|');
    line.extend_from_slice(choices.pick(&[&b"0"[..], b"1", b"2", b"3", b"0", b"1", b"4", b"00", b"", b"OK"]));
    fields(&mut line, choices);
    line
}

fn fields(line: &mut Vec<u8>, choices: &mut Choices<'_>) {
    while !choices.one_in(3) && !choices.is_empty() {
        line.push(b'|');
        if choices.one_in(3) {
            line.push(b'#');
            line.extend_from_slice(choices.pick(TAGS));
        } else {
            line.extend_from_slice(choices.pick(FIELDS));
        }
    }
}

fn raw(choices: &mut Choices<'_>) -> Vec<u8> {
    let count = choices.below(32);
    (0..count).map(|_| choices.byte()).collect()
}

fn mutate(line: &mut Vec<u8>, choices: &mut Choices<'_>) {
    let at = if line.is_empty() { 0 } else { choices.below(line.len().min(256)) };
    let byte = choices.pick(b"|:#@,T\\n{}_\r\0 0159-+.e\xff");
    match choices.below(4) {
        0 if !line.is_empty() => line[at] = byte,
        1 if !line.is_empty() => drop(line.remove(at)),
        2 => line.truncate(at),
        _ => line.insert(at, byte),
    }
}

/// Operations on an aggregator, as the text of a [`crate::script::Script`].
pub fn script(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut script = Vec::new();
    let settings: [&[&str]; 9] = [
        &["", "bucket 1\n", "bucket 60\n"],
        &["", "counters 20\n"],
        &["", "contexts 0\n"],
        &["", "no zeros\n", "by origin\n"],
        &["", "samples 0\n", "samples 3\n", "samples 12\n"],
        &["", "members 0\n", "members 3\n", "members 40\n"],
        &["", "bins 1\n", "bins 5\n", "bins 16\n"],
        &["", "precision 4\n", "seed 12345\n"],
        &["", "", "", "keep 1\n", "keep 4\n", "keep 100\n"],
    ];
    for values in settings {
        script.extend_from_slice(choices.pick(values).as_bytes());
    }
    while !choices.is_empty() {
        let line: Vec<u8> = match choices.below(16) {
            0 => b"flush".to_vec(),
            1 => choices.pick(&["flush all", "clear", "flush", "flush"]).as_bytes().to_vec(),
            2 | 3 => choices
                .pick(&["+1", "+999", "+10000", "+3000", "+25000", "+300000", "-1", "-12000"])
                .as_bytes()
                .to_vec(),
            4 => choices.pick(&["shard 0", "shard 1"]).as_bytes().to_vec(),
            5 => choices
                .pick(&["source ", "source web", "source web a,env:dev", "source  host:db,b"])
                .as_bytes()
                .to_vec(),
            6 => metric(choices),
            _ => ordinary_metric(choices),
        };
        script.extend(line);
        script.push(b'\n');
    }
    script
}

/// A metric of few names, so that series have several samples.
fn ordinary_metric(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut line = choices.pick(&[&b"m"[..], b"n", b"a.longer.name.than.the.others"]).to_vec();
    for _ in 0..=choices.pick(&[0, 0, 1, 5, 20]) {
        let (sign, digits) = (choices.pick(&["", "", "-"]), choices.byte());
        let unit = choices.pick(&["", "", ".5", "e3", "e-3"]);
        line.extend(format!(":{sign}{digits}{unit}").bytes());
    }
    line.push(b'|');
    line.extend_from_slice(choices.pick(&[&b"c"[..], b"g", b"h", b"d", b"s", b"ms"]));
    line.extend_from_slice(choices.pick(&[&b""[..], b"", b"|@0.5", b"|@0.1", b"|@0.3", b"|@0", b"|@0.00001"]));
    let tags: &[&[u8]] = &[
        b"",
        b"",
        b"|#a",
        b"|#a,b",
        b"|#b,a,b",
        b"|#",
        b"|#,",
        b"|#host:x,a",
        b"|#a,dd.internal.entity_id:p",
        b"|#env:dev",
    ];
    line.extend_from_slice(choices.pick(tags));
    line.extend_from_slice(choices.pick(&[
        &b""[..],
        b"",
        b"",
        b"",
        b"|T990",
        b"|T1656581400",
        b"|c:x",
        b"|e:y|card:low",
    ]));
    line
}
