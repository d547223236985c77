//! Sending over an `embedded-nal` UDP stack, for firmware (feature `embedded-nal`).

use super::{Client, Dialect};
use crate::Time;
use crate::aggregate::Storage;
use embedded_nal::{UdpClientStack, nb};

/// Sends what is due at `now` over a connected `socket` of `stack`; how many datagrams it took. Never waits.
///
/// A datagram that the stack does not take at once is dropped. Both are counted in [`Client::counters`].
///
/// # Errors
///
/// The last error of the stack, "would block" excepted; the datagrams behind it were tried all the same.
pub fn transmit<N, S, B, T, D>(
    client: &mut Client<S, B, T, D>,
    stack: &mut N,
    socket: &mut N::UdpSocket,
    now: Time,
) -> Result<usize, N::Error>
where
    N: UdpClientStack,
    S: Storage,
    B: AsRef<[u8]> + AsMut<[u8]>,
    T: AsRef<[u8]>,
    D: AsRef<Dialect>,
{
    let mut sent = 0usize;
    let mut failure = None;
    while let Some(datagram) = client.poll_transmit(now) {
        let bytes = datagram.len() as u64;
        let result = stack.send(socket, datagram);
        let counters = client.counters_mut();
        let traffic = if result.is_ok() { &mut counters.sent } else { &mut counters.dropped_writer };
        traffic.packets = traffic.packets.wrapping_add(1);
        traffic.bytes = traffic.bytes.wrapping_add(bytes);
        match result {
            Ok(()) => sent = sent.wrapping_add(1),
            Err(nb::Error::WouldBlock) => {}
            Err(nb::Error::Other(error)) => failure = Some(error),
        }
    }
    failure.map_or(Ok(sent), Err)
}

#[cfg(test)]
mod tests {
    use super::super::{Common, Options};
    use super::*;
    use crate::aggregate::StaticStorage;
    use crate::wire::Tags;
    use core::net::SocketAddr;
    use std::vec::Vec;

    /// A stack that takes a datagram, blocks, fails, and so on in turn.
    #[derive(Default)]
    struct Stack {
        calls: usize,
        taken: Vec<u8>,
    }

    impl UdpClientStack for Stack {
        type UdpSocket = ();
        type Error = &'static str;

        fn socket(&mut self) -> Result<(), Self::Error> {
            Ok(())
        }

        fn connect(&mut self, (): &mut (), _: SocketAddr) -> Result<(), Self::Error> {
            Ok(())
        }

        fn send(&mut self, (): &mut (), buffer: &[u8]) -> nb::Result<(), Self::Error> {
            self.calls += 1;
            match self.calls % 3 {
                1 => {
                    self.taken.extend_from_slice(buffer);
                    Ok(())
                }
                2 => Err(nb::Error::WouldBlock),
                _ => Err(nb::Error::Other("the link is down")),
            }
        }

        fn receive(&mut self, (): &mut (), _: &mut [u8]) -> nb::Result<(usize, SocketAddr), Self::Error> {
            Err(nb::Error::WouldBlock)
        }

        fn close(&mut self, (): ()) -> Result<(), Self::Error> {
            Ok(())
        }
    }

    #[test]
    fn what_the_stack_does_not_take_is_dropped_and_counted() {
        let common = Common::<&[u8]>::default();
        let mut client = Client::new(StaticStorage::<4, 64, 0>::new(), [0; 256], common, Options::new());
        let (mut stack, now) = (Stack::default(), Time::from_secs(1));
        let mut results = Vec::new();
        for name in [b"a", b"b", b"c"] {
            client.count(name, 1, Tags::NONE, now).expect("there is room");
            client.flush(now);
            results.push(transmit(&mut client, &mut stack, &mut (), now));
        }
        assert_eq!(results, [Ok(1), Ok(0), Err("the link is down")]);
        assert_eq!(stack.taken, b"a:1|c\n");
        let counters = client.counters();
        assert_eq!((counters.sent.packets, counters.dropped_writer.packets), (1, 2));
        assert_eq!((counters.sent.bytes, counters.dropped_writer.bytes), (6, 12));
    }
}
