//! From an aggregated series to lines: one number, one member, or samples packed with `:` into as few lines as fill datagrams.

use super::call::{Identity, MetricCall, Value};
use super::dialect::Dialect;
use super::line;
use super::packer::{PackError, Packer};
use super::sketched::{self, Gathered};
use crate::aggregate::{Point, Samples, Series};
use crate::wire::Tags;
use crate::wire::number::{self, NumberBuffer};

/// Up to the first, every whole number is a double; below the second, every double without a fraction is a whole number of 64 bits.
const EXACT: f64 = 9_007_199_254_740_992.0;
const MOST: f64 = 9_223_372_036_854_775_808.0;

/// Fewer samples than this are worth no line of their own in what is left of a datagram.
const FEW: usize = 8;

/// Writes the lines of one series from its sample `from` on, which comes out as the place where to go on. `left` is what the double of a count leaves of
/// it.
///
/// # Errors
///
/// As [`Packer::push`]; after `Busy` it goes on where it was.
pub(super) fn write<B: AsRef<[u8]> + AsMut<[u8]>>(
    packer: &mut Packer<B>,
    dialect: &impl AsRef<Dialect>,
    identity: &Identity<'_>,
    series: &Series<'_>,
    left: f64,
    from: &mut usize,
) -> Result<(), PackError> {
    let call = MetricCall {
        tags: series.tags,
        cardinality: series.origin.cardinality,
        ..MetricCall::new(series.name, series.kind, Value::I64(0))
    };
    let value = match series.point {
        Point::Count(value) => count(value, left),
        Point::Gauge(value) => whole(value),
        Point::Member(member) => Value::Text(member),
        Point::Samples(Samples::Exact(samples)) => {
            while let Some((run, sample_rate)) = next_run(samples, *from) {
                let taken = pack(packer, dialect, identity, &MetricCall { sample_rate, ..call }, run)?;
                *from = from.saturating_add(taken);
            }
            return Ok(());
        }
        Point::Samples(Samples::Sketch(sketch)) => loop {
            let gathered = Gathered::from(&sketch, *from);
            let Some((run, sample_rate)) = next_run(gathered.values(), 0) else { return Ok(()) };
            let taken = pack(packer, dialect, identity, &MetricCall { sample_rate, ..call }, run)?;
            *from = sketched::after(&sketch, *from, taken);
        },
        // An aggregator that keeps samples has no other points.
        Point::Set(_) | Point::Histogram(_) | Point::Distribution(_) => return Ok(()),
    };
    packer.push(|writer| line::metric(dialect.as_ref(), identity, &MetricCall { value, ..call }, writer)).map(|_| ())
}

/// The samples from `from` on that can share a line, those of one weight, and their rate.
fn next_run(samples: &[[u64; 2]], from: usize) -> Option<(&[[u64; 2]], f64)> {
    let rest = samples.get(from..)?;
    let &[_, weight] = rest.first()?;
    let same = rest.iter().take_while(|[_, other]| *other == weight).count();
    Some((rest.get(..same)?, 1.0 / f64::from_bits(weight)))
}

/// Writes one line with as many of the samples as fill the datagram; returns how many.
fn pack<B: AsRef<[u8]> + AsMut<[u8]>>(
    packer: &mut Packer<B>,
    dialect: &impl AsRef<Dialect>,
    identity: &Identity<'_>,
    call: &MetricCall<'_>,
    run: &[[u64; 2]],
) -> Result<usize, PackError> {
    if packer.is_due() {
        return Err(PackError::Busy);
    }
    let each = text_len(dialect.as_ref(), run);
    let fit = |room: usize| room.saturating_sub(overhead(identity, call)).checked_div(each).unwrap_or(0);
    let (mut room, mut count) = (packer.room(), fit(packer.room()));
    if count < run.len().min(FEW) {
        (room, count) = (packer.longest(), fit(packer.longest()));
    }
    count = count.clamp(1, run.len().max(1));
    loop {
        let part = run.get(..count).unwrap_or(run);
        let line = MetricCall { value: Value::Samples(part), ..*call };
        match packer.push_within(room, |writer| line::metric(dialect.as_ref(), identity, &line, writer)) {
            Ok(_) => return Ok(part.len()),
            Err(PackError::TooLong) if count > 1 => count = count.saturating_sub((count / 16).max(1)),
            // One sample that does not fit what is left of this datagram: alone, as any other line.
            Err(PackError::TooLong) => {
                return packer
                    .push(|writer| line::metric(dialect.as_ref(), identity, &line, writer))
                    .map(|_| part.len());
            }
            Err(error) => return Err(error),
        }
    }
}

/// Bytes that a sample takes with its separator, by the first few.
fn text_len(dialect: &Dialect, run: &[[u64; 2]]) -> usize {
    let mut digits = NumberBuffer::new();
    let few = run.iter().take(FEW);
    let number = few.len().max(1);
    let lengths = few.map(|&[bits, _]| number::format(f64::from_bits(bits), dialect.numbers, &mut digits).len());
    lengths.fold(number, usize::saturating_add).div_ceil(number)
}

/// About how many bytes a line has beside its values.
fn overhead(identity: &Identity<'_>, call: &MetricCall<'_>) -> usize {
    let tags = |tags: Tags<'_>| tags.iter().fold(0, |len: usize, tag| len.saturating_add(tag.len()).saturating_add(1));
    let field = |text: Option<&[u8]>| text.map_or(0, |text| text.len().saturating_add(3));
    let origin = identity.origin(call.cardinality);
    let fields = [origin.local_data, origin.external_data, origin.cardinality].map(field);
    let rate = if call.sample_rate == 1.0 { 0 } else { 20 };
    let name = [identity.prefix, call.name, identity.suffix].map(<[u8]>::len);
    let parts = [tags(identity.tags), tags(call.tags), rate, 8];
    name.into_iter().chain(fields).chain(parts).fold(0, usize::saturating_add)
}

/// A count: with all of its digits, if it is a whole number.
fn count<'a>(value: f64, left: f64) -> Value<'a> {
    let sum =
        (value as i64).checked_add(left as i64).filter(|_| (left != 0.0 || value.abs() > EXACT) && value.abs() < MOST);
    sum.map_or_else(|| whole(value), Value::I64)
}

/// A whole number without a fraction, whatever the style of doubles.
fn whole<'a>(value: f64) -> Value<'a> {
    let integer = value as i64;
    if integer as f64 == value && (-EXACT..=EXACT).contains(&value) { Value::I64(integer) } else { Value::F64(value) }
}
