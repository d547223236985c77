"""``DogStatsd``: the peer's client, with its names, arguments, defaults and bytes."""

from __future__ import annotations

import os
import time

from .. import _basenji
from .._emitter import Metrics
from .._later import later, reentrant_lock
from . import _environment, _lifecycle, _sockets
from ._aggregate import Aggregator
from ._environment import DEFAULT_HOST, DEFAULT_PORT
from ._log import log
from ._output import PEER_VERSION, Output
from ._tags import TagList

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Any, ClassVar

    _Tags = Sequence[str]
else:
    threading = later("threading")

DEFAULT_BUFFERING_FLUSH_INTERVAL = 0.3
MIN_FLUSH_INTERVAL = 0.0001

_CARDINALITIES = ("none", "low", "orchestrator", "high")

#: Longest event, in characters of its line.
LONGEST_EVENT = 8 * 1024


class DogStatsd(Output, Metrics):
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
            log.warning("max_buffer_size has no effect; max_buffer_len has")
        profile = profile or os.environ.get("BASENJI_PROFILE") or "default"
        if profile not in ("default", "fast"):
            raise ValueError(f"profile must be 'default' or 'fast', not {profile!r}")
        if constant_tags is not None and not isinstance(constant_tags, list):
            raise TypeError(f"constant_tags must be a list, not {type(constant_tags).__name__}")
        host, port, socket_path = _environment.destination(host, port, socket_path)
        port = DEFAULT_PORT if port is None else port
        self._config_lock = reentrant_lock()
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
        self.aggregator = Aggregator(max_metric_samples_per_context)
        self._flusher: threading.Thread | None = None
        self._flusher_ends: threading.Event | None = None
        self._sender_options: tuple[int, float | None, float] | None = None
        self._detects_origin = detects
        self._reroute()
        if profile == "default":
            self._start_flusher()
            if not disable_background_sender:
                self.enable_background_sender(sender_queue_size, sender_queue_timeout, sender_queue_expiry_seconds)
        if track_instance and _lifecycle.TRACK_INSTANCES:
            _lifecycle.track(self)

    def _start_fast(self) -> None:
        """Starts the fast client, with the first call, so that `initialize` may have its say before."""
        with self._config_lock:
            if self._profile == "fast" and not self._is_open():
                self._open_fast()

    def _open_fast(self) -> None:
        path = self.socket_path
        address = f"udp://[{self.host}]:{self.port}" if self.host and ":" in self.host else f"udp://{self.host}:{self.port}"
        if path is not None:
            address = path if "://" in path else f"unix://{path}"
        self._open(
            address=address,
            namespace=self.namespace,
            tags=list(self.constant_tags),
            flush_interval=max(self._flush_interval, 2.0),
            payload=self._max_buffer_len,
            sample_rate=self.default_sample_rate,
            telemetry=self._telemetry,
            telemetry_interval=self._telemetry_flush_interval,
            telemetry_version=PEER_VERSION,
            origin_detection=self._detects_origin,
            cardinality=self.cardinality if self.cardinality in _CARDINALITIES else None,
            drop_in=True,
            plain=False,
        )

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
        with self._config_lock:
            if self._disable_buffering == disabled:
                return
            self._disable_buffering = disabled
            self._reroute()
            if disabled:
                self.flush_buffered_metrics()
                self._stop_flusher_if_idle()
            else:
                self._start_flusher()

    def enable_aggregation(
        self, flush_interval: float = DEFAULT_BUFFERING_FLUSH_INTERVAL, max_samples_per_context: int = 0
    ) -> None:
        """Sums counts, keeps the last of gauges and each member of sets once, and sends them every `flush_interval` seconds."""
        with self._config_lock:
            if not self._disable_aggregation:
                return
            self.aggregator.max_samples = max_samples_per_context
            self._disable_aggregation = False
            self._flush_interval = flush_interval
            self._reroute()
            self._start_flusher()

    def disable_aggregation(self) -> None:
        """Sends what is aggregated, and each call from now on."""
        with self._config_lock:
            if self._disable_aggregation:
                return
            self._disable_aggregation = True
            self._reroute()
            self.flush_aggregated_metrics()
            self._stop_flusher_if_idle()

    def enable_background_sender(
        self, sender_queue_size: int = 0, sender_queue_timeout: float | None = 0, sender_queue_expiry_seconds: float = 10.0
    ) -> None:
        """Sends from a thread; a queue of `sender_queue_size` datagrams (0: no limit) drops the oldest after `sender_queue_timeout`
        seconds (None: waits)."""
        with self._config_lock:
            self._sender_options = (sender_queue_size, sender_queue_timeout, sender_queue_expiry_seconds)
            if self._sender is None:
                from ._sender import Sender

                self._sender = Sender(self._send_queued, self._dropped, *self._sender_options)
            self._reroute()

    def disable_background_sender(self, timeout: float | None = None) -> bool:
        """Sends what is queued and ends the thread; False if that takes more than `timeout` seconds."""
        with self._config_lock:
            self._sender_options = None
            sender, self._sender = self._sender, None
            self._reroute()
        return sender is None or sender.end(timeout)

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
        if self._telemetry:
            self.events_count += 1
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
        if self._telemetry:
            self.service_checks_count += 1
        self._look_around()
        self._send(line, bool(timestamp))

    def _odd_cardinality(self, cardinality: str) -> None:
        if cardinality not in _CARDINALITIES:
            import logging

            logging.warning("cardinality must be none, low, orchestrator or high, not %r", cardinality)

    def _refused(self, error: Exception) -> None:
        log.error("Unexpected error: %s", error)

    # Aggregation and flushing.

    def _aggregate(
        self, kind: str, metric: str, value: Any, timestamp: Any, tags: _Tags | None, rate: float | None, cardinality: str | None
    ) -> None:
        if self._profile == "fast":
            self._start_fast()
        elif not timestamp and self.aggregator.takes(kind):
            with self._buffer_lock:
                self.aggregator.add(metric, kind, value, tags, cardinality)
            return
        self._report(metric, kind, value, tags, rate, timestamp, cardinality=cardinality)

    def flush_aggregated_metrics(self) -> bool:
        """Sends what is aggregated; whether all of it was sent."""
        self._look_around()
        with self._buffer_lock:
            gathered = list(self.aggregator.take())
        sent = True
        for metric, kind, value, tags, rate, cardinality in gathered:
            sent &= self._report(metric, kind, value, tags, rate, None, False, cardinality)
        return sent

    def flush_buffered_metrics(self) -> bool:
        """Sends what is buffered; whether all of it was sent."""
        return self._wait(None) if self._profile == "fast" else self._flush_buffers()

    def flush(self) -> bool:
        """Sends what is buffered; whether all of it was sent."""
        return self.flush_buffered_metrics()

    def wait_for_pending(self, timeout: float | None = None) -> bool:
        """Sends what is buffered and waits up to `timeout` seconds for the background sender; whether nothing waits any more."""
        if self._profile == "fast":
            return self._wait(timeout)
        deadline = None if timeout is None else time.monotonic() + timeout
        self._flush_buffers()
        sender = self._sender
        return sender is None or sender.join(None if deadline is None else max(0.0, deadline - time.monotonic()))

    def open_buffer(self, max_buffer_size: int | None = None) -> None:
        """Begins a batch: what follows is buffered until `close_buffer`."""
        if max_buffer_size is not None:
            log.warning("max_buffer_size has no effect; max_buffer_len has")
        self._config_lock.acquire()
        self._batches += 1
        self._reroute()

    def close_buffer(self) -> None:
        """Sends the batch."""
        try:
            self._batches -= 1
            self._reroute()
            self.flush_buffered_metrics()
        finally:
            self._config_lock.release()

    def __enter__(self) -> DogStatsd:
        self.open_buffer()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close_buffer()

    def _start_flusher(self) -> None:
        idle = self._disable_aggregation and self._disable_buffering
        if idle or self._profile == "fast" or self._flusher is not None or self._flush_interval <= MIN_FLUSH_INTERVAL:
            return
        self._flusher_ends = ends = threading.Event()
        arguments = (ends, self._flush_interval)
        self._flusher = threading.Thread(target=self._flush_regularly, args=arguments, name="DogStatsd_flush_thread", daemon=True)
        self._flusher.start()

    def _flush_regularly(self, ends: threading.Event, interval: float) -> None:
        while not ends.wait(interval):
            self.flush_aggregated_metrics()
            self._flush_buffers()

    def _stop_flusher_if_idle(self) -> None:
        if self._disable_aggregation and self._disable_buffering:
            if self._flusher_ends is not None:
                self._flusher_ends.set()
            self._flusher = None

    def stop(self, timeout: float | None = None) -> bool:
        """Sends everything and closes the socket; whether all was sent within `timeout` seconds. Later calls are sent one by one."""
        if self._profile == "fast":
            return self._wait(timeout)
        stopped = self.disable_background_sender(timeout)
        with self._config_lock:
            self._disable_buffering = self._disable_aggregation = True
            self._stop_flusher_if_idle()
            self._reroute()
        if not stopped:
            log.warning("stop() took longer than %s seconds; what was queued is dropped", timeout)
            return False
        sent = self.flush_aggregated_metrics()
        sent = self._flush_buffers() and sent
        self.close_socket()
        if not sent:
            log.warning("stop() could not send all that was buffered")
        return sent

    # Fork and exit.

    def pre_fork(self) -> None:
        """Before a fork: sends what is buffered, so that it is the parent's, and takes the locks, so that the child finds them free."""
        self._config_lock.acquire()
        if self._profile != "fast":
            self.flush_aggregated_metrics()
            self._flush_buffers()
        self._buffer_lock.acquire()
        self._socket_lock.acquire()

    def post_fork_parent(self) -> None:
        """In the parent after a fork: goes on."""
        self._socket_lock.release()
        self._buffer_lock.release()
        self._config_lock.release()

    def post_fork_child(self) -> None:
        """In the child after a fork: a socket, locks, buffers and threads of its own."""
        self._config_lock = reentrant_lock()
        self._forget_output()
        self.aggregator = Aggregator(self.aggregator.max_samples)
        self._flusher = None
        self._sender = None
        self.close_socket(quiet=True)
        self._start_flusher()
        if self._sender_options is not None:
            self.enable_background_sender(*self._sender_options)

    def _at_exit(self) -> None:
        if self._profile == "fast":
            self._close()
            return
        self._look_around()
        if not self._disable_aggregation:
            self.flush_aggregated_metrics()
        self._flush_buffers()
        if self._sender is not None:
            self.disable_background_sender(timeout=2.0)
