//! Reads the known contexts, some at a time, so that neither a flush nor a stop waits for it.

use std::collections::VecDeque;

use basenji_core::aggregate::Context;

use super::merger::Merger;
use crate::channel::Sender;

/// Contexts that are read before the flusher does other work: a millisecond or two.
const TURN: usize = 4096;

/// A reader of the known contexts.
pub(crate) trait Look: Send {
    fn see(&mut self, context: &Context<'_>);

    /// Told after the last one.
    fn end(self: Box<Self>);
}

/// A value that is made of the contexts, one after the other, and the channel to the thread that waits for it.
pub(crate) struct Fold<T, F> {
    pub(crate) value: T,
    pub(crate) each: F,
    pub(crate) answer: Sender<T>,
}

impl<T: Send, F: FnMut(&mut T, &Context<'_>) + Send> Look for Fold<T, F> {
    fn see(&mut self, context: &Context<'_>) {
        (self.each)(&mut self.value, context);
    }

    fn end(self: Box<Self>) {
        // The thread that asked may be gone.
        let _ = self.answer.send(self.value);
    }
}

/// The readers that wait; one at a time is served.
#[derive(Default)]
pub(crate) struct Looks {
    waiting: VecDeque<Box<dyn Look>>,
    /// How many contexts the first of them has seen.
    seen: usize,
}

impl Looks {
    pub(crate) fn push(&mut self, look: Box<dyn Look>) {
        self.waiting.push_back(look);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Serves the first reader for one turn.
    pub(crate) fn go_on(&mut self, merger: &Merger) {
        let Some(look) = self.waiting.front_mut() else { return };
        let mut seen = 0;
        for context in merger.contexts_from(self.seen).take(TURN) {
            look.see(&context);
            seen += 1;
        }
        self.seen += seen;
        if seen < TURN {
            self.seen = 0;
            if let Some(look) = self.waiting.pop_front() {
                look.end();
            }
        }
    }
}
