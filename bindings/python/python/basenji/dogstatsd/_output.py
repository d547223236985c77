"""Where the lines of the plain client go: buffer, background sender, socket.

`_socket_lock` is held while a datagram is sent, `_route_lock` while the native half is told which socket is its own. Under neither of them anything of
the program's is called: a complaint is kept until its thread has let go of the lock, and what a signal's handler, a finalizer or a socket of
the program's own sends from within a send waits until that is over. Nobody waits for `_socket_lock` longer than the deadline that he was given.
"""

from __future__ import annotations

import errno
import os
import time
from _thread import get_ident

from .._later import later, reentrant_lock, taken
from . import _sockets
from ._log import held, is_silent, log, tell
from ._report import Report, length

__all__ = ["UDP_OPTIMAL_PAYLOAD_LENGTH", "UDS_OPTIMAL_PAYLOAD_LENGTH", "Output"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket as sockets
    from collections import deque
    from typing import Any

    from ._sender import Sender

    #: How to log something: the level, the text, and what is put into it.
    _Complaint = tuple[Any, ...]
else:
    # What `collections` has it from, which takes a millisecond to import.
    from _collections import deque

    sockets = later("socket")

UDP_OPTIMAL_PAYLOAD_LENGTH = 1432
UDS_OPTIMAL_PAYLOAD_LENGTH = 8192

#: Datagrams that may wait for the end of a send that they were called from within.
MOST_POSTPONED = 1000

#: What passes by itself, and is told as the peer tells it; the socket stays.
_PASSING = {
    errno.EAGAIN: "Socket send would block: %s, dropping the packet",
    errno.ENOBUFS: "Socket buffer full: %s, dropping the packet",
}
#: What a sender with `socket_connect_retry` tries again.
_RETRIED = {errno.ECONNREFUSED, errno.ECONNRESET, errno.ENOENT, errno.ENOTCONN, errno.EPIPE, errno.EDESTADDRREQ}


class Output(Report):
    """The way out of a `DogStatsd`."""

    host: str | None
    port: int | None
    encoding: str
    _disable_buffering: bool
    _disable_aggregation: bool
    _profile: str

    def _set_up_output(self, max_buffer_len: int, timeout: float | None, retries: bool, telemetry_timeout: float | None) -> None:
        self._max_buffer_len = max_buffer_len
        self.socket_timeout = timeout
        self.socket_connect_retry = retries
        self.telemetry_socket_timeout = telemetry_timeout
        self.telemetry_socket_path: str | None = None
        self.telemetry_host: str | None = None
        self.telemetry_port: int | None = None
        self._socket_path: str | None = None
        self._sender: Sender | None = None
        #: How deep in a batch the thread is that has one; others wait for theirs.
        self._batches: dict[int, int] = {}
        self._batch_lock = reentrant_lock()
        self._disable_buffering = self._disable_aggregation = True
        #: The socket that was opened here and not given by the user.
        self._own_socket: sockets.socket | None = None
        self._set_up_locks()
        self._set_up_report()
        self.socket = None
        self.telemetry_socket = None

    def _set_up_locks(self) -> None:
        """Locks, and what waits."""
        self._socket_lock = reentrant_lock()
        self._route_lock = reentrant_lock()
        #: Whether a thread sends: it has the lock, and is not called again from within its send.
        self._sends = False
        self._postponed: deque[tuple[bytes, bool]] = deque()
        self._complaints: deque[_Complaint] = deque()
        #: When threads that end the client give up, by `time.monotonic`.
        self._deadlines: dict[int, float] = {}

    def _forget_output(self) -> None:
        """Locks and buffers of a child's own; of the batches those that its thread is in."""
        self._take_over()
        self._take_buffer(False)
        self._take_buffer(True)
        self._set_up_locks()
        here = get_ident()
        self._batches = {thread: depth for thread, depth in self._batches.items() if thread == here}
        self._batch_lock = reentrant_lock()
        for _ in range(self._batches.get(here, 0)):
            self._batch_lock.acquire()

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
        kind, transport, payload = None, "udp", UDP_OPTIMAL_PAYLOAD_LENGTH
        if given:
            try:
                kind = given.getsockopt(sockets.SOL_SOCKET, sockets.SO_TYPE)
                is_unix = given.family == sockets.AF_UNIX
            except AttributeError:
                self._complain("info", "the socket tells neither kind nor family; UDP is assumed")
                kind = None
            else:
                if is_unix:
                    transport = "uds-stream" if kind == sockets.SOCK_STREAM else "uds"
                payload = self._max_buffer_len or (UDS_OPTIMAL_PAYLOAD_LENGTH if is_unix else UDP_OPTIMAL_PAYLOAD_LENGTH)
        self._socket, self._socket_kind, self._transport, self._max_payload_size = given, kind, transport, payload
        self._reroute()
        self._tell()

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
                self._complain("info", "the telemetry's socket does not tell its kind; UDP is assumed")
        self._tell()

    @property
    def socket_path(self) -> str | None:
        """The path of the Unix socket, with or without a scheme; None for UDP."""
        return self._socket_path

    @socket_path.setter
    def socket_path(self, path: str | None) -> None:
        self._socket_path = path

    def get_socket(self, telemetry: bool = False) -> Any:
        """The connected socket, opened if there is none.

        Raises OSError if it cannot be opened.
        """
        deadline = self._deadline()
        with self._socket_lock:
            if telemetry and self._dedicated_telemetry_destination():
                if not self.telemetry_socket:
                    path, host, port = self.telemetry_socket_path, self.telemetry_host, self.telemetry_port
                    self.telemetry_socket = _sockets.opened(path, host, port, self.telemetry_socket_timeout, deadline)
                return self.telemetry_socket
            if not self.socket:
                self._own_socket = _sockets.opened(self.socket_path, self.host, self.port, self.socket_timeout, deadline)
                self.socket = self._own_socket
            return self.socket

    def set_socket_timeout(self, timeout: float | None) -> None:
        """How long a send may take, in seconds: 0 does not wait, None waits for ever."""
        with self._socket_lock:
            self.socket_timeout = timeout
            if self.socket:
                self.socket.settimeout(timeout)
            self._reroute()

    def close_socket(self, quiet: bool = False) -> None:
        """Closes the sockets; the next call opens one."""
        if not taken(self._socket_lock):
            return
        try:
            for name in ("socket", "telemetry_socket"):
                opened = getattr(self, name)
                if opened:
                    try:
                        opened.close()
                    except OSError as error:
                        if not quiet:
                            self._complain("error", "Unexpected error: %s", error)
                    setattr(self, name, None)
            self._own_socket = None
        finally:
            self._socket_lock.release()
        self._tell()

    def _reroute(self) -> None:
        """Lets the native half send by itself where nothing here is needed for it."""
        if not taken(self._route_lock):
            return
        try:
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
            self._set_buffer(self._buffers(), self._max_payload_size)
            self._gathers = not self._disable_aggregation
            self._starts = self._profile == "fast"
        finally:
            self._route_lock.release()

    # Complaints.

    def _complain(self, level: str, text: str, *arguments: object) -> None:
        """Keeps a complaint until it can be told."""
        if len(self._complaints) < MOST_POSTPONED:
            self._complaints.append((level, text, *arguments))

    def _tell(self) -> None:
        """Tells the complaints, unless this thread has the lock further up: then it does so when it has let go of it."""
        while self._complaints and not (self._sends or self._socket_lock._is_owned() or held.count or is_silent()):  # type: ignore[attr-defined]
            try:
                complaint = self._complaints.popleft()
            except IndexError:
                return
            tell(log, *complaint)

    # The way of a line.

    def _deadline(self) -> float | None:
        """When this thread gives up, if it ends the client."""
        return self._deadlines.get(get_ident()) if self._deadlines else None

    def _buffers(self) -> bool:
        return bool(self._batches) or not self._disable_buffering

    def _send(self, line: bytes, timestamped: bool = False) -> bool:
        """Buffers, queues or sends a line that ends in a newline; False if it is known to be lost."""
        if self._buffers():
            return self._buffer_line(line, timestamped)
        return self._queue_or_send(line, timestamped)

    def _buffer_line(self, line: bytes, timestamped: bool) -> bool:
        packet = self._buffer(line, timestamped)
        return packet is None or self._queue_or_send(packet, timestamped)

    def _flush_one(self, timestamped: bool) -> bool:
        number = self._take_in_hand()
        try:
            packet = self._take_buffer(timestamped)
            return packet is None or self._queue_or_send(packet, timestamped)
        finally:
            self._let_go(number)

    def _flush_buffers(self) -> bool:
        self._look_around()
        before = self._last_taken()
        sent = self._flush_one(False)
        sent = self._flush_one(True) and sent
        return self._wait_for_others(before) and sent

    def _wait_for_others(self, before: int) -> bool:
        """Waits until other threads have sent what they had taken; whether they have before this thread gives up."""
        if not self._is_with_others(before):
            return True
        deadline = self._deadline() or time.monotonic() + _sockets.STANDSTILL
        while time.monotonic() < deadline:
            time.sleep(0.0005)
            if not self._is_with_others(before):
                return True
        return False

    def _queue_or_send(self, packet: bytes, timestamped: bool) -> bool:
        sender = self._sender
        if sender is not None and sender.put(packet, timestamped, self._deadline()):
            return True
        return bool(self._transmit(packet))

    def _send_queued(self, packet: bytes) -> bool | None:
        return self._transmit(packet, retries=self.socket_connect_retry and self.socket_path is not None)

    def _transmit(self, packet: bytes, retries: bool = False) -> bool | None:
        """Sends a datagram, and the report if it is due; None if another try is worth it."""
        sent = self._transmit_one(packet, False, retries)
        if sent is not None:
            self._count("sent" if sent else "writer", length(packet))
        if self._is_telemetry_flush_time():
            self._report_telemetry()
        return sent

    def _transmit_one(self, packet: bytes, is_telemetry: bool, retries: bool = False) -> bool | None:
        deadline = self._deadline()
        # Before it is had: a signal handler may run as soon as it is.
        held.count += 1
        if not taken(self._socket_lock, deadline):
            held.count -= 1
            return False
        try:
            if self._sends:
                # This thread does, and was interrupted: in the midst of a frame or of an import nothing else can be sent.
                if len(self._postponed) >= MOST_POSTPONED:
                    return False
                self._postponed.append((packet, is_telemetry))
                return True
            try:
                self._sends = True
                sent = self._try(packet, is_telemetry, retries, deadline)
                for _ in range(MOST_POSTPONED):
                    if not self._postponed:
                        break
                    late, is_telemetry = self._postponed.popleft()
                    if not self._try(late, is_telemetry, False, deadline):
                        self._count("writer", length(late))
            finally:
                self._sends = False
        finally:
            self._socket_lock.release()
            held.count -= 1
            self._tell()
        return sent

    def _try(self, packet: bytes, is_telemetry: bool, retries: bool, deadline: float | None) -> bool | None:
        kind = None
        try:
            to = self.get_socket(is_telemetry)
            dedicated = is_telemetry and self._dedicated_telemetry_destination()
            kind = self._telemetry_socket_kind if dedicated else self._socket_kind
            frame = (len(packet).to_bytes(4, "little"),) if kind == sockets.SOCK_STREAM else ()
            own = self._own_socket
            if deadline is not None and own is not None and own is to:
                _sockets.send_until(own, b"".join((*frame, packet)), deadline)
            elif frame:
                to.sendall(*frame)
                to.sendall(packet)
            else:
                to.send(packet)
            return True
        except TimeoutError:
            pass
        except OSError as error:
            if retries and error.errno in _RETRIED:
                self._complain("debug", "Connection error submitting packet: %s, another try follows", error)
                self.close_socket()
                return None
            self._failed(error, packet)
        except Exception as error:
            self._complain("error", "Unexpected error: %s", error)
            return False
        if kind == sockets.SOCK_STREAM:
            # What follows a frame that is cut could not be read.
            self.close_socket()
        return False

    def _failed(self, error: OSError, packet: bytes) -> None:
        if error.errno == errno.EMSGSIZE:
            self._complain("debug", "Packet size too big (size: %d): %s, dropping the packet", len(packet), error)
        elif error.errno in _PASSING:
            self._complain("debug", _PASSING[error.errno], error)
        else:
            self._complain("warning", "Error submitting packet: %s, dropping the packet and closing the socket", error)
            self.close_socket()

    def _send_failed(self, error: OSError, packet: bytes) -> None:
        """The native half could not send."""
        self._look_around()
        self._count("writer", length(packet))
        self._failed(error, packet)
        self._tell()
        if self._is_telemetry_flush_time():
            self._report_telemetry()
