//! The peer: a metric parser in the style of the Agent's Rust successor, written for this bench.
//!
//! The same grammar library, on std: combinators from the name to the type, fields one by one with a combinator each, names and values checked to be
//! text, every number parsed by `str::parse` and collected, tags kept as text and split when they are walked. It parses what the corpus holds and no
//! less: origin fields and timestamps too. What that server does afterwards (contexts, sketches) is not in it.

use memchr::memchr;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::u64 as integer;
use nom::combinator::{all_consuming, map_res, rest};
use nom::error::{Error, ErrorKind};
use nom::number::complete::double;
use nom::sequence::{preceded, separated_pair, terminated};
use nom::{IResult, Parser};

type Failure<'a> = nom::Err<Error<&'a [u8]>>;

/// A metric that owns its values.
pub(crate) struct Metric<'a> {
    /// Checked to be printable ASCII.
    pub(crate) name: &'a str,
    pub(crate) values: Values,
    pub(crate) sample_rate: Option<f64>,
    tags: Option<&'a str>,
    pub(crate) timestamp: Option<u64>,
    pub(crate) local_data: Option<&'a str>,
    pub(crate) external_data: Option<&'a str>,
}

/// The values by kind.
pub(crate) enum Values {
    Counter(Vec<f64>),
    Gauge(Vec<f64>),
    Histogram(Vec<f64>),
    Distribution(Vec<f64>),
    Set(String),
}

impl Values {
    pub(crate) fn numbers(&self) -> &[f64] {
        match self {
            Values::Counter(numbers)
            | Values::Gauge(numbers)
            | Values::Histogram(numbers)
            | Values::Distribution(numbers) => numbers,
            Values::Set(_) => &[],
        }
    }

    pub(crate) fn member(&self) -> Option<&str> {
        match self {
            Values::Set(member) => Some(member),
            _ => None,
        }
    }
}

impl<'a> Metric<'a> {
    pub(crate) fn tags(&self) -> impl Iterator<Item = &'a str> {
        self.tags.into_iter().filter(|tags| !tags.is_empty()).flat_map(|tags| tags.split(','))
    }
}

/// Every line of `datagram`, parsed.
pub(crate) fn messages(mut datagram: &[u8]) -> impl Iterator<Item = Result<Metric<'_>, Failure<'_>>> {
    std::iter::from_fn(move || {
        let (line, after) = split(datagram, b'\n')?;
        datagram = after;
        Some(all_consuming(metric).parse(line).map(|(_, metric)| metric))
    })
}

fn metric(input: &[u8]) -> IResult<&[u8], Metric<'_>> {
    let (remaining, (name, (code, raw))) = separated_pair(name, tag(":"), typed_values).parse(input)?;
    let values = collected(code, raw)?;
    let mut metric =
        Metric { name, values, sample_rate: None, tags: None, timestamp: None, local_data: None, external_data: None };
    if remaining.is_empty() {
        return Ok((remaining, metric));
    }
    let (mut remaining, _) = tag("|")(remaining)?;
    while let Some((chunk, after)) = split(remaining, b'|') {
        match chunk {
            [] => break,
            [b'@', ..] => metric.sample_rate = Some(all_consuming(preceded(tag("@"), double)).parse(chunk)?.1),
            [b'#', ..] => {
                metric.tags = Some(all_consuming(preceded(tag("#"), map_res(rest, str::from_utf8))).parse(chunk)?.1)
            }
            [b'c', b':', ..] => {
                metric.local_data = Some(all_consuming(preceded(tag("c:"), identifier)).parse(chunk)?.1)
            }
            [b'e', b':', ..] => {
                metric.external_data = Some(all_consuming(preceded(tag("e:"), identifier)).parse(chunk)?.1)
            }
            [b'T', ..] => metric.timestamp = Some(all_consuming(preceded(tag("T"), integer)).parse(chunk)?.1),
            _ => (),
        }
        remaining = after;
    }
    Ok((remaining, metric))
}

fn name(input: &[u8]) -> IResult<&[u8], &str> {
    let (remaining, name) = take_while1(|byte: u8| (32..128).contains(&byte) && byte != b':')(input)?;
    // SAFETY: the bytes are ASCII.
    Ok((remaining, unsafe { str::from_utf8_unchecked(name) }))
}

fn identifier(input: &[u8]) -> IResult<&[u8], &str> {
    let (remaining, text) =
        take_while1(|byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b',')(input)?;
    // SAFETY: the bytes are ASCII.
    Ok((remaining, unsafe { str::from_utf8_unchecked(text) }))
}

fn typed_values(input: &[u8]) -> IResult<&[u8], (&[u8], &str)> {
    let (remaining, values) =
        terminated(map_res(take_while1(|byte| byte != b'|'), str::from_utf8), tag("|")).parse(input)?;
    let (remaining, code) = alt((tag("g"), tag("c"), tag("ms"), tag("h"), tag("s"), tag("d"))).parse(remaining)?;
    Ok((remaining, (code, values)))
}

fn collected<'a>(code: &[u8], raw: &'a str) -> Result<Values, Failure<'a>> {
    let bad = || nom::Err::Error(Error::new(raw.as_bytes(), ErrorKind::Float));
    let numbers = || raw.split(':').map(|item| item.parse::<f64>().map_err(|_| bad())).collect::<Result<Vec<f64>, _>>();
    Ok(match code {
        b"c" => Values::Counter(numbers()?),
        b"g" => Values::Gauge(numbers()?),
        b"ms" | b"h" => Values::Histogram(numbers()?),
        b"d" => Values::Distribution(numbers()?),
        _ => Values::Set(raw.to_owned()),
    })
}

/// What stands before the next `delimiter`, and what comes after it; `None` at the end.
fn split(input: &[u8], delimiter: u8) -> Option<(&[u8], &[u8])> {
    match memchr(delimiter, input) {
        Some(at) => Some((&input[..at], &input[at + 1..])),
        None => (!input.is_empty()).then_some((input, &[])),
    }
}
