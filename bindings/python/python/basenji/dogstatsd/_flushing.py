"""When calls leave: the flushes, the thread that sends, a stop, a fork and the end of the process."""

from __future__ import annotations

import time
from _thread import get_ident
from sys import is_finalizing

from .._emitter import Metrics
from .._later import later
from . import _sockets, _turns
from ._batch import Batch
from ._log import Silence, held
from ._output import Output
from ._report import length

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from ._sender import Sender
else:
    threading = later("threading")

MIN_FLUSH_INTERVAL = 0.0001

#: Seconds that a fork may wait for what is buffered to leave.
FORK_SECONDS = 0.1


class _GivingUp:
    """A context in which the calling thread sends nothing beyond `deadline`, by `time.monotonic`, nor beyond that of one around it; None is none."""

    def __init__(self, deadlines: dict[int, float], deadline: float | None) -> None:
        self._deadlines, self._deadline = deadlines, deadline

    def __enter__(self) -> None:
        self._before = self._deadlines.get(get_ident())
        if self._deadline is not None:
            self._deadlines[get_ident()] = self._deadline if self._before is None else min(self._deadline, self._before)

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            self._deadlines.pop(get_ident(), None)
        else:
            self._deadlines[get_ident()] = self._before


class Flushing(Output, Metrics):
    """What of a `DogStatsd` sends what waits."""

    _flush_interval: float
    _flusher: threading.Thread | None
    _flusher_ends: threading.Event | None
    _sender_options: tuple[int, float | None, float] | None

    def enable_background_sender(
        self, sender_queue_size: int = 0, sender_queue_timeout: float | None = 0, sender_queue_expiry_seconds: float = 10.0
    ) -> None:
        """Sends from a thread; a queue of `sender_queue_size` datagrams (0: no limit) drops the oldest after `sender_queue_timeout`
        seconds (None: waits)."""
        options = (sender_queue_size, sender_queue_timeout, sender_queue_expiry_seconds)
        self._configure(lambda: self._start_sender(options))

    def _start_sender(self, options: tuple[int, float | None, float]) -> None:
        self._sender_options = options
        # One that could not be ended in time is still there, and goes on to have the socket.
        if self._sender is None or not self._sender.thread.is_alive():
            from ._sender import Sender

            self._sender = Sender(self._send_queued, self._dropped, *options)

    def disable_background_sender(self, timeout: float | None = None) -> bool:
        """Sends what is queued and ends the thread; False if that takes more than `timeout` seconds, and what is queued is dropped.

        Without a timeout it gives up when nothing could be sent for ten seconds.
        """
        self._sender_options = None
        sender = self._sender
        ended = sender is None or sender.end(timeout)
        self._configure(lambda: self._forget_sender(sender, ended))
        self._tell()
        return ended

    def _forget_sender(self, sender: Sender | None, ended: bool) -> None:
        if self._sender is sender and (ended or sender is None or not sender.thread.is_alive()):
            self._sender = None

    def _configure(self, change: Callable[[], None]) -> None:
        """Makes a change while no other is made."""

        def make(_: object) -> None:
            change()
            self._reroute()

        self._config.do(make, patience=_turns.LONG_PATIENCE)

    def _dropped(self, why: str, packet: bytes) -> None:
        self._count(why, length(packet))

    # Aggregation and flushing.

    def flush_aggregated_metrics(self) -> bool:
        """Sends what is aggregated; whether all of it was sent."""
        self._look_around()
        before = self._last_taken()
        number = self._take_in_hand()
        held.count += 1
        try:
            sent = True
            for line in self._take_gathered():
                sent &= self._send(line)
        finally:
            self._let_go(number)
            held.count -= 1
            self._tell()
        return self._wait_for_others(before) and sent

    def flush_buffered_metrics(self) -> bool:
        """Sends what is buffered; whether all of it was sent."""
        return self._wait(None) if self._profile == "fast" else self._flush_buffers()

    def flush(self) -> bool:
        """Sends what is buffered; whether all of it was sent."""
        return self.flush_buffered_metrics()

    def wait_for_pending(self, timeout: float | None = None) -> bool:
        """Sends what is buffered and waits for the background sender, for at most `timeout` seconds together; whether nothing waits any more.

        What of the buffer cannot be sent in this time is dropped and counted. Without a timeout it gives up when nothing could be sent for ten seconds.
        """
        if self._profile == "fast":
            return self._wait(timeout)
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._giving_up(deadline):
            self._flush_buffers()
        sender = self._sender
        sent = sender is None or sender.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        self._tell()
        return sent

    def open_buffer(self, max_buffer_size: int | None = None) -> None:
        """Begins a batch: what this thread calls is buffered until `close_buffer`."""
        if max_buffer_size is not None:
            self._complain("warning", "max_buffer_size has no effect; max_buffer_len has")
            self._tell()
        batch = self._batches.get(get_ident())
        if batch is None:
            # As with the peer, but not for ever.
            lock = self._batch_lock
            has_lock = lock.acquire(timeout=0 if is_finalizing() else _turns.LONG_PATIENCE)
            self._batches[get_ident()] = Batch(lock if has_lock else None)
            self._reroute()
        else:
            batch.depth += 1

    def close_buffer(self) -> None:
        """Sends the batch."""
        batch = self._batches.get(get_ident())
        if batch is not None:
            batch.depth -= 1
        try:
            self.flush_buffered_metrics()
        finally:
            if batch is not None and batch.depth <= 0:
                self._batches.pop(get_ident(), None)
                if batch.lock is not None:
                    batch.lock.release()
                self._reroute()

    def _settle_flusher(self) -> None:
        """Starts the thread that flushes, or ends it, as the settings have it."""
        if self._disable_aggregation and self._disable_buffering:
            if self._flusher_ends is not None:
                self._flusher_ends.set()
            self._flusher = None
        elif self._profile != "fast" and self._flusher is None and self._flush_interval > MIN_FLUSH_INTERVAL:
            self._flusher_ends = ends = threading.Event()
            arguments = (ends, self._flush_interval)
            self._flusher = threading.Thread(target=self._flush_regularly, args=arguments, name="DogStatsd_flush_thread", daemon=True)
            self._flusher.start()

    def _flush_regularly(self, ends: threading.Event, interval: float) -> None:
        while not ends.wait(interval):
            self.flush_aggregated_metrics()
            self._flush_buffers()

    def stop(self, timeout: float | None = None) -> bool:
        """Sends everything and closes the socket; whether all was sent within `timeout` seconds. What was not is dropped and counted.

        Later calls are sent one by one; those of the fast profile are dropped and counted. Without a timeout it gives up when nothing could be
        sent for ten seconds.
        """
        if self._profile == "fast":
            return self._close(timeout)
        deadline = None if timeout is None else time.monotonic() + timeout
        stopped = self.disable_background_sender(timeout)
        self._configure(self._send_at_once)
        if not stopped:
            self._warn_by(deadline, "stop() took longer than %s seconds; what was queued is dropped", timeout)
            return False
        sent = self._send_all(deadline or time.monotonic() + _sockets.STANDSTILL)
        with self._giving_up(deadline or time.monotonic() + _sockets.STANDSTILL):
            self.close_socket()
        if not sent:
            self._warn_by(deadline, "stop() could not send all that was buffered")
        return sent

    def _send_at_once(self) -> None:
        self._disable_buffering = self._disable_aggregation = True
        self._settle_flusher()

    def _warn_by(self, deadline: float | None, text: str, *arguments: object) -> None:
        """Logs a warning; what its handlers call on this client gives up at `deadline`."""
        with self._giving_up(deadline or time.monotonic() + _sockets.STANDSTILL):
            self._complain("warning", text, *arguments)
            self._tell()

    def _send_all(self, deadline: float) -> bool:
        """Sends what is aggregated and buffered, until `deadline`; what is left then is dropped and counted."""
        with self._giving_up(deadline):
            sent = self.flush_aggregated_metrics()
            sent = self._flush_buffers() and sent
        return self._sending.finish(deadline) == 0 and sent

    def _giving_up(self, deadline: float | None) -> _GivingUp:
        return _GivingUp(self._deadlines, deadline)

    # Fork and exit.

    def pre_fork(self) -> None:
        """Before a fork: what is buffered leaves if it can without waiting, and is the parent's if not. No lock is held across the fork."""
        if self._profile == "fast":
            return
        # A module that another thread is importing at the fork can never be imported by the child.
        _sockets.load()
        if self._holds_something() and not self._sending.is_mine() and self._sending.do(self._is_ready, patience=0) is True:
            with Silence():
                self._send_all(time.monotonic() + FORK_SECONDS)

    def _is_ready(self, _: object) -> bool:
        """Whether a datagram can leave without waiting."""
        own = self._own_socket
        if own is None:
            return not _sockets.is_looked_up(self.socket_path, self.host)
        try:
            return _sockets.wait_until_writable(own, 0)
        except (OSError, ValueError):
            # The program has closed it.
            return False

    def _holds_something(self) -> bool:
        return self._holds_lines() or self._holds_gathered() or any(batch.holds_something() for batch in list(self._batches.values()))

    def post_fork_parent(self) -> None:
        """In the parent after a fork: it goes on."""

    def post_fork_child(self) -> None:
        """In the child after a fork: a socket, locks, buffers and threads of its own."""
        self._forget_output()
        self._forget_gathered()
        self._flusher = self._flusher_ends = None
        self._sender = None
        self._close_socket_now(quiet=True)
        self._settle_flusher()
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
