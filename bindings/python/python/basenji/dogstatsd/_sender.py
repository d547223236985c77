"""The background sender: a queue of datagrams and the thread that sends them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple


class Queued(NamedTuple):
    """A datagram, and when it was queued; None for one that does not expire."""

    packet: bytes
    since: float | None


class Sender:
    """Sends in order; what does not fit drops the oldest, what waited longer than `expiry` seconds is dropped.

    Datagrams with timestamps never expire. `drop` is told of each that is dropped, and why: ``queue`` or ``expired``.
    """

    def __init__(
        self,
        send: Callable[[bytes], bool | None],
        drop: Callable[[str, bytes], None],
        size: int,
        patience: float | None,
        expiry: float,
    ) -> None:
        self._send, self._drop = send, drop
        self._size, self._patience, self._expiry = size, patience, expiry
        self._queue: deque[Queued] = deque()
        self._changed = threading.Condition()
        self._busy = False
        self._ends = False
        self._gives_up = False
        self._thread: threading.Thread | None = threading.Thread(target=self._run, name="DogStatsd_sender_thread", daemon=True)
        self._thread.start()

    def put(self, packet: bytes, timestamped: bool) -> bool:
        """Queues a datagram; False if the sender has ended."""
        with self._changed:
            if self._ends:
                return False
            if self._size and len(self._queue) >= self._size and self._patience != 0:
                self._changed.wait_for(lambda: len(self._queue) < self._size or self._ends, self._patience)
            while self._size and len(self._queue) >= self._size:
                self._drop("queue", self._queue.popleft().packet)
            self._queue.append(Queued(packet, None if timestamped else time.monotonic()))
            self._changed.notify_all()
            return True

    def join(self, timeout: float | None) -> bool:
        """Waits until all is sent; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, timeout)

    def end(self, timeout: float | None) -> bool:
        """Sends what waits and ends; False if that takes longer than `timeout`, after which what waits is dropped."""
        with self._changed:
            self._ends = True
            self._changed.notify_all()
            thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout)
        if not thread.is_alive():
            return True
        with self._changed:
            self._gives_up = True
            while self._queue:
                self._drop("writer", self._queue.popleft().packet)
            self._changed.notify_all()
        return False

    def _run(self) -> None:
        pause = 0.025
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._ends)
                if not self._queue:
                    return
                item = self._queue.popleft()
                self._busy = True
                self._changed.notify_all()
            sent: bool | None = True
            if item.since is not None and self._expiry and time.monotonic() - item.since > self._expiry:
                self._drop("expired", item.packet)
            else:
                sent = self._send(item.packet)
            with self._changed:
                self._busy = False
                if sent is None and not self._gives_up:
                    # There was no connection, and it is worth another try.
                    self._queue.appendleft(item)
                    self._changed.wait_for(lambda: self._ends, pause)
                    pause = min(2 * pause, 60.0)
                else:
                    pause = 0.025
                self._changed.notify_all()
