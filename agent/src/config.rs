//! From options to a server: what is not said is left as the server has it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use basenji::core::aggregate::{Aggregate, Aggregates};
use basenji::server::{Builder, Config, Server, StartError};

use crate::cli::{List, Port, RunOptions};
use crate::failure::Failure;

/// The port of the Agent's DogStatsD.
const PORT: u16 = 8125;

/// The server that the options ask for.
///
/// # Errors
///
/// There are more aggregates than a histogram has room for, or the UDP address is none.
pub(crate) fn builder(options: &RunOptions) -> Result<Builder, Failure> {
    let aggregates = aggregates(options)?;
    let mut builder = Server::builder().config(|config| {
        apply(options, config);
        config.aggregation.aggregates = aggregates;
    });
    let port = match options.port {
        Some(Port::Off) => None,
        Some(Port::Any) => Some(0),
        Some(Port::Number(port)) => Some(port),
        None => Some(PORT),
    };
    if let Some(port) = port {
        builder = builder.udp(address(options, port)).map_err(failure)?;
    }
    if let Some(path) = &options.socket {
        builder = builder.unix_datagram(path);
    }
    if let Some(path) = &options.stream_socket {
        builder = builder.unix_stream(path);
    }
    Ok(builder)
}

/// The sentence and the exit code of a server that does not start.
pub(crate) fn failure(error: StartError) -> Failure {
    match error {
        StartError::NoListener => {
            Failure::usage("there is nothing to listen on: give --port, --socket or --stream-socket")
        }
        StartError::BadAddress { .. } | StartError::Setting { .. } => Failure::usage(error.to_string()),
        _ => Failure::new(error.to_string()),
    }
}

fn apply(options: &RunOptions, config: &mut Config) {
    /// Replaces a setting if there is an option for it.
    fn set<T: Clone>(setting: &mut T, option: &Option<T>) {
        if let Some(value) = option {
            setting.clone_from(value);
        }
    }
    set(&mut config.workers, &options.workers.filter(|workers| *workers > 0));
    set(&mut config.receive_buffer, &options.buffer_size);
    set(&mut config.socket_buffer, &options.so_rcvbuf);
    set(&mut config.socket_mode, &options.socket_mode);
    set(&mut config.eol_required, &options.eol_required.clone().map(|List(kinds)| kinds));
    set(&mut config.origin_detection, &options.origin_detection);
    set(&mut config.tags, &options.tags.clone().map(|List(tags)| tags));
    set(&mut config.memory.contexts, &options.context_limit);
    set(&mut config.aggregation.bucket_secs, &options.flush_interval);
    set(&mut config.aggregation.counter_expiry_secs, &options.expiry_seconds);
    set(&mut config.aggregation.context_expiry_secs, &options.context_expiry_seconds);
    config.aggregation.key_by_origin = options.key_by_origin;
    config.telemetry = !options.no_telemetry;
    // Datagrams come from strangers, who should not be able to choose names whose hashes collide.
    config.aggregation.seed = random();
}

/// A number that nobody can guess.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(())
}

/// The address to receive UDP on, as text that may hold a name.
fn address(options: &RunOptions, port: u16) -> String {
    if options.non_local_traffic == Some(true) {
        let has_ipv6 = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok();
        let every = if has_ipv6 { IpAddr::from(Ipv6Addr::UNSPECIFIED) } else { Ipv4Addr::UNSPECIFIED.into() };
        return SocketAddr::new(every, port).to_string();
    }
    match &options.bind {
        None => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port).to_string(),
        Some(text) => match text.parse() {
            Ok(address) => SocketAddr::new(address, port).to_string(),
            Err(_) => format!("{text}:{port}"),
        },
    }
}

/// What histograms show: the aggregates and then the percentiles, each as they are asked for or else by default.
fn aggregates(options: &RunOptions) -> Result<Aggregates, Failure> {
    let is_percentile = |aggregate: &Aggregate| matches!(aggregate, Aggregate::Percentile(_));
    let choose = |option: &Option<List<Aggregate>>, percentiles: bool| match option {
        Some(List(chosen)) => chosen.clone(),
        None => Aggregates::default().iter().filter(|aggregate| is_percentile(aggregate) == percentiles).collect(),
    };
    let mut aggregates = Aggregates::none();
    let mut percentiles = choose(&options.histogram_percentiles, true);
    percentiles.sort_unstable_by_key(|percentile| match percentile {
        Aggregate::Percentile(percent) => *percent,
        _ => 0,
    });
    for aggregate in choose(&options.histogram_aggregates, false).into_iter().chain(percentiles) {
        aggregates.push(aggregate).map_err(|_| {
            let most = Aggregates::CAPACITY;
            Failure::usage(format!("a histogram shows at most {most} aggregates and percentiles"))
        })?;
    }
    Ok(aggregates)
}
