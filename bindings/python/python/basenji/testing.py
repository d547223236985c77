"""A server for test suites: an application sends to a real socket, and its tests assert what was sent.

The pytest fixture `dogstatsd` is one of these; any other test runner can have its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from ._received import Wanted, described, failure
from .errors import ParseError
from .messages import Event, Message, Metric, ServiceCheck
from .server import Server

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Received"]

#: Messages that are kept; the oldest go first.
KEPT = 100_000

#: Seconds after which clients of this process are asked again for what they hold back.
AGAIN = 0.05

One = TypeVar("One", Metric, Event, ServiceCheck)


class Received:
    """A server on any free UDP port, which keeps each message as it was sent (the last 100,000).

    `options` are those of `Server`. Clients of this process (`basenji`'s and `datadog`'s) are flushed before anything is looked at, so that nobody
    waits for what they buffer or aggregate.

    >>> from basenji import Client
    >>> with Received() as received, Client(received.address, telemetry=False, origin_detection=False) as client:
    ...     client.increment("checkout.orders", tags=["env:test"])
    ...     received.assert_sent("checkout.orders", 1, tags=["env:test"])
    ...     received.assert_not_sent("checkout.errors")
    >>> received.metrics[0].name
    'checkout.orders'
    """

    def __init__(self, **options: Any) -> None:
        #: The server.
        self.server = Server(**{"port": 0, "telemetry": False, **options, "messages": True})
        self._messages: list[Message] = []
        self._errors: list[ParseError] = []

    @property
    def port(self) -> int:
        """The UDP port."""
        return self.server.port

    @property
    def address(self) -> str:
        """Where it listens, as `Client` takes it."""
        return self.server.address

    @property
    def messages(self) -> list[Message]:
        """What was sent so far, in order."""
        self._settle()
        return list(self._messages)

    @property
    def metrics(self) -> list[Metric]:
        """The metrics that were sent so far, in order."""
        return [each for each in self.messages if isinstance(each, Metric)]

    @property
    def events(self) -> list[Event]:
        """The events that were sent so far, in order."""
        return [each for each in self.messages if isinstance(each, Event)]

    @property
    def service_checks(self) -> list[ServiceCheck]:
        """The service checks that were sent so far, in order."""
        return [each for each in self.messages if isinstance(each, ServiceCheck)]

    @property
    def errors(self) -> list[ParseError]:
        """The lines that were no messages."""
        self._settle()
        return list(self._errors)

    def clear(self) -> None:
        """Forgets what was sent so far."""
        self._settle()
        self._messages.clear()
        self._errors.clear()

    def assert_sent(
        self, name: str, value: object = None, *, tags: Sequence[str] = (), type: str | None = None, timeout: float = 2.0
    ) -> None:
        """Waits until a metric was sent, with all of `tags` among its own, and of the `type` (``c``, ``g``, ``ms``, ``h``, ``d``, ``s``).

        `value` is the sum of a counter, the last value of a gauge, one sample of a timing, histogram or distribution, one member of a set; None for any.
        What compares itself is taken too, as ``pytest.approx(0.3)``.

        Raises AssertionError after `timeout` seconds, with what was received instead.
        """
        __tracebackhide__ = True
        wanted = Wanted(name, value, tags, type)
        if not self._until(wanted.is_in, timeout):
            self._fail(f"{wanted} was not sent", wanted)

    def assert_not_sent(self, name: str, value: object = None, *, tags: Sequence[str] = (), type: str | None = None) -> None:
        """Takes what has arrived, and raises AssertionError if such a metric is there."""
        __tracebackhide__ = True
        wanted = Wanted(name, value, tags, type)
        self._settle()
        if wanted.is_in(self._messages):
            self._fail(f"{wanted} was sent")

    def assert_event(self, title: str, *, tags: Sequence[str] = (), timeout: float = 2.0, **fields: object) -> None:
        """Waits until an event was sent with that title, these tags among its own, and these fields of `Event`, as in ``alert_type="error"``."""
        __tracebackhide__ = True
        what = described(f"the event {title!r}", tags, fields)
        _check_fields(Event, fields)
        self._assert_one(lambda message: isinstance(message, Event) and message.title == title, tags, fields, timeout, what)

    def assert_service_check(
        self, name: str, status: int | None = None, *, tags: Sequence[str] = (), timeout: float = 2.0, **fields: object
    ) -> None:
        """Waits until a service check was sent with that name, these tags among its own, and these fields of `ServiceCheck`."""
        __tracebackhide__ = True
        if status is not None:
            fields["status"] = status
        what = described(f"the service check {name!r}", tags, fields)
        _check_fields(ServiceCheck, fields)
        self._assert_one(
            lambda message: isinstance(message, ServiceCheck) and message.name == name, tags, fields, timeout, what
        )

    def environment(self) -> dict[str, str]:
        """The variables by which a client finds this server."""
        return {
            "DD_AGENT_HOST": "127.0.0.1",
            "DD_DOGSTATSD_PORT": str(self.port),
            "DD_DOGSTATSD_URL": self.address,
        }

    @contextmanager
    def attached(self) -> Iterator[None]:
        """While it lasts, ``basenji.statsd`` and ``datadog.statsd`` of this process send here, although they were made before."""
        clients = [client for client in map(_global_client, ("basenji", "datadog")) if client is not None]
        before = [(client.host, client.port, client.socket_path) for client in clients]
        for client in clients:
            _flush(client)
            _point(client, "127.0.0.1", self.port, None)
        try:
            yield
        finally:
            for client, place in zip(clients, before, strict=True):
                _flush(client)
                _point(client, *place)

    def close(self) -> None:
        """Ends the server; what was sent can still be looked at."""
        self._settle()
        self.server.close()
        self._add(self.server.take_messages())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Received {len(self._messages)} messages on {self.address}>"

    def _assert_one(
        self,
        is_one: Callable[[Message], bool],
        tags: Sequence[str],
        fields: dict[str, object],
        timeout: float,
        what: str,
    ) -> None:
        __tracebackhide__ = True

        def agrees(message: Message) -> bool:
            return (
                is_one(message)
                and set(tags) <= set(message.tags)
                and all(getattr(message, name) == expected for name, expected in fields.items())
            )

        if not self._until(lambda messages: any(map(agrees, messages)), timeout):
            self._fail(f"{what} was not sent")

    def _until(self, is_true: Callable[[list[Message]], bool], timeout: float) -> bool:
        """Waits until it is true of the messages."""
        end = monotonic() + timeout
        while True:
            self._settle()
            if is_true(self._messages):
                return True
            left = end - monotonic()
            if left <= 0:
                return False
            self._add(self.server.take_messages(min(left, AGAIN)))

    def _settle(self) -> None:
        """Takes in what was sent until now."""
        for client in _clients():
            _flush(client)
        self.server.flush()
        self._add(self.server.take_messages())

    def _add(self, messages: list[Message | ParseError]) -> None:
        for each in messages:
            if isinstance(each, ParseError):
                self._errors.append(each)
            else:
                self._messages.append(each)
        del self._messages[:-KEPT], self._errors[:-KEPT]

    def _fail(self, sentence: str, wanted: Wanted | None = None) -> NoReturn:
        __tracebackhide__ = True
        raise AssertionError(failure(sentence, self._messages, self._errors, wanted))


def _clients() -> Iterator[Any]:
    """The clients of this process that hear of its forks."""
    from .dogstatsd import _lifecycle

    peer = sys.modules.get("datadog.dogstatsd.base")
    yield from chain(list(_lifecycle._instances), list(getattr(peer, "_instances", ())))


def _flush(client: Any) -> None:
    """Makes a client send what it holds back."""
    if hasattr(client, "wait_for_pending"):
        client.flush_aggregated_metrics()
        client.wait_for_pending(1)
    else:
        client.flush(1)


def _global_client(module: str) -> Any:
    """The `statsd` of a module that is loaded."""
    return getattr(sys.modules.get(module), "statsd", None)


def _point(client: Any, host: str | None, port: int | None, path: str | None) -> None:
    client.socket_path = path
    client.host, client.port = host, port
    client.close_socket()
    if hasattr(client, "_retire"):
        # The fast profile has a client of its own, which keeps its address, and its threads until it is ended.
        client._retire()
        client._end_retired()


def _check_fields(kind: type[Event] | type[ServiceCheck], fields: dict[str, object]) -> None:
    for name in fields:
        if name not in kind.__match_args__:
            raise TypeError(f"{kind.__name__} has no field {name!r}; there are {', '.join(kind.__match_args__)}")
