//! Everything of `basenji_core::sketch`.

use basenji_core::sketch::{Bin, Sketch, Store, Summary, mapping};

use crate::Observer;

/// Fills a sketch in `words` with `values`, merges it into a smaller one and asks both everything.
pub(crate) fn observe(values: &[f64], words: &mut [u64], observer: &mut Observer) {
    let mut sketch = Sketch::new(words);
    let mut small = Sketch::new([0; 8]);
    for value in values {
        sketch.insert(*value);
        small.insert_n(*value, 1.0 / *value);
        let key = mapping::key(*value);
        observer.float(mapping::value(key));
        observer.number(Bin::from_word(value.to_bits()).word());
    }
    small.merge(&sketch);
    sketch.merge(&small);
    observer.number(u64::from(sketch == small));
    ask(&sketch, values, observer);
    ask(&small, values, observer);

    let (mut summary, mut store) = small.into_parts();
    summary.merge(&sketch.summary());
    summary.merge(&Summary::of(values));
    summary.add(1.0);
    observer.number(summary.add_n(2.0, 3.0));
    let summary = Summary::from_words(summary.to_words());
    let Summary { count, .. } = summary;
    store.insert(7, count);
    store.merge(sketch.store());
    let len = store.len();
    let again = Sketch::from_parts(summary, Store::from_parts(store.into_storage(), len));
    ask(&again, values, observer);
    sketch.clear();
    observer.number(u64::from(sketch.is_empty()));
}

fn ask<S: AsRef<[u64]>>(sketch: &Sketch<S>, quantiles: &[f64], observer: &mut Observer) {
    quantiles.iter().for_each(|q| observer.float(sketch.quantile(*q)));
    sketch.keys().for_each(|key| observer.number(u64::from(key.cast_unsigned())));
    sketch.counts().for_each(|count| observer.number(u64::from(count)));
    sketch.bins().rev().for_each(|bin| observer.number(bin.word()));
    let Summary { count, sum, min, max, avg } = sketch.summary();
    observer.number(count);
    [sum, min, max, avg].iter().for_each(|number| observer.float(*number));
    let store = sketch.store();
    observer.number((store.len() + store.capacity()) as u64);
    observer.number(u64::from(store.is_empty()));
    observer.number(store.bins().len() as u64);
}
