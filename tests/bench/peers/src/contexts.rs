//! The contexts of all calls.

/// One name.
pub(crate) const NAME: &str = "shop.checkout.requests";

/// Keys and values of the tags of each context; written out again where a macro wants literals.
pub(crate) const TAGS: [[(&str, &str); 2]; 4] = [
    [("method", "get"), ("status", "200")],
    [("method", "get"), ("status", "404")],
    [("method", "post"), ("status", "200")],
    [("method", "post"), ("status", "500")],
];

/// The same as they stand on the wire.
pub(crate) const JOINED: [[&str; 2]; 4] = [
    ["method:get", "status:200"],
    ["method:get", "status:404"],
    ["method:post", "status:200"],
    ["method:post", "status:500"],
];

/// The value of a call for a sample: quarters up to 1000.
pub(crate) fn sample(call: usize) -> f64 {
    (call % 4000) as f64 * 0.25
}
