"""The background sender: a queue of datagrams and the thread that sends them."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from sys import is_finalizing

from ._sockets import STANDSTILL


class Sender:
    """Sends in order; what does not fit drops the oldest, what waited longer than `expiry` seconds is dropped.

    Datagrams with timestamps never expire. `drop` is told of each that is dropped, and why: ``queue``, ``writer`` or ``expired``. `send` is called
    without the queue's lock, in which nobody else's code runs.
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
        #: Datagrams, and when they were queued; None for those that do not expire.
        self._queue: deque[tuple[bytes, float | None]] = deque()
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        #: Whether the thread waits for a datagram, and how many others wait for it.
        self._idle = False
        self._waiting = 0
        self._busy = False
        self._ends = False
        self._gives_up = False
        #: Datagrams that have left the queue for whatever reason.
        self._done = 0
        self.thread = threading.Thread(target=self._run, name="DogStatsd_sender_thread", daemon=True)
        self.thread.start()

    def put(self, packet: bytes, timestamped: bool, deadline: float | None = None) -> bool:
        """Queues a datagram; False if the sender has ended. For room it waits as long as it has patience, and not beyond `deadline`."""
        if is_finalizing():
            # The thread sends no more, and may have the lock.
            return False
        queue = self._queue
        with self._lock:
            if self._ends:
                return False
            if self._size and len(queue) >= self._size:
                if self._patience != 0:
                    patience = self._patience
                    if deadline is not None:
                        patience = min(deadline - time.monotonic(), math.inf if patience is None else patience)
                    self._wait_for(lambda: len(queue) < self._size or self._ends, patience)
                if self._gives_up:
                    return False
                while len(queue) >= self._size:
                    self._drop("queue", queue.popleft()[0])
            queue.append((packet, None if timestamped else time.monotonic()))
            if self._idle:
                self._changed.notify_all()
            return True

    def _wait_for(self, is_so: Callable[[], bool], timeout: float | None) -> bool:
        self._waiting += 1
        try:
            return self._changed.wait_for(is_so, timeout)
        finally:
            self._waiting -= 1

    def join(self, timeout: float | None) -> bool:
        """Waits until all is sent; whether it is."""
        with self._lock:
            return self._wait_for(lambda: not self._queue and not self._busy, timeout)

    def end(self, timeout: float | None) -> bool:
        """Sends what waits and ends; False if that takes longer than `timeout`, after which what waits is dropped.

        Without a timeout it goes on while datagrams leave, and gives up when none has left for ten seconds.
        """
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        if self.thread is threading.current_thread():
            return True
        while True:
            done = self._done
            self.thread.join(STANDSTILL if timeout is None else max(0.0, timeout))
            if not self.thread.is_alive():
                return not self._gives_up
            if timeout is not None or done == self._done:
                self.give_up()
                return False

    def give_up(self) -> None:
        """Drops what waits; the thread ends when it can."""
        with self._changed:
            self._ends = self._gives_up = True
            while self._queue:
                self._drop("writer", self._queue.popleft()[0])
            self._changed.notify_all()

    def _run(self) -> None:
        pause = 0.025
        while True:
            with self._lock:
                self._busy = False
                if self._waiting:
                    self._changed.notify_all()
                while not self._queue:
                    if self._ends:
                        return
                    self._idle = True
                    self._changed.wait()
                    self._idle = False
                item = packet, since = self._queue.popleft()
                self._busy = True
            if since is not None and self._expiry and time.monotonic() - since > self._expiry:
                self._drop("expired", packet)
            elif self._send(packet) is None:
                # There was no connection, and it is worth another try.
                with self._lock:
                    if self._gives_up:
                        self._drop("writer", packet)
                    else:
                        self._queue.appendleft(item)
                        self._changed.wait_for(lambda: self._ends, pause)
                        pause = min(2 * pause, 60.0)
                continue
            self._done += 1
            pause = 0.025
