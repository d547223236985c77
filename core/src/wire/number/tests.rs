//! What Go's `strconv.ParseFloat(text, 64)` returned, as bits, and comparisons with the standard library on random
//! numbers.

use super::parse;
use proptest::prelude::*;
use std::{format, string::String};

/// Text, and the bits that Go 1.26 returned, or `None` for an error.
const GO: &[(&str, Option<u64>)] = &[
    ("", None),
    ("1", Some(0x3ff0000000000000)),
    ("0", Some(0x0000000000000000)),
    ("-0", Some(0x8000000000000000)),
    ("+0", Some(0x0000000000000000)),
    ("+5", Some(0x4014000000000000)),
    ("-5", Some(0xc014000000000000)),
    (".5", Some(0x3fe0000000000000)),
    ("5.", Some(0x4014000000000000)),
    ("-.5", Some(0xbfe0000000000000)),
    ("+5.", Some(0x4014000000000000)),
    (".", None),
    ("+", None),
    ("-", None),
    ("+.", None),
    ("1e3", Some(0x408f400000000000)),
    ("1E3", Some(0x408f400000000000)),
    ("1e+3", Some(0x408f400000000000)),
    ("1e-3", Some(0x3f50624dd2f1a9fc)),
    ("1e", None),
    ("1e+", None),
    ("1e-", None),
    ("e5", None),
    (".e5", None),
    ("1.e5", Some(0x40f86a0000000000)),
    (".5e1", Some(0x4014000000000000)),
    ("1e5.", None),
    ("1.2.3", None),
    ("1..2", None),
    ("1-", None),
    ("--1", None),
    ("+-1", None),
    ("1 ", None),
    (" 1", None),
    ("1\t", None),
    ("1,5", None),
    ("1_000", Some(0x408f400000000000)),
    ("1__000", None),
    ("_1", None),
    ("1_", None),
    ("1_.5", None),
    ("1._5", None),
    ("1.5_0", Some(0x3ff8000000000000)),
    ("1_e5", None),
    ("1e_5", None),
    ("1e5_0", Some(0x4a511b0ec57e649a)),
    ("1e5_", None),
    ("1e+_5", None),
    ("0_1", Some(0x3ff0000000000000)),
    ("-1_0", Some(0xc024000000000000)),
    ("+_1", None),
    ("0x1p4", Some(0x4030000000000000)),
    ("0X1P4", Some(0x4030000000000000)),
    ("0x1", None),
    ("0x", None),
    ("0x1p", None),
    ("0xp1", None),
    ("0x.p1", None),
    ("0x.8p1", Some(0x3ff0000000000000)),
    ("0x1.p1", Some(0x4000000000000000)),
    ("-0x1p-2", Some(0xbfd0000000000000)),
    ("0x1.8p+1", Some(0x4008000000000000)),
    ("0xAbCdEfp0", Some(0x416579bde0000000)),
    ("0x_1p4", Some(0x4030000000000000)),
    ("0x1_0p4", Some(0x4070000000000000)),
    ("0x1_p4", None),
    ("0x1p_4", None),
    ("0x1p4_0", Some(0x4270000000000000)),
    ("0x1p1024", None),
    ("0x1.fffffffffffff7p1023", Some(0x7fefffffffffffff)),
    ("0x1.fffffffffffff8p1023", None),
    ("0x1p-1074", Some(0x0000000000000001)),
    ("0x1p-1075", Some(0x0000000000000000)),
    ("0x1.8p-1075", Some(0x0000000000000001)),
    ("0x1.00000000000008p0", Some(0x3ff0000000000000)),
    ("0x1.00000000000008000001p0", Some(0x3ff0000000000001)),
    ("0x1.000000000000180000p0", Some(0x3ff0000000000002)),
    ("0x00000000000000000000000001p0", Some(0x3ff0000000000000)),
    ("0x0.0000000000000000000000000000001p4", Some(0x3870000000000000)),
    ("0x123456789abcdef0123p0", Some(0x44723456789abcdf)),
    ("0x1e5", None),
    ("0x1e5p0", Some(0x407e500000000000)),
    ("0b1p4", None),
    ("0o17", None),
    ("inf", Some(0x7ff0000000000000)),
    ("Inf", Some(0x7ff0000000000000)),
    ("INF", Some(0x7ff0000000000000)),
    ("+inf", Some(0x7ff0000000000000)),
    ("-inf", Some(0xfff0000000000000)),
    ("infinity", Some(0x7ff0000000000000)),
    ("Infinity", Some(0x7ff0000000000000)),
    ("+INFINITY", Some(0x7ff0000000000000)),
    ("-iNfInItY", Some(0xfff0000000000000)),
    ("infi", None),
    ("infinit", None),
    ("infinityy", None),
    ("in", None),
    ("i", None),
    ("nan", Some(0x7ff8000000000001)),
    ("NaN", Some(0x7ff8000000000001)),
    ("NAN", Some(0x7ff8000000000001)),
    ("+nan", None),
    ("-nan", None),
    ("nan1", None),
    ("n", None),
    ("na", None),
    ("1e308", Some(0x7fe1ccf385ebc8a0)),
    ("1.7976931348623157e308", Some(0x7fefffffffffffff)),
    ("1.7976931348623158e308", Some(0x7fefffffffffffff)),
    ("1.7976931348623159e308", None),
    ("1e309", None),
    ("1e999", None),
    ("-1e999", None),
    ("1e99999999999999999999", None),
    ("1e-99999999999999999999", Some(0x0000000000000000)),
    ("0e99999999999999999999", Some(0x0000000000000000)),
    ("1e-323", Some(0x0000000000000002)),
    ("5e-324", Some(0x0000000000000001)),
    ("2.4703282292062327e-324", Some(0x0000000000000000)),
    ("2.4703282292062328e-324", Some(0x0000000000000001)),
    ("2.47e-324", Some(0x0000000000000000)),
    ("3e-324", Some(0x0000000000000001)),
    ("1e-400", Some(0x0000000000000000)),
    ("2.2250738585072014e-308", Some(0x0010000000000000)),
    ("2.2250738585072011e-308", Some(0x000fffffffffffff)),
    ("2.2250738585072012e-308", Some(0x0010000000000000)),
    ("9007199254740992", Some(0x4340000000000000)),
    ("9007199254740993", Some(0x4340000000000000)),
    ("9007199254740993.0000000000000000000000000000000000001", Some(0x4340000000000001)),
    ("9007199254740994", Some(0x4340000000000001)),
    ("9007199254740995", Some(0x4340000000000002)),
    ("18446744073709551615", Some(0x43f0000000000000)),
    ("18446744073709551616", Some(0x43f0000000000000)),
    ("9999999999999999999", Some(0x43e158e460913d00)),
    ("99999999999999999999", Some(0x4415af1d78b58c40)),
    ("123456789012345678901234567890", Some(0x45f8ee90ff6c373e)),
    ("0.1", Some(0x3fb999999999999a)),
    ("0.2", Some(0x3fc999999999999a)),
    ("0.3", Some(0x3fd3333333333333)),
    ("0.30000000000000004", Some(0x3fd3333333333334)),
    ("6820.027", Some(0x40baa406e978d4fe)),
    ("0.123456", Some(0x3fbf9acffa7eb6bf)),
    ("32.13", Some(0x404010a3d70a3d71)),
    ("100", Some(0x4059000000000000)),
    ("0.1e1", Some(0x3ff0000000000000)),
    ("00000000000000000000000000001", Some(0x3ff0000000000000)),
    ("0.00000000000000000000000000001", Some(0x39e95a5efea6b347)),
    ("0000000000.0000000001", Some(0x3ddb7cdfd9d7bdbb)),
    ("1e22", Some(0x4480f0cf064dd592)),
    ("1e23", Some(0x44b52d02c7e14af6)),
    ("8.5e22", Some(0x44b1ffdbf6b2b2eb)),
    ("123456789e-30", Some(0x3b62a800d15b2fe8)),
    ("1.0000000000000002220446049250313080847263336181640625", Some(0x3ff0000000000001)),
    ("1.00000000000000011102230246251565404236316680908203125", Some(0x3ff0000000000000)),
    ("1.00000000000000011102230246251565404236316680908203124", Some(0x3ff0000000000000)),
    ("1.00000000000000011102230246251565404236316680908203126", Some(0x3ff0000000000001)),
    ("12345678", Some(0x41678c29c0000000)),
    ("1234567.", Some(0x4132d68700000000)),
    (".1234567", Some(0x3fbf9adbb8f8da72)),
    ("1234.678", Some(0x40934ab645a1cac1)),
    ("123456789", Some(0x419d6f3454000000)),
    ("1234567890123456", Some(0x43118b54f22aeb00)),
    ("123456789.123456", Some(0x419d6f34547e6b40)),
    ("12345678.1234567", Some(0x41678c29c3f35b77)),
    ("12345678..123456", None),
    ("1234567a", None),
    ("a2345678", None),
    ("12/4", None),
    ("12:4", None),
    ("1234567:", None),
    ("١", None),
    ("1é", None),
    ("0x1.8", None),
    ("1f", None),
    ("1d", None),
    ("1L", None),
    ("1e1e1", None),
    ("1p4", None),
    ("0.0", Some(0x0000000000000000)),
    ("-0.0", Some(0x8000000000000000)),
    ("0e5", Some(0x0000000000000000)),
    ("0_", None),
    ("_0", None),
];

