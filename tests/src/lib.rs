//! Shared checkers.
