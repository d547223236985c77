//! A device that reports what it does: its client aggregates, smoltcp carries the datagrams, the board's Ethernet controller sends them.
//!
//! Its only argument is the server: `-semihosting-config ...,arg=device,arg=10.0.2.2:8125`. It works through a fixed number of steps over
//! several intervals of its client, sends what is left, says what it has done and ends.

#![no_std]
#![no_main]

use core::net::SocketAddrV4;

use basenji_core::aggregate::StaticStorage;
use basenji_core::client::{Aggregation, Client, Common, Limits, Options, Ours};
use basenji_core::wire::Tags;
use basenji_core::{Full, Time};
use basenji_firmware::clock;
use basenji_firmware::lan9118::{Lan9118, MPS2};
use cortex_m_rt::entry;
use semihosting::experimental::env;
use semihosting::{println, process};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr, IpEndpoint, Ipv4Address};

const HARDWARE_ADDRESS: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];
/// What QEMU's network of one user expects of its guest.
const ADDRESS: Ipv4Address = Ipv4Address::new(10, 0, 2, 15);
const PREFIX: u8 = 24;
const GATEWAY: Ipv4Address = Ipv4Address::new(10, 0, 2, 2);

/// A datagram in a frame, without the headers of IPv4 and UDP.
const DATAGRAM: usize = 1472;
const STEPS: u32 = 5000;
/// It rests for a millisecond after so many steps, so that they take several intervals of the client.
const STEPS_A_MILLI: u32 = 50;
const FLUSH_MILLIS: u64 = 20;
/// The load is looked at now and then; all that is seen in an interval has its place.
const STEPS_A_LOAD: u32 = 50;
const LOADS: u32 = STEPS / STEPS_A_LOAD;

type DeviceClient = Client<StaticStorage<8, 512, 512, 8>, [u8; 2 * DATAGRAM], &'static str, Ours>;

#[entry]
fn main() -> ! {
    match run() {
        Ok(()) => process::exit(0),
        Err(reason) => {
            println!("device: {reason}");
            process::exit(1)
        }
    }
}

fn run() -> Result<(), &'static str> {
    let server = server().ok_or("the argument is not an address and port")?;
    let mut peripherals = cortex_m::Peripherals::take().ok_or("somebody has the peripherals")?;
    clock::start(&mut peripherals.SYST);
    // SAFETY: this is one of the boards that have it there, and there is no other driver.
    let mut controller =
        unsafe { Lan9118::start(MPS2, HARDWARE_ADDRESS) }.map_err(|_| "there is no Ethernet controller")?;

    let mut interface =
        Interface::new(Config::new(EthernetAddress(HARDWARE_ADDRESS).into()), &mut controller, uptime());
    interface.update_ip_addrs(|addresses| {
        // There is room for one.
        let _ = addresses.push(IpCidr::new(ADDRESS.into(), PREFIX));
    });
    interface.routes_mut().add_default_ipv4_route(GATEWAY).map_err(|_| "there is no room for a route")?;

    let (mut received, mut queued) = ([PacketMetadata::EMPTY; 1], [PacketMetadata::EMPTY; 4]);
    let (mut no_bytes, mut bytes) = ([0; 1], [0; 4 * DATAGRAM]);
    let mut socket = Socket::new(
        PacketBuffer::new(&mut received[..], &mut no_bytes[..]),
        PacketBuffer::new(&mut queued[..], &mut bytes[..]),
    );
    socket.bind(8125).map_err(|_| "the port is taken")?;
    let mut storage = [SocketStorage::EMPTY];
    let mut sockets = SocketSet::new(&mut storage[..]);
    let socket = sockets.add(socket);
    let mut network = Network { interface, controller, sockets, socket, server };

    let mut client = client();
    for step in 0..STEPS {
        work(&mut client, step).map_err(|_| "the client is full though nothing is left in it")?;
        network.send(&mut client);
        if step % STEPS_A_MILLI == 0 {
            cortex_m::asm::wfi();
        }
    }
    client.flush(now());
    while network.send(&mut client) {}

    let counters = client.counters();
    println!(
        "{} calls, {} datagrams, {} dropped",
        counters.metrics.total(),
        counters.sent.packets,
        counters.dropped().packets
    );
    Ok(())
}

/// The client of this device.
fn client() -> DeviceClient {
    let options = Options {
        limits: Limits { datagram: DATAGRAM, line: DATAGRAM },
        aggregation: Aggregation::Extended { samples: LOADS },
        flush_millis: FLUSH_MILLIS,
        ..Options::of(Ours)
    };
    let common = Common { prefix: "device.", tags: "board:mps2", ..Common::default() };
    Client::new(StaticStorage::new(), [0; 2 * DATAGRAM], common, options)
}

/// One step of what the device is there for, as far as it is reported.
fn work(client: &mut DeviceClient, step: u32) -> Result<(), Full> {
    let now = now();
    client.count(b"steps", 1, Tags::List(&[b"phase:run"]), now)?;
    client.gauge(b"progress", f64::from(step) / f64::from(STEPS), Tags::NONE, now)?;
    client.set(b"channels", if step % 2 == 0 { b"left" } else { b"right" }, Tags::NONE, now)?;
    if step % STEPS_A_LOAD == 0 {
        client.distribution(b"load", f64::from(step / STEPS_A_LOAD), Tags::NONE, now)?;
    }
    Ok(())
}

/// The device's network and its one socket.
struct Network<'a> {
    interface: Interface,
    controller: Lan9118,
    sockets: SocketSet<'a>,
    socket: SocketHandle,
    server: SocketAddrV4,
}

impl Network<'_> {
    /// Moves what is due from the client to the stack and on to the wire; whether something is left to do.
    fn send(&mut self, client: &mut DeviceClient) -> bool {
        let endpoint = IpEndpoint::new((*self.server.ip()).into(), self.server.port());
        let socket = self.sockets.get_mut::<Socket<'_>>(self.socket);
        while socket.can_send() {
            let Some(datagram) = client.poll_transmit(now()) else { break };
            let len = datagram.len() as u64;
            let sent = socket.send_slice(datagram, endpoint).is_ok();
            let counters = client.counters_mut();
            let traffic = if sent { &mut counters.sent } else { &mut counters.dropped_writer };
            traffic.packets += 1;
            traffic.bytes += len;
        }
        self.interface.poll(uptime(), &mut self.controller, &mut self.sockets);
        self.sockets.get::<Socket<'_>>(self.socket).send_queue() > 0 || client.next_deadline() == Some(Time::default())
    }
}

/// The device knows no date: its time begins with itself.
fn now() -> Time {
    Time::from_millis(clock::millis().into())
}

fn uptime() -> Instant {
    Instant::from_millis(clock::millis())
}

/// The second word of the command line.
fn server() -> Option<SocketAddrV4> {
    let arguments = env::args::<128>().ok()?;
    (&arguments).nth(1)?.ok()?.parse().ok()
}
