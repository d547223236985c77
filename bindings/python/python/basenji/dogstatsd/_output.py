"""Where the lines of the plain client go: buffer, background sender, socket.

Threads send one at a time, and one at a time tells the native half which socket is its own; neither is waited for with a lock (`_turns`). Nothing of the
program's is called meanwhile but a socket of its own: a complaint is kept until its thread has nothing in hand. What a signal's handler, a
finalizer or such a socket sends from within a send is sent after it.
"""

from __future__ import annotations

import errno
import os
import time
from _thread import get_ident, start_new_thread

from .._later import later
from . import _lookup, _sockets, _turns
from ._log import has_to_leave_it, is_silent, log, tell
from ._report import Report
from ._turns import LATER, LOST, Turns

__all__ = ["UDP_OPTIMAL_PAYLOAD_LENGTH", "UDS_OPTIMAL_PAYLOAD_LENGTH", "Output"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket as sockets
    from collections import deque
    from typing import Any

    from .._basenji import Datagram
    from ._batch import Batch
    from ._sender import Sender

    #: How to log something: the level, the text, and what is put into it.
    _Complaint = tuple[Any, ...]
else:
    # What `collections` has it from, which takes a millisecond to import.
    from _collections import deque

    sockets = later("socket")

UDP_OPTIMAL_PAYLOAD_LENGTH = 1432
UDS_OPTIMAL_PAYLOAD_LENGTH = 8192

#: Complaints that may wait.
MOST_COMPLAINTS = 1000

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
        #: The batches of the threads that have one.
        self._batches: dict[int, Batch] = {}
        self._disable_buffering = self._disable_aggregation = True
        #: The socket that was opened here and not given by the user.
        self._own_socket: sockets.socket | None = None
        #: Whether a thread is there that tells what one that is waited for has to complain about.
        self._is_being_told = False
        self._complaints: deque[_Complaint] = deque()
        #: When threads that end the client give up, by `time.monotonic`.
        self._deadlines: dict[int, float] = {}
        self._sending, self._routing, self._config = Turns(), Turns(), Turns()
        self._set_up_report()
        self.socket = None
        self.telemetry_socket = None

    def _forget_output(self) -> None:
        """In a child: what other threads were at and what is buffered is the parent's."""
        self._take_over()
        self._take_buffer(False)
        self._take_buffer(True)
        _lookup.forget()
        for turns in (self._sending, self._routing, self._config):
            turns.forget()
        self._complaints.clear()
        self._is_being_told = False
        here = get_ident()
        self._batches = {thread: batch for thread, batch in self._batches.items() if thread == here}
        for batch in self._batches.values():
            batch.forget()

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
        if telemetry and self._dedicated_telemetry_destination():
            opened = self.telemetry_socket
            if not opened:
                path, host, port = self.telemetry_socket_path, self.telemetry_host, self.telemetry_port
                opened = _sockets.opened(path, host, port, self.telemetry_socket_timeout, deadline)
                self.telemetry_socket = opened
            return opened
        opened = self.socket
        if not opened:
            opened = _sockets.opened(self.socket_path, self.host, self.port, self.socket_timeout, deadline)
            if self.socket:
                # Somebody was faster.
                opened.close()
                return self.get_socket()
            self._own_socket = self.socket = opened
        return opened

    def set_socket_timeout(self, timeout: float | None) -> None:
        """How long a send may take, in seconds: 0 does not wait, None waits for ever."""
        self.socket_timeout = timeout
        opened = self.socket
        if opened:
            opened.settimeout(timeout)
        self._reroute()

    def close_socket(self, quiet: bool = False) -> None:
        """Closes the sockets, as soon as nobody sends; the next call opens one."""
        self._sending.do(lambda _: self._close_socket_now(quiet), self._deadline(), _turns.LONG_PATIENCE)
        self._tell()

    def _close_socket_now(self, quiet: bool = False) -> None:
        for name in ("socket", "telemetry_socket"):
            opened = getattr(self, name)
            if opened:
                # Before it is closed: its number may be another file's then.
                setattr(self, name, None)
                try:
                    opened.close()
                except Exception as error:  # noqa: BLE001 - the program's own may raise anything, and another thread may be closing it.
                    if not quiet:
                        self._complain("error", "Unexpected error: %s", error)
        self._own_socket = None

    def _reroute(self) -> None:
        """Lets the native half send by itself where nothing here is needed for it."""
        self._routing.do(self._reroute_now, patience=0)

    def _reroute_now(self, _: object) -> None:
        opened = self._own_socket
        is_direct = (
            opened is not None
            and opened is self._socket
            and self._socket_kind == sockets.SOCK_DGRAM
            and self.socket_timeout == 0
            and self._disable_buffering
            and not self._batches
            and self._sender is None
            and os.name == "posix"
        )
        try:
            self._set_socket(opened.fileno() if is_direct and opened is not None else -1)
        except OSError:
            self._set_socket(-1)
        self._set_buffer(not self._disable_buffering, self._max_payload_size)
        self._gathers = not self._disable_aggregation
        self._starts = self._profile == "fast"

    # Complaints.

    def _complain(self, level: str, text: str, *arguments: object) -> None:
        """Keeps a complaint until it can be told."""
        if len(self._complaints) < MOST_COMPLAINTS:
            self._complaints.append((level, text, *arguments))

    def _tell(self) -> None:
        """Tells the complaints, unless others may wait for this thread: then when it has nothing in hand, or on a thread that nobody waits for."""
        while self._complaints and not is_silent():
            if has_to_leave_it():
                self._tell_elsewhere()
                return
            try:
                complaint = self._complaints.popleft()
            except IndexError:
                return
            tell(log, *complaint)

    def _tell_elsewhere(self) -> None:
        if self._is_being_told:
            return
        self._is_being_told = True
        try:
            # Not one of `threading`, which takes a lock that a finalizer, should it come here meanwhile, would wait for.
            start_new_thread(self._tell_as_another, ())
        except RuntimeError:
            # There are no more threads, or the interpreter ends: whoever calls next tells.
            self._is_being_told = False

    def _tell_as_another(self) -> None:
        try:
            self._tell()
        finally:
            self._is_being_told = False

    # The way of a line.

    def _deadline(self) -> float | None:
        """When this thread gives up, if it ends the client."""
        return self._deadlines.get(get_ident()) if self._deadlines else None

    def _send(self, line: bytes, timestamped: bool = False) -> bool:
        """Buffers, queues or sends a line that ends in a newline; False if it is known to be lost."""
        if not self._disable_buffering:
            return bool(self._buffer(line, timestamped))
        batch = self._batches.get(get_ident()) if self._batches else None
        if batch is None or batch.depth <= 0:
            return self._queue_or_send(self._datagram(line), timestamped)
        has_room = batch.has_room(line, timestamped, self._max_payload_size)
        sent = has_room or self._flush_batch(batch, timestamped)
        batch.keep(line, timestamped)
        return sent

    def _flush_one(self, timestamped: bool) -> bool:
        return bool(self._in_hand(lambda: self._send_taken(self._take_buffer(timestamped), timestamped)))

    def _flush_batch(self, batch: Batch, timestamped: bool) -> bool:
        return bool(self._in_hand(lambda: self._send_taken(batch.take(self, timestamped, self._max_payload_size), timestamped)))

    def _send_taken(self, datagram: Datagram | None, timestamped: bool) -> bool:
        return datagram is None or self._queue_or_send(datagram, timestamped)

    def _flush_buffers(self) -> bool:
        self._look_around()
        before = self._last_taken()
        sent = self._flush_one(False)
        sent = self._flush_one(True) and sent
        for batch in list(self._batches.values()):
            sent = self._flush_batch(batch, False) and sent
            sent = self._flush_batch(batch, True) and sent
        return self._wait_for_others(before) and sent

    def _wait_for_others(self, before: int) -> bool:
        """Waits until other threads have sent what they had taken; whether they have before this thread gives up, or nothing leaves for two seconds."""
        deadline, done, since = self._deadline(), self._sending.done, time.monotonic()
        while self._is_with_others(before):
            now = time.monotonic()
            if done != self._sending.done:
                done, since = self._sending.done, now
            if now >= (since + _turns.LONG_PATIENCE if deadline is None else deadline):
                return False
            time.sleep(0.0005)
        return True

    def _queue_or_send(self, datagram: Datagram, timestamped: bool) -> bool:
        sender = self._sender
        if sender is not None and sender.put(datagram, timestamped, self._deadline()):
            return True
        return bool(self._transmit(datagram))

    def _send_queued(self, datagram: Datagram) -> bool | None:
        return self._transmit(datagram, retries=self.socket_connect_retry and self.socket_path is not None)

    def _transmit(self, datagram: Datagram, retries: bool = False) -> bool | None:
        """Sends a datagram, and the report if it is due; None if another try is worth it."""
        sent = self._transmit_one(datagram, retries=retries)
        if self._is_telemetry_flush_time():
            self._report_telemetry()
        return sent

    def _transmit_one(self, datagram: Datagram, is_telemetry: bool = False, retries: bool = False) -> bool | None:
        thread = get_ident()

        def send(deadline: float | None) -> bool | None:
            # Another thread than its own cannot try again.
            sent = self._try(datagram, is_telemetry, retries and thread == get_ident(), deadline)
            if sent is False:
                datagram.settle("writer")
            return sent

        outcome = self._sending.do(send, self._deadline(), datagram=datagram)
        if outcome is LOST:
            datagram.settle("writer")
        self._tell()
        return True if outcome is LATER else False if outcome is LOST else outcome

    def _try(self, datagram: Datagram, is_telemetry: bool, retries: bool, deadline: float | None) -> bool | None:
        kind, packet = None, datagram.packet
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
            datagram.settle("sent")
            return True
        except TimeoutError:
            pass
        except OSError as error:
            if retries and error.errno in _RETRIED:
                self._complain("debug", "Connection error submitting packet: %s, another try follows", error)
                self._close_socket_now()
                return None
            if self._failed(error, packet):
                self._close_socket_now()
        except Exception as error:
            self._complain("error", "Unexpected error: %s", error)
            return False
        if kind == sockets.SOCK_STREAM:
            # What follows a frame that is cut could not be read.
            self._close_socket_now()
        return False

    def _failed(self, error: OSError, packet: bytes) -> bool:
        """Complains; whether the socket is of no use any more."""
        if error.errno == errno.EMSGSIZE:
            self._complain("debug", "Packet size too big (size: %d): %s, dropping the packet", len(packet), error)
        elif error.errno in _PASSING:
            self._complain("debug", _PASSING[error.errno], error)
        else:
            self._complain("warning", "Error submitting packet: %s, dropping the packet and closing the socket", error)
            return True
        return False

    def _send_failed(self, error: OSError, packet: bytes) -> None:
        """The native half could not send."""
        self._look_around()
        if self._failed(error, packet):
            self.close_socket()
        self._tell()
        if self._is_telemetry_flush_time():
            self._report_telemetry()
