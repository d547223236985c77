"""``DogStatsd``: the peer's client, with its names, arguments, defaults and bytes."""

from __future__ import annotations

import os

from .. import _basenji
from . import _environment, _lifecycle, _sockets
from ._environment import DEFAULT_HOST, DEFAULT_PORT
from ._flushing import MIN_FLUSH_INTERVAL as MIN_FLUSH_INTERVAL
from ._flushing import Flushing
from ._log import log, tell
from ._report import PEER_VERSION
from ._tags import TagList

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Any, ClassVar

    _Tags = Sequence[str]

DEFAULT_BUFFERING_FLUSH_INTERVAL = 0.3

_CARDINALITIES = ("none", "low", "orchestrator", "high")

#: Longest event, in characters of its line.
LONGEST_EVENT = 8 * 1024


class DogStatsd(Flushing):
    """A client that sends a datagram a call, unless it is told to buffer, to aggregate or to be fast.

    With ``profile="fast"`` (or ``BASENJI_PROFILE=fast``) calls are aggregated and packed, and leave in the background every two
    seconds, at exit and when asked. No call raises for a network fault.

    >>> statsd = DogStatsd(host="127.0.0.1", port=8125, constant_tags=["env:dev"])
    >>> statsd.increment("page.views", tags=["page:home"])
    >>> with statsd.timed("page.render"):
    ...     pass
    """

    CARDINALITY_NONE: ClassVar[str] = "none"
    CARDINALITY_LOW: ClassVar[str] = "low"
    CARDINALITY_ORCHESTRATOR: ClassVar[str] = "orchestrator"
    CARDINALITY_HIGH: ClassVar[str] = "high"

    def __init__(
        self,
        host: str | None = None,
        port: int | None = None,
        max_buffer_size: int | None = None,
        flush_interval: float = DEFAULT_BUFFERING_FLUSH_INTERVAL,
        disable_aggregation: bool = True,
        disable_buffering: bool = True,
        namespace: str | None = None,
        constant_tags: list[str] | None = None,
        use_ms: bool = False,
        use_default_route: bool = False,
        socket_path: str | None = None,
        default_sample_rate: float = 1,
        disable_telemetry: bool = False,
        telemetry_min_flush_interval: float = 10,
        telemetry_host: str | None = None,
        telemetry_port: str | int | None = None,
        telemetry_socket_path: str | None = None,
        max_buffer_len: int = 0,
        max_metric_samples_per_context: int = 0,
        container_id: str | None = None,
        origin_detection_enabled: bool = True,
        cardinality: str | None = None,
        socket_timeout: float | None = 0,
        telemetry_socket_timeout: float | None = 0,
        disable_background_sender: bool = True,
        sender_queue_size: int = 0,
        sender_queue_timeout: float | None = 0,
        sender_queue_expiry_seconds: float = 10.0,
        track_instance: bool = True,
        socket_connect_retry: bool = False,
        *,
        profile: str | None = None,
    ) -> None:
        if max_buffer_size is not None:
            tell(log, "warning", "max_buffer_size has no effect; max_buffer_len has")
        profile = profile or os.environ.get("BASENJI_PROFILE") or "default"
        if profile not in ("default", "fast"):
            raise ValueError(f"profile must be 'default' or 'fast', not {profile!r}")
        if constant_tags is not None and not isinstance(constant_tags, list):
            raise TypeError(f"constant_tags must be a list, not {type(constant_tags).__name__}")
        host, port, socket_path = _environment.destination(host, port, socket_path)
        port = DEFAULT_PORT if port is None else port
        self._profile = profile
        self._enabled = not _environment.is_disabled()
        self._set_up_output(max_buffer_len, socket_timeout, socket_connect_retry, telemetry_socket_timeout)
        self.socket_path = socket_path
        self.host: str | None = None
        self.port: int | None = None
        if socket_path is None:
            self.host = self.resolve_host(host or DEFAULT_HOST, use_default_route)
            self.port = int(port)
        self.telemetry_socket_path = telemetry_socket_path
        telemetry_host = os.environ.get("DD_TELEMETRY_HOST", telemetry_host)
        if telemetry_host and not telemetry_socket_path:
            self.telemetry_host = self.resolve_host(telemetry_host, use_default_route)
            self.telemetry_port = int(os.environ.get("DD_TELEMETRY_PORT", telemetry_port) or port)
        self.encoding = "utf-8"
        self.constant_tags = (constant_tags or []) + _environment.tags()
        self.namespace = None if namespace is None else str(namespace)
        self.use_ms = use_ms
        self.default_sample_rate = default_sample_rate
        self.cardinality = cardinality
        self._external_data = os.environ.get("DD_EXTERNAL_ENV")
        detects = origin_detection_enabled and container_id is None and _environment.detects_origin()
        self._container_id = _basenji.container_id() if detects else container_id or None
        self._telemetry_flush_interval = telemetry_min_flush_interval
        self._telemetry = not disable_telemetry
        self._disable_buffering = disable_buffering
        self._disable_aggregation = disable_aggregation
        self._flush_interval = flush_interval
        self._most_samples = max_metric_samples_per_context
        self._flusher = None
        self._flusher_ends = None
        self._sender_options = None
        self._detects_origin = detects
        self._reroute()
        if profile == "default":
            self._settle_flusher()
            if not disable_background_sender:
                self.enable_background_sender(sender_queue_size, sender_queue_timeout, sender_queue_expiry_seconds)
        if track_instance and _lifecycle.TRACK_INSTANCES:
            _lifecycle.track(self)

    def __repr__(self) -> str:
        where = self.socket_path or f"udp://{self.host}:{self.port}"
        return f"<DogStatsd {where} profile={self._profile!r}>"

    def _start_fast(self) -> None:
        """Starts the fast client, with the first call, so that `initialize` may have its say before."""
        if self._profile == "fast" and not self._is_open():
            self._configure(self._open_fast)

    def _open_fast(self) -> None:
        if self._is_open():
            return
        path = self.socket_path
        address = f"udp://[{self.host}]:{self.port}" if self.host and ":" in self.host else f"udp://{self.host}:{self.port}"
        if path is not None:
            address = path if "://" in path else f"unix://{path}"
        options: dict[str, object] = {
            "address": address,
            "prefix": self.namespace,
            "tags": list(self.constant_tags),
            "flush_interval": max(self._flush_interval, 2.0),
            "max_payload": self._max_buffer_len or None,
            "sample_rate": self.default_sample_rate,
            "telemetry": self._telemetry,
            "telemetry_interval": self._telemetry_flush_interval,
            "telemetry_version": PEER_VERSION,
            "origin_detection": self._detects_origin,
            "cardinality": self.cardinality if self.cardinality in _CARDINALITIES else None,
        }
        self._open(options, drop_in=True)

    # What is set.

    @property
    def constant_tags(self) -> list[str]:
        """The tags of every message; a change of the list takes effect."""
        return self._constant_tags

    @constant_tags.setter
    def constant_tags(self, tags: list[str] | None) -> None:
        self._constant_tags = TagList(tags or [], self._set_tags)
        self._set_tags(self._constant_tags)

    @staticmethod
    def resolve_host(host: str, use_default_route: bool) -> str | None:
        """`host`, or the address of the default route if that is wanted."""
        return _sockets.default_route() if use_default_route else host

    def enable_telemetry(self) -> None:
        """Sends the client's own counters along, at most once an interval."""
        self._telemetry = True

    def disable_telemetry(self) -> None:
        """Sends the client's own counters no longer."""
        self._telemetry = False

    @property
    def disable_buffering(self) -> bool:
        """Whether each call is a datagram of its own; it can be set."""
        return self._disable_buffering

    @disable_buffering.setter
    def disable_buffering(self, disabled: bool) -> None:
        if self._disable_buffering != disabled:
            self._configure(lambda: self._set_disable_buffering(disabled))
            if disabled:
                self.flush_buffered_metrics()

    def _set_disable_buffering(self, disabled: bool) -> None:
        self._disable_buffering = disabled
        self._settle_flusher()

    def enable_aggregation(
        self, flush_interval: float = DEFAULT_BUFFERING_FLUSH_INTERVAL, max_samples_per_context: int = 0
    ) -> None:
        """Sums counts, keeps the last of gauges and each member of sets once, and sends them every `flush_interval` seconds."""
        if self._disable_aggregation:
            self._configure(lambda: self._aggregate(flush_interval, max_samples_per_context))

    def _aggregate(self, flush_interval: float, max_samples_per_context: int) -> None:
        self._most_samples = max_samples_per_context
        self._flush_interval = flush_interval
        self._disable_aggregation = False
        self._settle_flusher()

    def disable_aggregation(self) -> None:
        """Sends what is aggregated, and each call from now on."""
        if not self._disable_aggregation:
            self._configure(self._aggregate_nothing)
            self.flush_aggregated_metrics()

    def _aggregate_nothing(self) -> None:
        self._disable_aggregation = True
        self._settle_flusher()

    # Events and checks.

    def event(
        self,
        title: str,
        message: str,
        alert_type: str | None = None,
        aggregation_key: str | None = None,
        source_type_name: str | None = None,
        date_happened: int | None = None,
        priority: str | None = None,
        tags: _Tags | None = None,
        hostname: str | None = None,
        cardinality: str | None = None,
    ) -> None:
        """Sends an event; `date_happened` is in seconds since 1970.

        Raises TypeError for a title or message that is no str, ValueError for more than 8 KiB.
        """
        if cardinality is not None:
            self._odd_cardinality(cardinality)
        self._start_fast()
        line = self._written(
            self._event,
            title,
            message,
            alert_type,
            aggregation_key,
            source_type_name,
            date_happened,
            priority,
            tags,
            hostname,
            cardinality,
        )
        if line is None:
            return
        # The peer's limit is in characters, without the newline.
        if len(line) > LONGEST_EVENT and len(line.decode()) - 1 > LONGEST_EVENT:
            raise ValueError(f"the event {title!r} has more than {LONGEST_EVENT} characters")
        self._count_call(True)
        self._look_around()
        self._send(line, bool(date_happened))

    def service_check(
        self,
        check_name: str,
        status: int,
        tags: _Tags | None = None,
        timestamp: int | None = None,
        cardinality: str | None = None,
        hostname: str | None = None,
        message: str | None = None,
    ) -> None:
        """Sends the status of a check: `OK`, `WARNING`, `CRITICAL` or `UNKNOWN`; `timestamp` is in seconds since 1970."""
        if cardinality is not None:
            self._odd_cardinality(cardinality)
        self._start_fast()
        line = self._written(self._service_check, check_name, status, tags, timestamp, cardinality, hostname, message)
        if line is None:
            return
        self._count_call(False)
        self._look_around()
        self._send(line, bool(timestamp))

    def _odd_cardinality(self, cardinality: str) -> None:
        if cardinality not in _CARDINALITIES:
            self._complain("warning", "cardinality must be none, low, orchestrator or high, not %r", cardinality)
            self._tell()

    def _refused(self, error: Exception) -> None:
        self._complain("error", "Unexpected error: %s", error)
        self._tell()

    def __enter__(self) -> DogStatsd:
        # The last step, so that nothing can be raised behind it.
        self._own_batch().depth += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close_buffer()
