"""The command line: what can be said, in the flags of the daemon's own program, and what it means.

What is wrong is said in one sentence that names the flag.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from difflib import get_close_matches
from math import isfinite
from typing import Any, NoReturn

from .. import __version__
from .._basenji import parse_address
from ..errors import SettingError

ABOUT = """\
DogStatsD in, finished series out; in Python a part of the basenji program.

Examples:
  basenji --bucket-secs 1
  basenji send count page.views 1 -t env:dev
  echo 'page.views:1|c|#env:dev' | basenji parse
"""

METRICS = {
    "count": "add to a count",
    "gauge": "set a gauge",
    "histogram": "add a sample to a histogram",
    "distribution": "add a sample to a distribution",
    "timing": "add a time in milliseconds to a timing",
    "set": "add a member to a set",
}

STATUSES = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}


class Failure(Exception):
    """What ends the program before its time: one sentence, and an exit code."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


def usage(sentence: str) -> NoReturn:
    """The command line or a variable is wrong."""
    raise Failure(sentence, 2)


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong as the daemon's own program does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        if match := re.fullmatch(r"the following arguments are required: (.*)", message):
            usage(f"the following required arguments were not provided: {' '.join(f'<{name}>' for name in match[1].split(', '))}")
        if match := re.fullmatch(r"argument (.*?): expected one argument", message):
            usage(f"a value is required for '{self._spelled(match[1])}' but none was supplied")
        if match := re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message):
            close = get_close_matches(match[1], re.findall(r"\w+", match[2]), n=1)
            usage(f"unrecognized subcommand '{match[1]}'" + "".join(f"; a similar subcommand exists: '{name}'" for name in close))
        usage(re.sub(r"^argument .*?: (?=invalid value|a value)", "", message))

    def _spelled(self, names: str) -> str:
        """The long flag and what it takes."""
        for action in self._actions:
            if names == "/".join(action.option_strings):
                return f"{action.option_strings[-1]} <{action.metavar}>"
        return names

    def value(self, *names: str, check: Callable[[str], Any] = str, **options: Any) -> None:
        """An argument with a value, which `check` reads; it raises ValueError with what is wrong."""
        metavar = options.setdefault("metavar", names[-1].lstrip("-").replace("-", "_").upper())
        spelled = f"{names[-1]} <{metavar}>" if names[0].startswith("-") else f"<{metavar}>"

        def read(text: str) -> Any:
            # What is not UTF-8 comes as lone surrogates.
            text = os.fsencode(text).decode(errors="replace")
            if not text:
                raise argparse.ArgumentTypeError(f"a value is required for '{spelled}' but none was supplied")
            try:
                return check(text)
            except ValueError as error:
                raise argparse.ArgumentTypeError(f"invalid value '{text}' for '{spelled}': {error}") from None

        self.add_argument(*names, type=read, **options)


