//! From settings to a server.

use std::time::Duration;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use std::sync::Arc;

use basenji::core::aggregate::{Aggregate, Aggregates};
use basenji::server::{Builder, Change, Config, Rules, Server, StartError};

use super::settings::Settings;
use super::value::{List, Port};
use crate::failure::Failure;
use crate::forward::Forward;
use crate::names::{Filter, Names, Namespace, Shared};
use crate::tagger::Taggers;
use crate::watchers::Watchers;

/// The server that the settings ask for; the watchers are shown every datagram, and `forward` gets it.
///
/// # Errors
///
/// There are more aggregates than a histogram has room for, the UDP address is invalid, no socket is configured, or the file
/// with tags is not as it should be.
pub(crate) fn builder(
    settings: &Settings,
    watchers: Option<Watchers>,
    forward: Option<Arc<Forward>>,
) -> Result<Builder, Failure> {
    if !settings.use_dogstatsd.value {
        let origin = &settings.use_dogstatsd.origin;
        return Err(Failure::usage(format!("there is nothing to do: use_dogstatsd is false ({origin})")));
    }
    let aggregates = aggregates(settings)?;
    let mut builder = Server::builder().config(|config| {
        apply(settings, config);
        config.aggregation.aggregates = aggregates;
    });
    let port = match *settings.port {
        Port::Off => None,
        Port::Any => Some(0),
        Port::Number(port) => Some(port),
    };
    if let Some(port) = port {
        builder = builder.udp(address(settings, port)).map_err(failure)?;
    }
    if let Some(path) = &*settings.socket {
        builder = builder.unix_datagram(path);
    }
    if let Some(path) = &*settings.stream_socket {
        builder = builder.unix_stream(path);
    }
    if let Some(names) = names(settings) {
        builder = builder.rules(names);
    }
    if let Some(tagger) = Taggers::start(settings)? {
        builder = builder.tagger(tagger);
    }
    Ok(match (forward, watchers) {
        (None, None) => builder,
        (Some(forward), None) => builder.on_datagram(move |datagram| forward.send(datagram)),
        (None, Some(watchers)) => builder.on_arrival(move |arrival| watchers.see(arrival)),
        (Some(forward), Some(watchers)) => builder.on_arrival(move |arrival| {
            forward.send(arrival.bytes);
            watchers.see(arrival);
        }),
    })
}

/// What can be changed of a server that runs.
pub(crate) fn change(settings: &Settings) -> Change {
    let rules = names(settings).map(|names| Arc::new(names) as Arc<dyn Rules>);
    Change { tags: tags(settings), rules }
}

/// The tags that every message gets.
fn tags(settings: &Settings) -> Vec<String> {
    settings.tags.0.iter().map(|tag| tag.0.clone()).collect()
}

/// What is done to names, if anything is.
fn names(settings: &Settings) -> Option<Shared> {
    // The older list counts only while the newer one is empty, as in the Agent.
    let (list, by_prefix) = match settings.filterlist.0.is_empty() {
        true => (&settings.blocklist, &settings.blocklist_match_prefix),
        false => (&settings.filterlist, &settings.filterlist_match_prefix),
    };
    let names = Names {
        profiles: settings.mapper_profiles.0.clone(),
        namespace: Namespace::new(&settings.namespace, settings.namespace_exempt.0.iter().cloned()),
        filter: Filter::new(list.0.iter().cloned(), **by_prefix),
        cache_size: settings.mapper_cache_size.size(),
    };
    (!names.is_empty()).then(|| Shared(Arc::new(names)))
}

/// The sentence and the exit code of a server that does not start.
pub(crate) fn failure(error: StartError) -> Failure {
    match error {
        StartError::NoListener => {
            Failure::usage("there is nothing to listen on: give --port, --socket or --stream-socket")
        }
        StartError::BadAddress { .. } | StartError::Setting(_) => Failure::usage(error.to_string()),
        _ => Failure::new(error.to_string()),
    }
}

pub(super) fn apply(settings: &Settings, config: &mut Config) {
    config.workers = settings.workers.size().max(1);
    config.receive_buffer = settings.buffer_size.size();
    config.socket_buffer = settings.so_rcvbuf.size();
    config.socket_mode = settings.socket_mode.0;
    config.eol_required = settings.eol_required.0.iter().flat_map(|listener| listener.kinds()).copied().collect();
    // It alone sends sets that merge.
    config.aggregation.set_members = !settings.clickhouse.url.0.is_empty();
    config.origin_detection = *settings.origin_detection;
    config.origin.client = *settings.origin_detection_client;
    config.origin.unified = *settings.origin_detection_unified;
    config.origin.opt_out = *settings.origin_optout;
    config.origin.entity_id_precedence = *settings.entity_id_precedence;
    config.origin.cardinality = *settings.tag_cardinality;
    config.origin.proc_root = settings.proc_root.as_str().into();
    config.origin.cgroup_root = settings.cgroup_root.as_str().into();
    config.tags = tags(settings);
    config.copy_histograms = settings.copy_histograms.then(|| settings.copy_histograms_prefix.value.clone());
    config.timestamps = *settings.timestamps;
    config.stop_wait = Duration::from_secs(settings.stop_wait.small().into());
    config.sink_bytes = settings.sink_bytes.size();
    config.memory.contexts = settings.context_limit.size();
    config.memory.bytes = settings.context_bytes.size();
    config.memory.cells = settings.cells.size();
    config.shares.kept = settings.kept_percent.size();
    config.shares.modest = settings.modest_percent.size();
    config.aggregation.bucket_secs = settings.bucket_secs.small();
    config.aggregation.counter_expiry_secs = settings.expiry_seconds.small();
    config.aggregation.context_expiry_secs = settings.context_expiry_seconds.small();
    config.aggregation.key_by_origin = *settings.key_by_origin;
    config.telemetry = !*settings.no_telemetry;
    // Datagrams come from strangers, who should not be able to choose names whose hashes collide.
    config.aggregation.seed = random();
}

/// A random number.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(())
}

/// The address to receive UDP on, as text that may hold a name.
fn address(settings: &Settings, port: u16) -> String {
    if *settings.non_local_traffic {
        return everywhere(port).to_string();
    }
    match settings.bind.parse() {
        Ok(address) => SocketAddr::new(address, port).to_string(),
        Err(_) => format!("{}:{port}", settings.bind.value),
    }
}

/// A port of every address of the machine: of IPv6 too, if there is any.
pub(crate) fn everywhere(port: u16) -> SocketAddr {
    let has_ipv6 = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok();
    let every = if has_ipv6 { IpAddr::from(Ipv6Addr::UNSPECIFIED) } else { Ipv4Addr::UNSPECIFIED.into() };
    SocketAddr::new(every, port)
}

/// What histograms show: the aggregates, and then the percentiles from the lowest.
pub(super) fn aggregates(settings: &Settings) -> Result<Aggregates, Failure> {
    let List(mut percentiles) = settings.histogram_percentiles.value.clone();
    percentiles.sort_unstable();
    let percentiles = percentiles.into_iter().map(|percentile| Aggregate::Percentile(percentile.0));
    let mut aggregates = Aggregates::none();
    for aggregate in settings.histogram_aggregates.0.iter().copied().chain(percentiles) {
        aggregates.push(aggregate).map_err(|_| {
            let most = Aggregates::CAPACITY;
            Failure::usage(format!("a histogram shows at most {most} aggregates and percentiles"))
        })?;
    }
    Ok(aggregates)
}
