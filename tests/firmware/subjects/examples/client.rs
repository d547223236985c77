//! A client that writes each call into the datagram that is under way, and leaves aggregation to the server.

#![no_std]

use basenji_core::aggregate::StaticStorage;
use basenji_core::client::Aggregation;

basenji_firmware_subjects::client_subject!(StaticStorage<0, 0, 0, 0>, Aggregation::Off);
