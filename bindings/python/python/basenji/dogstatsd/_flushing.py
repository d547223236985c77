"""When calls leave: the flushes, the thread that sends, a stop, a fork and the end of the process."""

from __future__ import annotations

import time
from _thread import get_ident
from sys import is_finalizing

from .._emitter import Metrics
from .._later import later
from . import _sockets, _turns
from ._batch import Batch
from ._log import silently
from ._output import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from typing import TypeVar

    from ._sender import Sender

    _T = TypeVar("_T")
else:
    threading = later("threading")

MIN_FLUSH_INTERVAL = 0.0001

#: Seconds that a fork may wait for what is buffered to leave.
FORK_SECONDS = 0.1


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

            self._sender = Sender(self._send_queued, *options)

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

    # Aggregation and flushing.

    def flush_aggregated_metrics(self) -> bool:
        """Sends what is aggregated; whether all of it was sent."""
        self._look_around()
        self._write_gathered()
        sent = bool(self._in_hand(self._send_gathered))
        return self._wait_for_others(self._last_taken()) and sent

    def _send_gathered(self) -> bool:
        sent = True
        while (datagram := self._next_gathered()) is not None:
            sent &= self._queue_or_send(datagram, False)
        return sent

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
        self._giving_up(deadline, self._flush_buffers)
        sender = self._sender
        sent = sender is None or sender.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        self._tell()
        return sent

    def open_buffer(self, max_buffer_size: int | None = None) -> None:
        """Begins a batch: what this thread calls is buffered until `close_buffer`."""
        if max_buffer_size is not None:
            self._complain("warning", "max_buffer_size has no effect; max_buffer_len has")
            self._tell()
        self._own_batch().depth += 1

    def _own_batch(self) -> Batch:
        """The batch of this thread; one of no depth is none."""
        thread = get_ident()
        batch = self._batches.get(thread)
        if batch is None:
            batch = self._batches[thread] = Batch()
            self._reroute()
        return batch

    def close_buffer(self) -> None:
        """Sends the batch."""
        thread = get_ident()
        batch = self._batches.get(thread)
        if batch is not None:
            batch.depth -= 1
        try:
            self.flush_buffered_metrics()
        finally:
            # One that still holds something leaves with the next flush.
            if batch is not None and batch.depth <= 0 and not batch.holds_something():
                self._batches.pop(thread, None)
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
        self._giving_up(deadline or time.monotonic() + _sockets.STANDSTILL, self.close_socket)
        if not sent:
            self._warn_by(deadline, "stop() could not send all that was buffered")
        return sent

    def _send_at_once(self) -> None:
        self._disable_buffering = self._disable_aggregation = True
        self._settle_flusher()

    def _warn_by(self, deadline: float | None, text: str, *arguments: object) -> None:
        """Logs a warning; what its handlers call on this client gives up at `deadline`."""
        self._complain("warning", text, *arguments)
        self._giving_up(deadline or time.monotonic() + _sockets.STANDSTILL, self._tell)

    def _send_all(self, deadline: float) -> bool:
        """Sends what is aggregated and buffered, until `deadline`; what is left then is dropped and counted."""
        sent = self._giving_up(deadline, self.flush_aggregated_metrics)
        sent = self._giving_up(deadline, self._flush_buffers) and sent
        return self._sending.finish(deadline) == 0 and sent

    def _giving_up(self, deadline: float | None, work: Callable[[], _T]) -> _T:
        """Does something in which the calling thread sends nothing beyond `deadline`, by `time.monotonic`, nor beyond that of one around it; None is none."""
        thread, deadlines = get_ident(), self._deadlines
        before = deadlines.get(thread)
        if deadline is not None:
            deadlines[thread] = deadline if before is None else min(deadline, before)
        try:
            return work()
        finally:
            # One step each, so that nothing can be raised in between.
            if before is None:
                deadlines.pop(thread, None)
            else:
                deadlines[thread] = before

    # Fork and exit.

    def pre_fork(self) -> None:
        """Before a fork: what is buffered leaves if it can without waiting, and is the parent's if not. No lock is held across the fork."""
        if self._profile == "fast":
            return
        # A module that another thread is importing at the fork can never be imported by the child.
        _sockets.load()
        if self._holds_something() and not self._sending.is_mine() and self._sending.do(self._is_ready, patience=0) is True:
            silently(lambda: self._send_all(time.monotonic() + FORK_SECONDS))

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
