//! A client that aggregates 64 contexts.

#![no_std]

use basenji_core::aggregate::StaticStorage;
use basenji_core::client::Aggregation;

basenji_firmware_subjects::client_subject!(StaticStorage<64, 2048, 512, 8>, Aggregation::Extended { samples: 32 });
