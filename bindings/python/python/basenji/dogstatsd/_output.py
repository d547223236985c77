"""Where the lines of the plain client go: buffer, background sender, socket; and the report of its own counters."""

from __future__ import annotations

import errno
import os
import time

from .. import _basenji
from .._later import later, reentrant_lock
from . import _sockets
from ._log import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket as sockets
    from typing import Any

    from ._sender import Sender
else:
    sockets = later("socket")

UDP_OPTIMAL_PAYLOAD_LENGTH = 1432
UDS_OPTIMAL_PAYLOAD_LENGTH = 8192

#: The version of the peer whose behaviour this is; its telemetry names it.
PEER_VERSION = "0.56.0"

#: What passes by itself, and is told as the peer tells it; the socket stays.
_PASSING = {
    errno.EAGAIN: "Socket send would block: %s, dropping the packet",
    errno.ENOBUFS: "Socket buffer full: %s, dropping the packet",
}
#: What a sender with `socket_connect_retry` tries again.
_RETRIED = {errno.ECONNREFUSED, errno.ECONNRESET, errno.ENOENT, errno.ENOTCONN, errno.EPIPE, errno.EDESTADDRREQ}


def length(packet: bytes) -> int:
    """What the peer's telemetry calls the bytes of a datagram: its characters."""
    return len(packet) if packet.isascii() else len(packet.decode("utf-8", "replace"))


