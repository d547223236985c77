//! Origin detection: from who sent a message to the tags of that container or pod.
//!
//! ```text
//! the socket's credentials -> process -> container --.
//! c:, e:, card:, dd.internal.* tags ------ claims ----+-- precedence --> entities -- Tagger --> tags
//! ```
//!
//! Without a [`Tagger`] none of this runs, and a message costs nothing more. With one, what was found
//! for the claims of a message is remembered for those like it, so that a tagger, `/proc` and the control groups are
//! asked rarely; every memory is bounded and forgets within a minute, failures included.

mod claims;
mod enricher;
#[cfg(unix)]
mod inodes;
mod precedence;
#[cfg(unix)]
mod processes;
mod remembered;
mod settings;
mod table;
mod tagger;

pub use settings::OriginSettings;
pub use table::{SharedTags, TagTable};
pub use tagger::{Entity, Tagger};

pub(crate) use enricher::Enricher;