def read(arguments: list[str]) -> argparse.Namespace:
    """What is to be done."""
    # Flags that follow no command are those of `run`.
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help", "-V", "--version")):
        arguments = ["run", *arguments]
    parser = Parser(prog="basenji", description=ABOUT)
    parser.add_argument("-V", "--version", action="version", version=f"basenji {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_run(commands.add_parser("run", aliases=["serve"], help="receive metrics, aggregate them and show the finished series (the default)"))
    _add_parse(commands.add_parser("parse", help="show how lines are understood: one JSON object a message"))
    send = commands.add_parser("send", help="send metrics, events and service checks")
    _add_send(send)
    options, rest = parser.parse_known_args(arguments)
    if rest:
        flags = sorted({flag for known in options.parsers for action in known._actions for flag in action.option_strings})
        close = get_close_matches(rest[0], flags, n=1, cutoff=0.7) if rest[0].startswith("--") else []
        tip = f"; a similar argument exists: '{close[0]}'" if close else ""
        usage(f"unexpected argument '{rest[0]}' found{tip}")
    return options


def _add_parse(parser: Parser) -> None:
    from .parse import run

    parser.description = "Shows how lines are understood: one JSON object a message. A line may be 1 MiB long; a longer one is refused as truncated."
    parser.add_argument("--datagram", action="store_true", help="take the whole input as one datagram instead of line by line")
    parser.add_argument("--strict", action="store_true", help="leave with 1 if a line was refused")
    parser.add_argument("file", metavar="FILE", nargs="?", default="-", help="what to read; without it, or with -, standard input")
    parser.set_defaults(run=run, parsers=[parser])


def _add_send(parser: Parser) -> None:
    from .send import run

    parser.description = "Sends metrics, events and service checks. What belongs to a message: basenji send MESSAGE --help"
    parser.add_argument("--stdin", action="store_true", help="send the lines of standard input as they are, in place of a message")
    _add_way(parser)
    parser.set_defaults(run=run, parsers=[parser], message=None)
    messages = parser.add_subparsers(metavar="MESSAGE", dest="message")
    for name, about in METRICS.items():
        metric = messages.add_parser(name, help=about)
        metric.value("name", metavar="NAME", help="the metric's name")
        if name == "set":
            metric.value("value", metavar="MEMBER", help="any text")
        else:
            metric.value("value", metavar="VALUE", check=numbers, help="a number, or several with : between them")
        metric.value("--rate", check=sample_rate, default=1.0, help="sample rate to write into the message, which is sent in any case (1)")
        _add_labels(metric, parser)
    event = messages.add_parser("event", help="send an event")
    event.value("title", metavar="TITLE", help="the title")
    event.add_argument("text", metavar="TEXT", help="the text, which may have several lines")
    event.value("--alert-type", metavar="TYPE", check=one_of("info", "error", "warning", "success"), help="info, error, warning or success (info)")
    event.value("--priority", check=one_of("normal", "low"), help="normal or low (normal)")
    event.value("--hostname", metavar="HOST", help="host that the event is about")
    event.value("--aggregation-key", metavar="KEY", help="what events are shown together by")
    event.value("--source-type", metavar="NAME", help="what the event comes from")
    _add_labels(event, parser)
    check = messages.add_parser("check", help="send a service check")
    check.value("name", metavar="NAME", help="the check's name")
    check.value("status", metavar="STATUS", check=status, help="ok, warning, critical, unknown, or 0 to 3")
    check.value("--message", metavar="TEXT", dest="about", help="what there is to say about it")
    check.value("--hostname", metavar="HOST", help="host that the check is about")
    _add_labels(check, parser)


def _add_labels(message: Parser, send: Parser) -> None:
    """What every message can carry."""
    several = "a tag, or several with commas between them; can be given several times"
    message.value("-t", "--tag", metavar="TAG", dest="tags", action="extend", default=[], check=lambda text: text.split(","), help=several)
    message.value("--timestamp", metavar="SECONDS", check=whole(1, 2**63 - 1), help="seconds since 1970 (when it is received)")
    levels = "none, low, orchestrator or high"
    message.value("--cardinality", metavar="LEVEL", check=cardinality, help=f"which tags the server adds for the sender's container: {levels}")
    _add_way(message)
    message.set_defaults(parsers=[message, send])


def _add_way(parser: Parser) -> None:
    """Where to and how. What is left out leaves what stands before the message."""
    hidden: dict[str, Any] = {"default": argparse.SUPPRESS}
    parser.value("--to", metavar="ADDRESS", check=address, help="udp://HOST:PORT, unix:///PATH, unixgram:///PATH or unixstream:///PATH (as the environment says, else udp://127.0.0.1:8125)", **hidden)
    parser.value("--datagram-size", metavar="BYTES", check=whole(1, 65507), help="bytes that datagrams are filled up to (1432 over UDP, else 8192)", **hidden)
    parser.value("--repeat", metavar="COUNT", check=whole(1, 2**64 - 1), help="send the message this many times", **hidden)


def _add_run(parser: Parser) -> None:
    from .serve import run

    parser.description = "Receives metrics, aggregates them and shows the finished series as JSON, one object a line. A flag wins over its variable."

    def option(flag: str, metavar: str, check: Callable[[str], Any], about: str, variable: str = "") -> None:
        text = os.environ.get(variable) if variable else None
        default = None
        if text:
            try:
                # As in the Agent.
                default = "off" if (flag, text) == ("--port", "0") else check(text)
            except ValueError as error:
                default = Failure(f"invalid value '{text}' for the variable {variable}: {error}", 2)
        parser.value(flag, metavar=metavar, check=check, default=default, help=f"{about} [env: {variable}]" if variable else about)

    option("--port", "PORT", port, "UDP port, 0: any free one, off: none (8125)", "DD_DOGSTATSD_PORT")
    option("--bind", "ADDRESS", str, "where to receive UDP (127.0.0.1)", "DD_BIND_HOST")
    option("--socket", "PATH", str, "Unix datagram socket to receive on", "DD_DOGSTATSD_SOCKET")
    option("--stream-socket", "PATH", str, "Unix stream socket to receive on", "DD_DOGSTATSD_STREAM_SOCKET")
    option("--socket-mode", "MODE", mode, "mode of the socket files, in octal (722)")
    option("--buffer-size", "BYTES", whole(1, 65507), "bytes of the longest datagram or frame (8192)", "DD_DOGSTATSD_BUFFER_SIZE")
    option("--bucket-secs", "SECONDS", whole(1, 86400), "length of a bucket (10)")
    option("--expiry-seconds", "SECONDS", whole(0, 2**32 - 1), "how long a silent counter goes on as zeros (300)", "DD_DOGSTATSD_EXPIRY_SECONDS")
    option("--tags", "LIST", words, "tags for everything that is received", "DD_DOGSTATSD_TAGS")
    option("--context-limit", "COUNT", whole(1, 2**32 - 2), "most series at a time (1000000)", "DD_AGGREGATE_CONTEXT_LIMIT")
    parser.value("--format", check=one_of("json"), help="json, which is the default: tables are the daemon's own")
    parser.add_argument("--once", action="store_true", help="leave after a flush: the first with messages, or after a silent bucket")
    parser.add_argument("--no-telemetry", action="store_true", help="leave out the server's own counters, the basenji.* series")
    parser.set_defaults(run=run, parsers=[parser])


# Values. What is wrong is a ValueError.


def whole(least: int, most: int) -> Callable[[str], int]:
    def check(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"expected a number from {least} to {most}")
        return int(text)

    return check


def port(text: str) -> int | str:
    if text == "off":
        return text
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError("a port is a number from 0 to 65535, or the word off")
    return int(text)


def mode(text: str) -> int:
    if not re.fullmatch(r"[0-7]{1,3}", text):
        raise ValueError("a mode is an octal number from 0 to 777")
    return int(text, 8)


def words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def one_of(*names: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in names:
            raise ValueError(f"expected one of {', '.join(names)}")
        return text

    return check


def finite(text: str) -> float | None:
    """The number, if the protocol has it: Python would also take ``1_000`` and blanks."""
    number = float(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII) else None
    return number if number is not None and isfinite(number) else None


def numbers(text: str) -> str:
    for word in text.split(":"):
        if finite(word) is None:
            raise ValueError("it is not a finite number" if word == text else f"'{word}' is not a finite number")
    return text


def sample_rate(text: str) -> float:
    rate = finite(text)
    if rate is None or not 0 < rate <= 1:
        raise ValueError("a sample rate is a number above 0 and up to 1")
    return rate


def cardinality(text: str) -> str:
    if text not in ("none", "low", "orchestrator", "high"):
        raise ValueError("a cardinality is none, low, orchestrator or high")
    return text


def status(text: str) -> int:
    if text in STATUSES:
        return STATUSES[text]
    if text in ("0", "1", "2", "3"):
        return int(text)
    raise ValueError("a status is ok, warning, critical, unknown, or a number from 0 to 3")


def address(text: str) -> tuple[str, str, int, str]:
    try:
        return parse_address(text)
    except SettingError as error:
        raise ValueError(str(error)) from None
