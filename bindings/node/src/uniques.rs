//! Registers that count different members: bytes in an array of JavaScript's, which V8 counts and gives back as it does its own. What is done with them is here.

use basenji::OwnedUniques;
use basenji::core::aggregate::{Members, member_hash, register};
use basenji::core::state;
use basenji::core::uniques::Uniques;
use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::sketch::RefusedState;

/// How many registers a count has from the start.
#[napi]
pub(crate) fn register_count() -> u32 {
    1 << OwnedUniques::default().precision()
}

/// The register of a member in the upper bits, and what it becomes at least in the lowest eight.
#[napi]
pub(crate) fn register_of(member: Either<String, Uint8ArraySlice<'_>>, registers: u32) -> u32 {
    let hash = match &member {
        Either::A(text) => member_hash(0, text.as_bytes()),
        Either::B(bytes) => member_hash(0, bytes),
    };
    // There are a power of two of them.
    let (at, rank) = register(hash, registers.trailing_zeros() as u8);
    (at as u32) << 8 | u32::from(rank)
}

/// The registers as the library has them, eight a word.
fn words(registers: &[u8]) -> Uniques<Vec<u64>> {
    let (words, _) = registers.as_chunks();
    Uniques::from_storage(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}

fn copied<'env>(env: &'env Env, uniques: &Uniques<impl AsRef<[u64]>>) -> Result<BufferSlice<'env>> {
    BufferSlice::copy_from(env, uniques.registers().collect::<Vec<u8>>())
}

/// About how many different members there were.
#[napi]
pub(crate) fn members_of(registers: Uint8ArraySlice<'_>) -> f64 {
    words(&registers).count() as f64
}

/// The registers of both, as many as the one has that has fewer.
#[napi]
pub(crate) fn merged_registers<'env>(
    env: &'env Env,
    one: Uint8ArraySlice<'_>,
    other: Uint8ArraySlice<'_>,
) -> Result<BufferSlice<'env>> {
    let mut fewer = [words(&one), words(&other)];
    fewer.sort_by_key(Uniques::precision);
    let [mut fewer, more] = fewer;
    // Fewer registers take in more.
    let _ = fewer.merge(&more);
    copied(env, &fewer)
}

/// The members of a set of a bucket in as few bytes as they take: the precision, and the hashes that there are or the registers.
pub(crate) fn packed(members: Members<'_>) -> Vec<u8> {
    let precision = members.precision();
    let words = members.words().iter().filter(|word| precision > 0 || **word != 0);
    std::iter::once(precision).chain(words.flat_map(|word| word.to_le_bytes())).collect()
}

/// The registers of such members.
#[napi]
pub(crate) fn registers_of_set<'env>(env: &'env Env, members: Uint8ArraySlice<'_>) -> Result<BufferSlice<'env>> {
    let (&precision, words) = members.split_first().unwrap_or((&0, &[]));
    let (words, _) = words.as_chunks();
    let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
    copied(env, &OwnedUniques::from(Members::from_parts(&words, precision)))
}

/// The state of registers.
#[napi]
pub(crate) fn uniques_state(registers: Uint8ArraySlice<'_>) -> Buffer {
    let mut bytes = vec![0; registers.len() + 16];
    let len = state::write_uniques(&words(&registers), &mut bytes).unwrap_or(0);
    bytes.truncate(len);
    bytes.into()
}

/// The registers of a state; of one that is refused, what is wrong with it.
#[napi]
pub(crate) fn uniques_of_state<'env>(
    env: &'env Env,
    bytes: Uint8ArraySlice<'_>,
) -> Result<Either<BufferSlice<'env>, RefusedState>> {
    Ok(match OwnedUniques::from_bytes(&bytes) {
        Ok(uniques) => Either::A(copied(env, &uniques)?),
        Err(error) => Either::B(error.into()),
    })
}
