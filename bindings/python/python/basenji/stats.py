"""What a client says of itself."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Stats"]


class Stats(NamedTuple):
    """What a client has done in this process; a call counts at the latest when it is flushed."""

    metrics: int
    events: int
    service_checks: int
    refused: int
    packets_sent: int
    bytes_sent: int
    packets_dropped: int
    bytes_dropped: int
