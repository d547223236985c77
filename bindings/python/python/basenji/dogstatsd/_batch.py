"""What a thread has called within ``with statsd:``, which leaves together."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import RLock
    from collections import deque
else:
    # What `collections` has it from, which takes a millisecond to import.
    from _collections import deque


class Batch:
    """Lines without and with a timestamp; its thread adds to them, and any may take them."""

    def __init__(self, lock: RLock | None) -> None:
        #: Which it has, if it has waited for the batches of other threads to their end.
        self.lock = lock
        #: How deep its thread is in batches.
        self.depth = 1
        self._lines: tuple[deque[bytes], deque[bytes]] = (deque(), deque())
        self._lengths = [0, 0]

    def holds_something(self) -> bool:
        """Whether a line waits."""
        return any(self._lines)

    def has_room(self, line: bytes, timestamped: bool, most: int) -> bool:
        """Whether a datagram of `most` bytes has room for the line beside those that wait."""
        return not self._lines[timestamped] or self._lengths[timestamped] + len(line) <= most

    def keep(self, line: bytes, timestamped: bool) -> None:
        """Adds a line."""
        self._lengths[timestamped] += len(line)
        self._lines[timestamped].append(line)

    def take(self, timestamped: bool, most: int) -> bytes | None:
        """Takes what waits, up to `most` bytes or one line; None if there is nothing."""
        lines, length = self._lines[timestamped], 0
        taken: list[bytes] = []
        while lines:
            try:
                line = lines.popleft()
            except IndexError:
                break
            if taken and length + len(line) > most:
                # It was added while another thread was taking.
                lines.appendleft(line)
                break
            taken.append(line)
            length += len(line)
        self._lengths[timestamped] = sum(map(len, list(lines)))
        return b"".join(taken) or None

    def forget(self) -> None:
        """Forgets what waits."""
        for lines in self._lines:
            lines.clear()
        self._lengths = [0, 0]
