//! What answers are made from.

use std::sync::Arc;
use std::time::Instant;

use basenji::server::{Listener, Monitor};

use crate::capture::Copier;
use crate::forward::Forward;
use crate::live::Live;
use crate::sink::Board;

/// What answers are made from.
#[derive(Clone)]
pub(crate) struct Look {
    pub(crate) monitor: Monitor,
    pub(crate) board: Board,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) start: Instant,
    /// The live page, if it is wanted.
    pub(crate) live: Option<Live>,
    /// The way to another server, if there is one.
    pub(crate) forward: Option<Arc<Forward>>,
    /// Where captures are taken from, if it is known who may.
    pub(crate) copier: Option<Arc<Copier>>,
}
