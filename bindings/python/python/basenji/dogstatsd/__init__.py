"""The drop-in for ``datadog.dogstatsd``: ``from basenji import statsd, DogStatsd, initialize``."""

from __future__ import annotations

import os

from ._environment import DEFAULT_HOST, DEFAULT_PORT
from ._lifecycle import SUPPORTS_FORKING, TRACK_INSTANCES, post_fork_child, post_fork_parent, pre_fork
from ._output import UDP_OPTIMAL_PAYLOAD_LENGTH, UDS_OPTIMAL_PAYLOAD_LENGTH
from ._sockets import MIN_SEND_BUFFER_SIZE
from .client import DEFAULT_BUFFERING_FLUSH_INTERVAL, MIN_FLUSH_INTERVAL, DogStatsd

__all__ = [
    "DEFAULT_BUFFERING_FLUSH_INTERVAL",
    "DEFAULT_HOST",
    "DEFAULT_PORT",
    "MIN_FLUSH_INTERVAL",
    "MIN_SEND_BUFFER_SIZE",
    "SUPPORTS_FORKING",
    "TRACK_INSTANCES",
    "UDP_OPTIMAL_PAYLOAD_LENGTH",
    "UDS_OPTIMAL_PAYLOAD_LENGTH",
    "DogStatsd",
    "initialize",
    "post_fork_child",
    "post_fork_parent",
    "pre_fork",
    "statsd",
]

#: The client of the whole program.
statsd = DogStatsd()


def initialize(
    api_key: str | None = None,
    app_key: str | None = None,
    host_name: str | None = None,
    api_host: str | None = None,
    statsd_host: str | None = None,
    statsd_port: int | None = None,
    statsd_disable_aggregation: bool = True,
    statsd_disable_buffering: bool = True,
    statsd_aggregation_flush_interval: float = 0.3,
    statsd_use_default_route: bool = False,
    statsd_socket_path: str | None = None,
    statsd_namespace: str | None = None,
    statsd_max_samples_per_context: int = 0,
    statsd_constant_tags: list[str] | None = None,
    return_raw_response: bool = False,
    hostname_from_config: bool = True,
    cardinality: str | None = None,
    **kwargs: object,
) -> None:
    """Configures `statsd`. The arguments of Datadog's HTTP API are taken and mean nothing here.

    Constant tags are added to those there are; the socket is opened anew by the next call. With the fast profile what was called before is
    sent to where it was to go, and handles that there are go on to send there.

    >>> initialize(statsd_host="127.0.0.1", statsd_port=8125)
    >>> statsd.host, statsd.port
    ('127.0.0.1', 8125)
    """
    if statsd_socket_path:
        statsd.socket_path = statsd_socket_path
        statsd.host = statsd.port = None
    elif statsd_host or statsd_use_default_route or statsd_port:
        if statsd_host or statsd_use_default_route:
            statsd.host = statsd.resolve_host(statsd_host or DEFAULT_HOST, statsd_use_default_route)
        if statsd_port:
            statsd.port = int(statsd_port)
        statsd.socket_path = None
        statsd.host = DEFAULT_HOST if statsd.host is None else statsd.host
        statsd.port = DEFAULT_PORT if statsd.port is None else statsd.port
    statsd.close_socket()
    if statsd_namespace:
        statsd.namespace = str(statsd_namespace)
    if statsd_constant_tags:
        statsd.constant_tags += statsd_constant_tags
    if statsd_disable_aggregation:
        statsd.disable_aggregation()
    else:
        statsd.enable_aggregation(statsd_aggregation_flush_interval, statsd_max_samples_per_context)
    statsd.disable_buffering = statsd_disable_buffering
    statsd.cardinality = cardinality or os.environ.get("DATADOG_CARDINALITY") or os.environ.get("DD_CARDINALITY")
    statsd._retire()
