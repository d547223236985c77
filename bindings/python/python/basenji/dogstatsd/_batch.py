"""What a thread has called within ``with statsd:``, which leaves together."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque

    from .._basenji import Datagram, Emitter
else:
    # What `collections` has it from, which takes a millisecond to import.
    from _collections import deque


class Batch:
    """Lines without and with a timestamp; its thread adds to them, and any may take them."""

    def __init__(self) -> None:
        #: How deep its thread is in batches; at 0 nothing is added any more.
        self.depth = 0
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

    def take(self, emitter: Emitter, timestamped: bool, most: int) -> Datagram | None:
        """Takes what waits, up to `most` bytes or one line, as a datagram of `emitter`; None if there is nothing."""
        lines, length = self._lines[timestamped], 0
        taken: list[bytes] = []
        try:
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
            return emitter._datagram(b"".join(taken)) if taken else None
        except BaseException:
            # What a signal's handler raises is no reason to lose them.
            lines.extendleft(reversed(taken))
            raise

    def forget(self) -> None:
        """Forgets what waits."""
        for lines in self._lines:
            lines.clear()
        self._lengths = [0, 0]
