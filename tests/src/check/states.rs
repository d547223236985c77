//! Properties of states.

use basenji::{OwnedSketch, OwnedUniques};
use basenji_core::sketch::mapping::MAX_KEY;
use basenji_core::state::{self, Form};

/// Any bytes are refused, with a place among them, or read; what was read is written and read again as the same, and merges.
pub fn states_are_refused_or_kept(bytes: &[u8]) {
    for &form in Form::ALL {
        match OwnedSketch::from_bytes(bytes, form) {
            Err(error) => assert!(error.offset <= bytes.len(), "{error}"),
            Ok(read) => kept(&read),
        }
        let small = state::read(bytes, form, [0; 3]);
        assert_eq!(small.is_ok(), OwnedSketch::from_bytes(bytes, form).is_ok());
    }
    match OwnedUniques::from_bytes(bytes) {
        Err(error) => assert!(error.offset <= bytes.len(), "{error}"),
        Ok(read) => {
            assert!(OwnedUniques::from_bytes(&read.to_bytes()).is_ok_and(|again| again == read));
            let mut twice = read.clone();
            twice.merge(&read);
            assert!(twice == read);
        }
    }
}

fn kept(read: &OwnedSketch) {
    let (summary, sum) = (read.summary(), read.summary().sum);
    for form in [Form::Compact, Form::Agent] {
        let again = OwnedSketch::from_bytes(&read.to_bytes(form), form).expect("what is written is read");
        let is_same = again == *read || sum.is_nan() && again.bins().eq(read.bins());
        assert!(is_same, "{form:?}: {:?} of {:?}", again.summary(), read.summary());
    }
    for form in [Form::Otlp, Form::Prometheus] {
        let again = OwnedSketch::from_bytes(&read.to_bytes(form), form).expect("what is written is read");
        assert!(again.bins().eq(read.bins().filter(|bin| bin.key.abs() <= MAX_KEY)), "{form:?}");
    }
    assert!(OwnedSketch::from_bytes(&read.to_bytes(Form::ClickHouse), Form::ClickHouse).is_ok());
    let mut merged = OwnedSketch::default();
    merged.merge(read);
    assert_eq!((merged.summary().count, merged.bins().len()), (summary.count, read.bins().len()));
}