class Output(_basenji.Emitter):
    """The way out of a `DogStatsd`."""

    host: str | None
    port: int | None
    encoding: str
    constant_tags: Any
    _disable_buffering: bool
    _disable_aggregation: bool
    _profile: str

    def _set_up_output(self, max_buffer_len: int, timeout: float | None, retries: bool, telemetry_timeout: float | None) -> None:
        self._socket_lock = reentrant_lock()
        self._buffer_lock = reentrant_lock()
        self._max_buffer_len = max_buffer_len
        self.socket_timeout = timeout
        self.socket_connect_retry = retries
        self.telemetry_socket_timeout = telemetry_timeout
        self.telemetry_socket_path: str | None = None
        self.telemetry_host: str | None = None
        self.telemetry_port: int | None = None
        self._socket_path: str | None = None
        self._sender: Sender | None = None
        self._batches = 0
        self._disable_buffering = self._disable_aggregation = True
        self._client_tags = ["client:py", f"client_version:{PEER_VERSION}"]
        #: The socket that was opened here and not given by the user.
        self._own_socket: sockets.socket | None = None
        #: Whether a socket is being opened, and what a signal's handler sends meanwhile.
        self._opens = False
        self._postponed: list[tuple[bytes, bool]] = []
        self._reset_buffer()
        self._reset_telemetry()
        self.socket = None
        self.telemetry_socket = None

    def _forget_output(self) -> None:
        """Locks and buffers of a child's own."""
        self._take_over()
        self._socket_lock = reentrant_lock()
        self._buffer_lock = reentrant_lock()
        self._opens = False
        self._postponed = []
        self._reset_buffer()

    def _look_around(self) -> None:
        """Before what waits is touched, as the native half does in each call."""
        if self._is_inherited():
            self.post_fork_child()

    def post_fork_child(self) -> None:
        """In the child after a fork."""

    # Sockets.

    @property
    def socket(self) -> Any:
        """The socket; anything with ``send`` can be set, and then gets each datagram. None: the next call opens one."""
        return self._socket

    @socket.setter
    def socket(self, given: Any) -> None:
        self._socket = given
        self._socket_kind = None
        self._transport = "udp"
        self._max_payload_size = UDP_OPTIMAL_PAYLOAD_LENGTH
        if given:
            try:
                self._socket_kind = given.getsockopt(sockets.SOL_SOCKET, sockets.SO_TYPE)
                is_unix = given.family == sockets.AF_UNIX
            except AttributeError:
                log.info("the socket tells neither kind nor family; UDP is assumed")
                self._socket_kind = None
            else:
                if is_unix:
                    self._transport = "uds-stream" if self._socket_kind == sockets.SOCK_STREAM else "uds"
                payload = UDS_OPTIMAL_PAYLOAD_LENGTH if is_unix else UDP_OPTIMAL_PAYLOAD_LENGTH
                self._max_payload_size = self._max_buffer_len or payload
        self._reroute()

    @property
    def telemetry_socket(self) -> Any:
        """The socket of telemetry with a destination of its own."""
        return self._telemetry_socket

    @telemetry_socket.setter
    def telemetry_socket(self, given: Any) -> None:
        self._telemetry_socket = given
        self._telemetry_socket_kind = None
        if given:
            try:
                self._telemetry_socket_kind = given.getsockopt(sockets.SOL_SOCKET, sockets.SO_TYPE)
            except AttributeError:
                log.info("the telemetry's socket does not tell its kind; UDP is assumed")

    @property
    def socket_path(self) -> str | None:
        """The path of the Unix socket, with or without a scheme; None for UDP."""
        return self._socket_path

    @socket_path.setter
    def socket_path(self, path: str | None) -> None:
        with self._socket_lock:
            self._socket_path = path

    def get_socket(self, telemetry: bool = False) -> Any:
        """The connected socket, opened if there is none.

        Raises OSError if it cannot be opened.
        """
        with self._socket_lock:
            if telemetry and self._dedicated_telemetry_destination():
                if not self.telemetry_socket:
                    self.telemetry_socket = self._opened(
                        self.telemetry_socket_path, self.telemetry_host, self.telemetry_port, self.telemetry_socket_timeout
                    )
                return self.telemetry_socket
            if not self.socket:
                self._own_socket = self._opened(self.socket_path, self.host, self.port, self.socket_timeout)
                self.socket = self._own_socket
            return self.socket

    def _opened(self, path: str | None, host: str | None, port: int | None, timeout: float | None) -> sockets.socket:
        self._opens = True
        try:
            if path is not None:
                return _sockets.unix(path, timeout)
            return _sockets.udp(host or "", port or 0, timeout)
        finally:
            self._opens = False

    def set_socket_timeout(self, timeout: float | None) -> None:
        """How long a send may take, in seconds: 0 does not wait, None waits for ever."""
        with self._socket_lock:
            self.socket_timeout = timeout
            if self.socket:
                self.socket.settimeout(timeout)
            self._reroute()

    def close_socket(self, quiet: bool = False) -> None:
        """Closes the sockets; the next call opens one."""
        with self._socket_lock:
            for name in ("socket", "telemetry_socket"):
                opened = getattr(self, name)
                if opened:
                    try:
                        opened.close()
                    except OSError as error:
                        if not quiet:
                            log.error("Unexpected error: %s", error)
                    setattr(self, name, None)
            self._own_socket = None

    def _reroute(self) -> None:
        """Lets the native half send by itself where nothing here is needed for it."""
        with self._socket_lock:
            opened = self._own_socket
            is_direct = (
                opened is not None
                and opened is self._socket
                and self._socket_kind == sockets.SOCK_DGRAM
                and self.socket_timeout == 0
                and not self._buffers()
                and self._sender is None
                and os.name == "posix"
            )
            try:
                self._set_socket(opened.fileno() if is_direct and opened is not None else -1)
            except OSError:
                self._set_socket(-1)
            self._gathers = not self._disable_aggregation or self._profile == "fast"

    # The way of a line.

    def _buffers(self) -> bool:
        return self._batches > 0 or not self._disable_buffering

    def _send(self, line: bytes, timestamped: bool = False) -> bool:
        """Buffers, queues or sends a line that ends in a newline; False if it is known to be lost."""
        if self._buffers():
            return self._buffer_line(line, timestamped)
        return self._queue_or_send(line, timestamped)

    def _reset_buffer(self) -> None:
        with self._buffer_lock:
            #: Lines without and with a timestamp, and their bytes: servers take timestamped ones in datagrams of their own.
            self._lines: tuple[list[bytes], list[bytes]] = ([], [])
            self._sizes = [0, 0]

    def _buffer_line(self, line: bytes, timestamped: bool) -> bool:
        with self._buffer_lock:
            sent = True
            if self._sizes[timestamped] + len(line) > self._max_payload_size:
                sent = self._flush_one(timestamped)
            self._lines[timestamped].append(line)
            self._sizes[timestamped] += len(line)
            return sent

    def _flush_one(self, timestamped: bool) -> bool:
        lines = self._lines[timestamped]
        if not lines:
            return True
        packet = b"".join(lines)
        lines.clear()
        self._sizes[timestamped] = 0
        return self._queue_or_send(packet, timestamped)

    def _flush_buffers(self) -> bool:
        self._look_around()
        with self._buffer_lock:
            sent = self._flush_one(False)
            return self._flush_one(True) and sent

    def _queue_or_send(self, packet: bytes, timestamped: bool) -> bool:
        sender = self._sender
        if sender is not None and sender.put(packet, timestamped):
            return True
        return bool(self._transmit(packet))

    def _send_queued(self, packet: bytes) -> bool | None:
        return self._transmit(packet, retries=self.socket_connect_retry and self.socket_path is not None)

    def _transmit(self, packet: bytes, retries: bool = False) -> bool | None:
        """Sends a datagram, and the report if it is due; None if another try is worth it."""
        sent = self._transmit_one(packet, False, retries)
        if sent and self._telemetry:
            self.packets_sent += 1
            self.bytes_sent += length(packet)
        elif sent is False:
            self._count_failure(packet)
        if self._is_telemetry_flush_time():
            self._report_telemetry()
        return sent

    def _transmit_one(self, packet: bytes, is_telemetry: bool, retries: bool = False) -> bool | None:
        with self._socket_lock:
            if self._opens:
                # This thread does, and was interrupted: an import in the midst of another one would break that.
                self._postponed.append((packet, is_telemetry))
                return True
            sent = self._try(packet, is_telemetry, retries)
            while self._postponed:
                late, is_telemetry = self._postponed.pop(0)
                if not self._try(late, is_telemetry, False):
                    self._count_failure(late)
            return sent

    def _try(self, packet: bytes, is_telemetry: bool, retries: bool) -> bool | None:
        kind = None
        try:
            to = self.get_socket(is_telemetry)
            dedicated = is_telemetry and self._dedicated_telemetry_destination()
            kind = self._telemetry_socket_kind if dedicated else self._socket_kind
            if kind == sockets.SOCK_STREAM:
                to.sendall(len(packet).to_bytes(4, "little"))
                to.sendall(packet)
            else:
                to.send(packet)
            return True
        except TimeoutError:
            pass
        except OSError as error:
            if retries and error.errno in _RETRIED:
                log.debug("Connection error submitting packet: %s, another try follows", error)
                self.close_socket()
                return None
            self._complain(error, packet)
        except Exception as error:
            log.error("Unexpected error: %s", error)
            return False
        if kind == sockets.SOCK_STREAM:
            # What follows a frame that is cut could not be read.
            self.close_socket()
        return False

    def _complain(self, error: OSError, packet: bytes) -> None:
        if error.errno == errno.EMSGSIZE:
            log.debug("Packet size too big (size: %d): %s, dropping the packet", len(packet), error)
        elif error.errno in _PASSING:
            log.debug(_PASSING[error.errno], error)
        else:
            log.warning("Error submitting packet: %s, dropping the packet and closing the socket", error)
            self.close_socket()

    def _send_failed(self, error: OSError, packet: bytes) -> None:
        """The native half could not send."""
        with self._socket_lock:
            self._complain(error, packet)
        self._count_failure(packet)
        if self._is_telemetry_flush_time():
            self._report_telemetry()

    # What is counted.

    def _count_failure(self, packet: bytes) -> None:
        self.packets_dropped_writer += 1
        self.bytes_dropped_writer += length(packet)

    def _dropped(self, why: str, packet: bytes) -> None:
        setattr(self, f"packets_dropped_{why}", getattr(self, f"packets_dropped_{why}") + 1)
        setattr(self, f"bytes_dropped_{why}", getattr(self, f"bytes_dropped_{why}") + length(packet))

    @property
    def packets_dropped(self) -> int:
        """Datagrams that were dropped since the last report, for whatever reason."""
        return self.packets_dropped_queue + self.packets_dropped_writer + self.packets_dropped_expired

    @property
    def bytes_dropped(self) -> int:
        """Bytes that were dropped since the last report, for whatever reason."""
        return self.bytes_dropped_queue + self.bytes_dropped_writer + self.bytes_dropped_expired

    def _reset_telemetry(self) -> None:
        self.metrics_count = self.events_count = self.service_checks_count = 0
        self.bytes_sent = self.packets_sent = 0
        self.bytes_dropped_queue = self.bytes_dropped_writer = self.bytes_dropped_expired = 0
        self.packets_dropped_queue = self.packets_dropped_writer = self.packets_dropped_expired = 0
        self._last_flush_time = time.time()

    def _dedicated_telemetry_destination(self) -> bool:
        return bool(self.telemetry_socket_path or self.telemetry_host)

    def _is_telemetry_flush_time(self) -> bool:
        return self._telemetry and self._last_flush_time + self._telemetry_flush_interval < time.time()

    def _flush_telemetry(self) -> str:
        """The report: eleven lines."""
        tags = ",".join([*self._client_tags, f"client_transport:{self._transport}", *self.constant_tags])
        bytes_queue = self.bytes_dropped_queue + self.bytes_dropped_expired
        packets_queue = self.packets_dropped_queue + self.packets_dropped_expired
        numbers = {
            "metrics": self.metrics_count,
            "events": self.events_count,
            "service_checks": self.service_checks_count,
            "bytes_sent": self.bytes_sent,
            "bytes_dropped": bytes_queue + self.bytes_dropped_writer,
            "bytes_dropped_queue": bytes_queue,
            "bytes_dropped_writer": self.bytes_dropped_writer,
            "packets_sent": self.packets_sent,
            "packets_dropped": packets_queue + self.packets_dropped_writer,
            "packets_dropped_queue": packets_queue,
            "packets_dropped_writer": self.packets_dropped_writer,
        }
        return "".join(f"datadog.dogstatsd.client.{name}:{number}|c|#{tags}\n" for name, number in numbers.items())

    def _report_telemetry(self) -> None:
        report = self._flush_telemetry().encode("utf-8", "replace")
        if self._transmit_one(report, True):
            self._reset_telemetry()
            self.packets_sent += 1
            self.bytes_sent += length(report)
        else:
            self._last_flush_time = time.time()
            self._count_failure(report)
