"""`basenji send`: messages from a command line or a pipe.

A message is written by the library's safe dialect: nothing in it can break a line. What the kernel does not take is said, never passed over.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from .. import _basenji, parse
from ..errors import ParseError
from .arguments import METRICS, Failure, usage
from .lines import pieces
from .way import Way

#: The longest line, newline included: what fits a UDP datagram.
LONGEST = 65507

#: The most lines that are warned of one by one.
MOST_WARNINGS = 10

#: The most characters of a line that a warning shows.
EXCERPT = 96

CODES = dict(zip(METRICS, ("c", "g", "h", "d", "ms", "s"), strict=True))


def run(options: Namespace) -> int:
    """Runs the command."""
    if options.stdin and options.message is not None:
        usage("--stdin stands in place of a message, so there cannot be both")
    if options.stdin and hasattr(options, "repeat"):
        usage("--stdin does not go together with --repeat")
    if not options.stdin and options.message is None:
        usage("there is nothing to send: give a message, as in 'basenji send count page.views 1', or --stdin")
    environment = _basenji.environment()
    for problem in environment["problems"]:
        warn(problem)
    if environment["disabled"]:
        warn("nothing is sent because DD_DOGSTATSD_DISABLE says so")
        return 0
    address = getattr(options, "to", None) or _basenji.parse_address(environment["destination"] or "127.0.0.1")
    way = Way(address, getattr(options, "datagram_size", None))
    try:
        if options.stdin:
            _Lines(way).run()
        else:
            _repeat(way, _Writer(environment).line(options), getattr(options, "repeat", 1))
        way.expect_listener()
    finally:
        way.close()
    return 0


def warn(sentence: str) -> None:
    """Says what does not end the program."""
    print(f"basenji: warning: {sentence}", file=sys.stderr)


def _repeat(way: Way, line: bytes, times: int) -> None:
    """Sends a line this many times, in as few datagrams as can be."""
    most = max(1, way.limit // len(line))
    datagram = line * min(times, most)
    while times > 0:
        messages = min(times, most)
        try:
            way.deliver(datagram[: messages * len(line)], messages)
        except ValueError as error:
            raise way.failure(str(error)) from None
        times -= messages


class _Writer(_basenji.Emitter):
    """Writes lines, and keeps the last one."""

    def __init__(self, environment: dict[str, Any]) -> None:
        self._safe = True
        self._set_tags(environment["tags"])
        self._container_id = environment["container_id"]
        self._external_data = environment["external_data"]
        self.cardinality = environment["cardinality"]
        self._line: bytes | None = None

    def line(self, options: Namespace) -> bytes:
        """The line of a message, with its newline."""
        line = self._written(options)
        if line is None:
            usage("the message cannot be written")
        if len(line) > LONGEST:
            usage(f"the message is longer than {LONGEST} bytes")
        return line

    def _written(self, options: Namespace) -> bytes | None:
        if options.message == "event":
            return self._event(
                options.title,
                options.text,
                options.alert_type,
                options.aggregation_key,
                options.source_type,
                options.timestamp,
                options.priority,
                options.tags,
                options.hostname,
                options.cardinality,
            )
        if options.message == "check":
            about = options.about
            return self._service_check(
                options.name, options.status, options.tags, options.timestamp, options.cardinality, options.hostname, about
            )
        kind = CODES[options.message]
        self._report(
            options.name, kind, options.value, options.tags, options.rate, options.timestamp, False, options.cardinality
        )
        return self._line

    def _send(self, line: bytes, timestamped: bool) -> bool:
        self._line = line
        return True


class _Lines:
    """Lines of standard input on their way into datagrams, as they are."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._datagram: list[bytes] = []
        self._bytes = self._number = self._odd = self._too_long = 0

    def run(self) -> None:
        for piece, cut in pieces(sys.stdin.buffer):
            if cut:
                self._number += 1
                self._too_long += 1
                continue
            for line in piece.split(b"\n")[: -1 if piece.endswith(b"\n") else None]:
                self._take(line.removesuffix(b"\r"))
            # Whatever could be read is sent before the next read waits.
            self._send()
        if self._odd > MOST_WARNINGS:
            warn(f"{self._odd} lines will be refused in all")
        if self._too_long:
            raise Failure(f"{self._too_long} lines were not sent because they are longer than {self._way.shown} takes")

    def _take(self, line: bytes) -> None:
        self._number += 1
        if not line:
            return
        [found] = parse(line, return_errors=True)
        if isinstance(found, ParseError):
            # It is sent all the same, for that may be what is wanted.
            self._odd += 1
            if self._odd <= MOST_WARNINGS:
                place = f"{found.message} (at byte {found.offset})"
                warn(f'line {self._number} will be refused: {place}: "{_excerpt(line, found.offset)}"')
        if self._bytes + len(line) + 1 > self._way.limit:
            self._send()
        if len(line) >= LONGEST:
            self._too_long += 1
            return
        self._datagram.append(line + b"\n")
        self._bytes += len(line) + 1

    def _send(self) -> None:
        if self._datagram:
            try:
                self._way.deliver(b"".join(self._datagram), len(self._datagram))
            except ValueError:
                # Only a line that is longer than a datagram travels alone and can be too long.
                self._too_long += 1
            self._datagram, self._bytes = [], 0


def _excerpt(line: bytes, offset: int) -> str:
    """The part of a line around what is wrong with it, escaped."""
    start = min(max(0, offset - EXCERPT // 3), max(0, len(line) - EXCERPT))
    return repr(line[start : start + EXCERPT])[2:-1].replace('"', '\\"')
