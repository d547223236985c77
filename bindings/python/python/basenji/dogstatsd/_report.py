"""The report that the plain client sends of its own counters."""

from __future__ import annotations

import time

from .. import _basenji

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

#: The version of the peer whose behaviour this is; its telemetry names it.
PEER_VERSION = "0.56.0"

#: The counters of a report, in the order of its lines.
_NAMES = (
    "metrics",
    "events",
    "service_checks",
    "bytes_sent",
    "bytes_dropped",
    "bytes_dropped_queue",
    "bytes_dropped_writer",
    "packets_sent",
    "packets_dropped",
    "packets_dropped_queue",
    "packets_dropped_writer",
)


class Report(_basenji.Emitter):
    """The counters, which the native half keeps, and the report of them."""

    constant_tags: Any
    telemetry_host: str | None
    telemetry_socket_path: str | None
    _transport: str

    def _set_up_report(self) -> None:
        self._client_tags = ["client:py", f"client_version:{PEER_VERSION}"]
        self._reset_telemetry()

    @property
    def packets_dropped(self) -> int:
        """Datagrams that were dropped since the last report, for whatever reason."""
        return self.packets_dropped_queue + self.packets_dropped_writer + self.packets_dropped_expired

    @property
    def bytes_dropped(self) -> int:
        """Bytes that were dropped since the last report, for whatever reason."""
        return self.bytes_dropped_queue + self.bytes_dropped_writer + self.bytes_dropped_expired

    def _reset_telemetry(self) -> None:
        self._take_counts(time.time())

    def _dedicated_telemetry_destination(self) -> bool:
        return bool(self.telemetry_socket_path or self.telemetry_host)

    def _is_telemetry_flush_time(self) -> bool:
        return self._telemetry and self._last_flush_time + self._telemetry_flush_interval < time.time()

    def _flush_telemetry(self) -> str:
        """The report: eleven lines."""
        counts = self._take_counts(self._last_flush_time)
        self._put_back_counts(counts)
        return self._report_of(counts)

    def _report_of(self, counts: Sequence[int]) -> str:
        metrics, events, checks, packets, octets, packets_queue, bytes_queue, packets_writer, bytes_writer, late, late_bytes = counts
        packets_queue, bytes_queue = packets_queue + late, bytes_queue + late_bytes
        numbers = (
            *(metrics, events, checks, octets),
            *(bytes_queue + bytes_writer, bytes_queue, bytes_writer, packets),
            *(packets_queue + packets_writer, packets_queue, packets_writer),
        )
        tags = ",".join([*self._client_tags, f"client_transport:{self._transport}", *self.constant_tags])
        lines = zip(_NAMES, numbers, strict=True)
        return "".join(f"datadog.dogstatsd.client.{name}:{number}|c|#{tags}\n" for name, number in lines)

    def _written_report(self, counts: Sequence[int]) -> bytes:
        return self._report_of(counts).encode("utf-8", "replace")

    def _report_telemetry(self) -> None:
        """Sends the report. What is counted meanwhile is in the next one; what has not arrived too."""
        self._look_around()
        self._transmit_one(self._take_report(time.time()), is_telemetry=True)

    def _look_around(self) -> None:
        """Before what waits is touched."""
        raise NotImplementedError

    def _transmit_one(self, datagram: _basenji.Datagram, is_telemetry: bool = False, retries: bool = False) -> bool | None:
        """Sends a datagram and settles it."""
        raise NotImplementedError
