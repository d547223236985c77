//! What the board has: a clock and an Ethernet controller.

#![no_std]

pub mod clock;
pub mod lan9118;