#[test]
fn parse_returns_what_go_returns() {
    for &(text, bits) in GO {
        let value = parse(text.as_bytes());
        match bits.map(f64::from_bits) {
            Some(expected) if expected.is_nan() => assert!(value.unwrap().is_nan(), "{text:?}"),
            expected => assert_eq!(value.map(f64::to_bits), expected.map(f64::to_bits), "{text:?}"),
        }
    }
}

/// The standard library agrees with Go on plain decimals, but for what is too large.
fn standard(text: &str) -> Option<u64> {
    let value: f64 = text.parse().unwrap();
    value.is_finite().then_some(value.to_bits())
}

/// The middle between a positive double and the next larger one, written out exactly.
fn middle(bits: u64) -> String {
    let (low, high) = (f64::from_bits(bits), f64::from_bits(bits + 1));
    // Exact in a wider format only, so in decimal digits: the mean of two exact expansions of the same length.
    let (low, high) = (format!("{low:.1080}"), format!("{high:.1080}"));
    let digits =
        |text: &str| text.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').rev().collect::<std::vec::Vec<_>>();
    let (mut low, high) = (digits(&low), digits(&high));
    low.resize(high.len(), 0);
    let mut carry = 0;
    let sum: std::vec::Vec<u8> = low
        .iter()
        .zip(&high)
        .map(|(a, b)| {
            let sum = a + b + carry;
            carry = sum / 10;
            sum % 10
        })
        .collect();
    let mut rest = carry;
    let mut half = String::new();
    for digit in sum.iter().rev() {
        let value = rest * 10 + digit;
        half.push(char::from(b'0' + value / 2));
        rest = value % 2;
    }
    if rest == 1 {
        half.push('5');
    }
    let decimals = 1080 + usize::from(rest == 1);
    half.insert(half.len() - decimals, '.');
    half
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn plain_decimals_of_any_length_agree_with_the_standard_library(text in "-?(0|[0-9]{1,9}|[0-9]{1,40})\\.?[0-9]{0,40}") {
        prop_assert_eq!(parse(text.as_bytes()).map(f64::to_bits), standard(&text));
    }

    #[test]
    fn short_decimals_agree_with_the_standard_library(text in "[+-]?([0-9]{1,16}|[0-9]{1,8}\\.[0-9]{0,8}|\\.[0-9]{1,8})") {
        prop_assert_eq!(parse(text.as_bytes()).map(f64::to_bits), standard(&text));
    }

    #[test]
    fn exponents_agree_with_the_standard_library(text in "[0-9]{1,30}\\.?[0-9]{0,30}[eE][+-]?[0-9]{1,3}") {
        prop_assert_eq!(parse(text.as_bytes()).map(f64::to_bits), standard(&text));
    }

    #[test]
    fn very_long_decimals_agree_with_the_standard_library(text in "[0-9]{1,400}\\.[0-9]{600,900}(e-?[0-9]{1,3})?") {
        prop_assert_eq!(parse(text.as_bytes()).map(f64::to_bits), standard(&text));
    }

    #[test]
    fn the_middle_of_two_doubles_goes_to_the_even_one(bits in 0..0x7FEF_FFFF_FFFF_FFFFu64) {
        let text = middle(bits);
        let even = bits + (bits & 1);
        prop_assert_eq!(parse(text.as_bytes()).map(f64::to_bits), Some(even));
        prop_assert_eq!(parse(format!("{text}0000000001").as_bytes()).map(f64::to_bits), Some(bits + 1));
    }

    #[test]
    fn every_finite_double_survives_the_standard_librarys_text(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        for text in [format!("{value}"), format!("{value:e}"), format!("{value:?}")] {
            prop_assert_eq!(parse(text.as_bytes()).map(f64::to_bits), Some(bits));
        }
    }

    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..40), text in "[0-9a-fxXpPeE._+-]{0,24}") {
        parse(&bytes);
        parse(text.as_bytes());
    }
}
