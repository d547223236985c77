//! A driver for SMSC's LAN9118 Ethernet controller, polled, as a device of smoltcp.
//!
//! One frame at a time passes through the controller's queues, word by word. Register names are those of the data sheet.

use core::ptr::{read_volatile, write_volatile};

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// Where the boards AN385 and AN386 have it.
pub const MPS2: usize = 0x4020_0000;

/// An Ethernet frame without its check sequence, which the controller writes itself.
const FRAME: usize = 1514;

/// Offsets of the registers.
mod register {
    pub(super) const RX_DATA: usize = 0x00;
    pub(super) const TX_DATA: usize = 0x20;
    pub(super) const RX_STATUS: usize = 0x40;
    pub(super) const TX_STATUS: usize = 0x48;
    pub(super) const BYTE_TEST: usize = 0x64;
    pub(super) const TX_CFG: usize = 0x70;
    pub(super) const HW_CFG: usize = 0x74;
    pub(super) const RX_FIFO_INF: usize = 0x7c;
    pub(super) const TX_FIFO_INF: usize = 0x80;
    pub(super) const MAC_CSR_CMD: usize = 0xa4;
    pub(super) const MAC_CSR_DATA: usize = 0xa8;
}

/// Registers behind `MAC_CSR_CMD`.
#[derive(Clone, Copy)]
enum Mac {
    Control = 1,
    AddressHigh = 2,
    AddressLow = 3,
}

/// The controller.
#[derive(Debug)]
pub struct Lan9118 {
    base: usize,
}

/// There is no such controller at this address.
#[derive(Debug)]
pub struct Absent;

impl Lan9118 {
    /// Resets the controller at `base` and starts it with the hardware address `address`.
    ///
    /// # Errors
    ///
    /// What is there does not answer as a LAN9118 does.
    ///
    /// # Safety
    ///
    /// The registers of a LAN9118 are at `base`, and nobody else uses them.
    pub unsafe fn start(base: usize, address: [u8; 6]) -> Result<Self, Absent> {
        let mut device = Lan9118 { base };
        if device.read(register::BYTE_TEST) != 0x8765_4321 {
            return Err(Absent);
        }
        const RESET: u32 = 1;
        device.write(register::HW_CFG, RESET);
        while device.read(register::HW_CFG) & RESET != 0 {}
        // 5 KiB of the memory for frames to send; the bit below must be one.
        device.write(register::HW_CFG, 5 << 16 | 1 << 20);
        let [a, b, c, d, e, f] = address;
        device.write_mac(Mac::AddressLow, u32::from_le_bytes([a, b, c, d]));
        device.write_mac(Mac::AddressHigh, u32::from_le_bytes([e, f, 0, 0]));
        const TRANSMIT: u32 = 1 << 3;
        const RECEIVE: u32 = 1 << 2;
        device.write_mac(Mac::Control, TRANSMIT | RECEIVE);
        const ON: u32 = 1 << 1;
        device.write(register::TX_CFG, ON);
        Ok(device)
    }

    fn read(&self, register: usize) -> u32 {
        // SAFETY: `base` is as the contract of `start` says, and each register is one word in it.
        unsafe { read_volatile((self.base + register) as *const u32) }
    }

    fn write(&mut self, register: usize, value: u32) {
        // SAFETY: as in `read`.
        unsafe { write_volatile((self.base + register) as *mut u32, value) }
    }

    fn write_mac(&mut self, mac: Mac, value: u32) {
        const BUSY: u32 = 1 << 31;
        self.write(register::MAC_CSR_DATA, value);
        self.write(register::MAC_CSR_CMD, BUSY | mac as u32);
        while self.read(register::MAC_CSR_CMD) & BUSY != 0 {}
    }

    /// Takes one frame out of the controller; the number of its bytes, 0 for one that came damaged.
    fn take(&mut self, frame: &mut [u8; FRAME]) -> Option<usize> {
        let waiting = self.read(register::RX_FIFO_INF) >> 16 & 0xff;
        if waiting == 0 {
            return None;
        }
        let status = self.read(register::RX_STATUS);
        let (len, is_damaged) = ((status >> 16 & 0x3fff) as usize, status & 1 << 15 != 0);
        let mut rest = &mut frame[..];
        for _ in 0..len.div_ceil(4) {
            let word = self.read(register::RX_DATA).to_le_bytes();
            let (now, later) = rest.split_at_mut(rest.len().min(word.len()));
            now.copy_from_slice(&word[..now.len()]);
            rest = later;
        }
        // The check sequence comes with it.
        Some(if is_damaged { 0 } else { len.saturating_sub(4).min(FRAME) })
    }

    /// Whether a whole frame can be sent now.
    fn is_ready(&mut self) -> bool {
        let state = self.read(register::TX_FIFO_INF);
        for _ in 0..state >> 16 & 0xff {
            self.read(register::TX_STATUS);
        }
        // With the two commands before a frame.
        (state & 0xffff) as usize >= FRAME + 8
    }

    fn send(&mut self, frame: &[u8]) {
        const FIRST_AND_LAST: u32 = 1 << 13 | 1 << 12;
        self.write(register::TX_DATA, FIRST_AND_LAST | frame.len() as u32);
        self.write(register::TX_DATA, frame.len() as u32);
        for bytes in frame.chunks(4) {
            let mut word = [0; 4];
            word[..bytes.len()].copy_from_slice(bytes);
            self.write(register::TX_DATA, u32::from_le_bytes(word));
        }
    }
}

impl Device for Lan9118 {
    type RxToken<'a> = Received;
    type TxToken<'a> = ToSend<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received, ToSend<'_>)> {
        if !self.is_ready() {
            return None;
        }
        let mut frame = [0; FRAME];
        let len = self.take(&mut frame)?;
        Some((Received { frame, len }, ToSend(self)))
    }

    fn transmit(&mut self, _: Instant) -> Option<ToSend<'_>> {
        self.is_ready().then_some(ToSend(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities.max_burst_size = Some(1);
        capabilities
    }
}

/// A frame that was received.
#[derive(Debug)]
pub struct Received {
    frame: [u8; FRAME],
    len: usize,
}

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.frame[..self.len])
    }
}

/// Room for a frame that is to be sent.
#[derive(Debug)]
pub struct ToSend<'a>(&'a mut Lan9118);

impl TxToken for ToSend<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, write: F) -> R {
        let mut frame = [0; FRAME];
        let frame = &mut frame[..len];
        let result = write(frame);
        self.0.send(frame);
        result
    }
}
