"""When calls leave: the flushes, the thread that sends, a stop, a fork and the end of the process."""

from __future__ import annotations

import time
from _thread import get_ident

from .._emitter import Metrics
from .._later import later, reentrant_lock, taken
from . import _sockets
from ._log import Silence, log, tell
from ._output import Output
from ._report import length

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from _thread import RLock
else:
    threading = later("threading")

MIN_FLUSH_INTERVAL = 0.0001

#: Seconds that a fork may wait for what is buffered to leave.
FORK_SECONDS = 0.1


class Flushing(Output, Metrics):
    """What of a `DogStatsd` sends what waits."""

    _config_lock: RLock
    _flush_interval: float
    _flusher: threading.Thread | None
    _flusher_ends: threading.Event | None
    _sender_options: tuple[int, float | None, float] | None

    def enable_background_sender(
        self, sender_queue_size: int = 0, sender_queue_timeout: float | None = 0, sender_queue_expiry_seconds: float = 10.0
    ) -> None:
        """Sends from a thread; a queue of `sender_queue_size` datagrams (0: no limit) drops the oldest after `sender_queue_timeout`
        seconds (None: waits)."""
        with self._config_lock:
            self._sender_options = (sender_queue_size, sender_queue_timeout, sender_queue_expiry_seconds)
            # One that could not be ended in time is still there, and goes on to have the socket.
            if self._sender is None or not self._sender.thread.is_alive():
                from ._sender import Sender

                self._sender = Sender(self._send_queued, self._dropped, *self._sender_options)
            self._reroute()

    def disable_background_sender(self, timeout: float | None = None) -> bool:
        """Sends what is queued and ends the thread; False if that takes more than `timeout` seconds, and what is queued is dropped.

        Without a timeout it gives up when nothing could be sent for ten seconds.
        """
        with self._config_lock:
            self._sender_options = None
            sender = self._sender
        ended = sender is None or sender.end(timeout)
        with self._config_lock:
            if self._sender is sender and (ended or sender is None or not sender.thread.is_alive()):
                self._sender = None
            self._reroute()
        return ended

    def _dropped(self, why: str, packet: bytes) -> None:
        self._count(why, length(packet))

    # Aggregation and flushing.

    def flush_aggregated_metrics(self) -> bool:
        """Sends what is aggregated; whether all of it was sent."""
        self._look_around()
        before = self._last_taken()
        number = self._take_in_hand()
        try:
            sent = True
            for line in self._take_gathered():
                sent &= self._send(line)
        finally:
            self._let_go(number)
        return self._wait_for_others(before) and sent

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
            tell(log, "warning", "max_buffer_size has no effect; max_buffer_len has")
        taken(self._batch_lock)
        here = get_ident()
        self._batches[here] = self._batches.get(here, 0) + 1
        self._reroute()

    def close_buffer(self) -> None:
        """Sends the batch."""
        here = get_ident()
        depth = self._batches.pop(here, 0) - 1
        if depth > 0:
            self._batches[here] = depth
        self._reroute()
        try:
            self.flush_buffered_metrics()
        finally:
            if depth >= 0:
                self._batch_lock.release()

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
        """Sends everything and closes the socket; whether all was sent within `timeout` seconds. What was not is dropped and counted.

        Later calls are sent one by one; those of the fast profile are dropped and counted. Without a timeout it gives up when nothing could be
        sent for ten seconds.
        """
        if self._profile == "fast":
            return self._close(timeout)
        deadline = None if timeout is None else time.monotonic() + timeout
        stopped = self.disable_background_sender(timeout)
        with self._config_lock:
            self._disable_buffering = self._disable_aggregation = True
            self._stop_flusher_if_idle()
            self._reroute()
        if not stopped:
            self._warn_by(deadline, "stop() took longer than %s seconds; what was queued is dropped", timeout)
            return False
        sent = self._send_all(deadline or time.monotonic() + _sockets.STANDSTILL)
        self._close_socket_until(deadline or time.monotonic() + _sockets.STANDSTILL)
        if not sent:
            self._warn_by(deadline, "stop() could not send all that was buffered")
        return sent

    def _warn_by(self, deadline: float | None, text: str, *arguments: object) -> None:
        """Logs a warning; what its handlers call on this client gives up at `deadline`."""
        self._deadlines[get_ident()] = deadline or time.monotonic() + _sockets.STANDSTILL
        try:
            tell(log, "warning", text, *arguments)
        finally:
            self._deadlines.pop(get_ident(), None)

    def _send_all(self, deadline: float) -> bool:
        """Sends what is aggregated and buffered, until `deadline`; what is left then is dropped and counted."""
        self._deadlines[get_ident()] = deadline
        try:
            sent = self.flush_aggregated_metrics()
            return self._flush_buffers() and sent
        finally:
            self._deadlines.pop(get_ident(), None)

    def _close_socket_until(self, deadline: float) -> None:
        """Closes the socket, unless another thread is sending and does not come to an end."""
        if self._socket_lock.acquire(timeout=min(max(0.0, deadline - time.monotonic()), 1e6)):
            try:
                self.close_socket()
            finally:
                self._socket_lock.release()
            self._tell()

    # Fork and exit.

    def pre_fork(self) -> None:
        """Before a fork: what is buffered leaves if it can without waiting, and is the parent's if not. No lock is held across the fork."""
        if self._profile == "fast":
            return
        # A module that another thread is importing at the fork can never be imported by the child.
        _sockets.load()
        if self._holds_something() and self._socket_lock.acquire(blocking=False):
            try:
                own = self._own_socket
                is_ready = not _sockets.is_looked_up(self.socket_path, self.host) if own is None else _sockets.wait_until_writable(own, 0)
                is_free = is_ready and not self._sends
            finally:
                self._socket_lock.release()
            if is_free:
                with Silence():
                    self._send_all(time.monotonic() + FORK_SECONDS)

    def _holds_something(self) -> bool:
        return self._holds_lines() or self._holds_gathered()

    def post_fork_parent(self) -> None:
        """In the parent after a fork: it goes on."""

    def post_fork_child(self) -> None:
        """In the child after a fork: a socket, locks, buffers and threads of its own."""
        self._config_lock = reentrant_lock()
        self._forget_output()
        self._forget_gathered()
        self._flusher = None
        self._sender = None
        self.close_socket(quiet=True)
        self._start_flusher()
        if self._sender_options is not None:
            self.enable_background_sender(*self._sender_options)

    def _flush_by(self, deadline: float) -> None:
        if self._profile == "fast":
            self._wait(max(0.0, deadline - time.monotonic()))
            return
        self._look_around()
        self._send_all(deadline)
        if self._sender is not None:
            self._sender.join(max(0.0, deadline - time.monotonic()))

    def _at_exit(self, deadline: float) -> None:
        if self._profile == "fast":
            self._end_by(deadline)
            return
        self._look_around()
        sender = self._sender
        self._send_all(deadline)
        if sender is not None:
            # The queue's thread may be in the midst of a send, which nobody can end.
            self.disable_background_sender(timeout=max(0.0, deadline - time.monotonic()))
