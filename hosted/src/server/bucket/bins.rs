//! The samples of a histogram as the bins of a sketch.

use basenji_core::aggregate::Samples;
use basenji_core::sketch::{BIN_LIMIT, Store, mapping};

/// Appends the bins of these samples to `cells`, and says how many they are: all of them, or none where they are more than
/// `most`. Costs an insert into a sketch for each sample.
pub(super) fn push(cells: &mut Vec<u64>, samples: Samples<'_>, most: usize) -> u16 {
    if most == 0 {
        return 0;
    }
    let start = cells.len();
    match samples {
        Samples::Sketch(sketch) => {
            let (_, store) = sketch.into_parts();
            let len = store.len();
            cells.extend(store.into_storage().iter().take(len));
        }
        Samples::Exact(exact) => {
            // A large weight takes several bins.
            cells.resize(start + (2 * exact.len()).min(BIN_LIMIT), 0);
            let mut store = Store::new(&mut cells[start..]);
            exact.iter().for_each(|&[value, weight]| {
                // The whole part of a weight counts, as in the Agent.
                store.insert(mapping::key(f64::from_bits(value)), f64::from_bits(weight) as u64);
            });
            let len = store.len();
            cells.truncate(start + len);
        }
    }
    if cells.len() - start > most {
        cells.truncate(start);
    }
    (cells.len() - start) as u16
}
