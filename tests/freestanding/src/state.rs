//! Everything of `basenji_core::state` and `basenji_core::uniques`.

use basenji_core::aggregate::{Members, member_hash, register};
use basenji_core::sketch::Sketch;
use basenji_core::state::{self, Fault, Form, Pen, StateError, agent, exponential, otlp, prometheus, zigzag};
use basenji_core::uniques::Uniques;

use crate::Observer;

/// Reads `bytes` in every form, writes what came of it into `out`, and counts them as members.
pub(crate) fn observe(bytes: &[u8], words: &mut [u64], out: &mut [u8], observer: &mut Observer) {
    let name = core::str::from_utf8(bytes).unwrap_or_default();
    observer.number(Form::from_name(name).map_or(9, |form| form as u64));
    for &form in Form::ALL {
        observer.text(form.name());
        match state::read(bytes, form, &mut *words) {
            Ok(sketch) => written(&sketch, out, observer),
            Err(error) => refused(error, observer),
        }
    }
    let mut uniques = Uniques::new(words);
    uniques.insert(bytes);
    uniques.insert_hash(member_hash(bytes.len() as u64, bytes));
    match state::read_uniques(bytes, [0; 2]) {
        Ok(read) => observer.number(u64::from(uniques.merge(&read)) + u64::from(uniques == read)),
        Err(error) => refused(error, observer),
    }
    let precision = uniques.precision();
    let (at, rank) = register(uniques.count(), precision);
    observer.number(at as u64 + u64::from(rank));
    uniques.registers().for_each(|register| observer.number(register.into()));
    let mut again = Uniques::from_storage([0; 4]);
    let words = uniques.into_storage();
    let members = Members::from_parts(words, precision);
    observer.number(u64::from(again.merge_members(members)) + members.count());
    observer.number(state::write_uniques(&again, out).map_or(0, |len| len as u64));
    pen(bytes, out, observer);
}

fn written<S: AsRef<[u64]>>(sketch: &Sketch<S>, out: &mut [u8], observer: &mut Observer) {
    for &form in Form::ALL {
        observer.number(state::most_bytes(sketch, form) as u64);
        match state::write(sketch, form, out) {
            Ok(len) => observer.bytes(out.get(..len).unwrap_or_default()),
            Err(full) => observer.shown(&full),
        }
    }
    let summary = sketch.summary();
    let mut pen = Pen::new(out);
    agent::fields(&mut pen, sketch);
    let buckets = || sketch.bins().map(|bin| (exponential::index(bin.key), bin.n.into()));
    otlp::fields(&mut pen, &summary, 6, 1, buckets(), buckets());
    prometheus::fields(&mut pen, &summary, 1, buckets(), buckets());
    prometheus::side(&mut pen, 1, 2, buckets());
    observer.number(pen.left() as u64 + u64::from(pen.is_full()));
    observer.number(exponential::key(summary.count as i64, 6) as u64);
}

fn refused(error: StateError, observer: &mut Observer) {
    observer.shown(&error);
    observer.shown(&error.fault);
    observer.number(u64::from(error.fault.code()) + Fault::ALL.len() as u64);
    observer.text(error.fault.name());
    observer.text(error.fault.message());
}

fn pen(bytes: &[u8], out: &mut [u8], observer: &mut Observer) {
    let number = bytes.len() as u64;
    let mut pen = Pen::new(&mut *out);
    pen.message(1, |pen| {
        pen.bytes(2, bytes);
        pen.raw(bytes);
        pen.label(bytes, bytes);
        pen.attribute(3, bytes, bytes);
        pen.uint(4, number);
        pen.sint(5, number as i64);
        pen.double(6, number as f64);
        pen.fixed64(7, number);
        pen.varint(zigzag(number as i64));
        pen.packed_sint(number as i64);
        pen.fixed([1, 2, 3]);
        pen.packed_sints(8, || bytes.iter().map(|byte| i32::from(*byte)));
        pen.packed_uints(9, || bytes.iter().map(|byte| u32::from(*byte)));
    });
    observer.number(pen.left() as u64);
    observer.bytes(out);
}
