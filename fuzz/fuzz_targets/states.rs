#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| basenji_tests::targets::states(bytes));
