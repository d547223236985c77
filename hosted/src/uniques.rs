//! A count of different members that owns its registers.

use std::ops::Deref;

use basenji_core::aggregate::Members;
use basenji_core::state::{self, StateError};
use basenji_core::uniques::Uniques;

/// Words of 16,384 registers, with which an estimate is off by 0.8 % on average.
const WORDS: usize = 2048;

/// How many different members there were, see [`core::uniques`](crate::core::uniques), in 16 kB. It reads as the core's does.
///
/// # Example
///
/// ```
/// use basenji::OwnedUniques;
///
/// let (mut here, mut there) = (OwnedUniques::default(), OwnedUniques::default());
/// here.add(b"ann");
/// there.add(b"bob");
/// let handed_over = OwnedUniques::from_bytes(&there.to_bytes())?;
/// here.merge(&handed_over);
/// assert_eq!(here.count(), 2);
/// # Ok::<(), basenji::core::state::StateError>(())
/// ```
#[derive(Debug, Clone)]
pub struct OwnedUniques(Uniques<Box<[u64]>>);

impl OwnedUniques {
    /// Counts a member, if it is a new one.
    pub fn add(&mut self, member: &[u8]) {
        self.0.insert(member);
    }

    /// Adds the members that another one has counted. Where that has fewer registers, this one has as many afterwards.
    pub fn merge<S: AsRef<[u64]>>(&mut self, other: &Uniques<S>) {
        if !self.0.merge(other) {
            let mut fewer = Uniques::new(vec![0; (1 << other.precision()) / 8].into_boxed_slice());
            let _ = fewer.merge(&self.0) && fewer.merge(other);
            self.0 = fewer;
        }
    }

    /// All of it in bytes, as `docs/states.md` describes them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; (1 << self.precision()) + 16];
        let len = state::write_uniques(&self.0, &mut bytes).unwrap_or(0);
        bytes.truncate(len);
        bytes
    }

    /// The one that was written, with as many registers.
    ///
    /// # Errors
    ///
    /// What is corrupt, and where.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        // The place of the precision; what is wrong with it is said by who reads it.
        let precision = bytes.get(4).map_or(4, |precision| (*precision).clamp(4, 16));
        state::read_uniques(bytes, vec![0; (1 << precision) / 8].into_boxed_slice()).map(OwnedUniques)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0 = Uniques::new(vec![0; (1 << self.precision()) / 8].into_boxed_slice());
    }
}

/// The members of a set of a bucket, `Series::members` of the server; where these are fewer registers, with as few.
impl From<Members<'_>> for OwnedUniques {
    fn from(members: Members<'_>) -> Self {
        let mut uniques = OwnedUniques::default();
        if !uniques.0.merge_members(members) {
            uniques.0 = Uniques::new(vec![0; members.words().len()].into_boxed_slice());
            let _ = uniques.0.merge_members(members);
        }
        uniques
    }
}

impl Default for OwnedUniques {
    fn default() -> Self {
        OwnedUniques(Uniques::new(vec![0; WORDS].into_boxed_slice()))
    }
}

impl Deref for OwnedUniques {
    type Target = Uniques<Box<[u64]>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Two are equal if they have the same registers.
impl PartialEq for OwnedUniques {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_a_set_are_taken_as_hashes_and_as_registers_few_and_many() {
        let members = (0..300_u32).map(u32::to_le_bytes);
        let mut uniques = OwnedUniques::default();
        members.clone().for_each(|member| uniques.add(&member));
        let mut hashes: Vec<u64> = members.map(|member| basenji_core::aggregate::member_hash(0, &member)).collect();
        hashes.insert(7, 0);
        assert!(OwnedUniques::from(Members::from_parts(&hashes, 0)) == uniques);
        assert_eq!(OwnedUniques::from(Members::NONE).count(), 0);
        for precision in [10, 14, 16] {
            let mut set = Uniques::new(vec![0; (1 << precision) / 8]);
            hashes.iter().filter(|hash| **hash != 0).for_each(|hash| set.insert_hash(*hash));
            let words = set.into_storage();
            let taken = OwnedUniques::from(Members::from_parts(&words, precision));
            assert_eq!(taken.precision(), precision.min(14));
            let mut fewer = Uniques::new(vec![0; (1 << taken.precision()) / 8]);
            assert!(fewer.merge(&uniques) && *taken == fewer);
        }
    }

    #[test]
    fn a_merge_with_fewer_registers_has_as_few() {
        let mut fewer = Uniques::new(vec![0; 64]);
        (0..500_u32).for_each(|member| fewer.insert(&member.to_le_bytes()));
        let mut uniques = OwnedUniques::default();
        (250..700_u32).for_each(|member| uniques.add(&member.to_le_bytes()));
        uniques.merge(&fewer);
        (500..700_u32).for_each(|member| fewer.insert(&member.to_le_bytes()));
        assert!(*uniques == fewer);
        assert!(OwnedUniques::from_bytes(&uniques.to_bytes()).unwrap() == uniques);
        uniques.clear();
        assert_eq!(uniques.count(), 0);
    }
}
