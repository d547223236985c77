//! `basenji_core::client::nal`: a network stack that shows what it is given.

use core::net::SocketAddr;

use embedded_nal::{UdpClientStack, nb};

use crate::Observer;

pub(crate) struct Stack<'a>(pub(crate) &'a mut Observer);

impl UdpClientStack for Stack<'_> {
    type UdpSocket = ();
    type Error = ();

    fn socket(&mut self) -> Result<(), ()> {
        Ok(())
    }

    fn connect(&mut self, (): &mut (), _: SocketAddr) -> Result<(), ()> {
        Ok(())
    }

    fn send(&mut self, (): &mut (), datagram: &[u8]) -> nb::Result<(), ()> {
        self.0.bytes(datagram);
        match datagram.len() % 3 {
            0 => Ok(()),
            1 => Err(nb::Error::WouldBlock),
            _ => Err(nb::Error::Other(())),
        }
    }

    fn receive(&mut self, (): &mut (), _: &mut [u8]) -> nb::Result<(usize, SocketAddr), ()> {
        Err(nb::Error::WouldBlock)
    }

    fn close(&mut self, (): ()) -> Result<(), ()> {
        Ok(())
    }
}
