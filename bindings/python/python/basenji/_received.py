"""What a test wants to have been sent, and what is said when it was not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from .errors import ParseError
from .messages import Event, Message, Metric, ServiceCheck

Item = TypeVar("Item")

#: Messages that a failure shows.
SHOWN = 20

#: The types of metrics as they stand on the wire.
TYPES = ("c", "g", "ms", "h", "d", "s")

#: What clients count about themselves.
TELEMETRY = "datadog.dogstatsd.client."


class Wanted:
    """A metric with a name, and perhaps a value, tags and a type."""

    def __init__(self, name: str, value: object, tags: Sequence[str], type: str | None) -> None:
        if not isinstance(name, str):
            raise TypeError(f"name must be str, not {name!r}")
        if type not in (None, *TYPES):
            raise ValueError(f"type must be one of {', '.join(TYPES)}, not {type!r}")
        self.name, self.value, self.tags, self.type = name, value, checked(tags), type

    def matches(self, message: Message) -> bool:
        """All but the value."""
        return self.is_named(message) and set(self.tags) <= set(message.tags)

    def is_named(self, message: Message) -> bool:
        return isinstance(message, Metric) and message.name == self.name and self.type in (None, message.type)

    def is_in(self, messages: Iterable[Message]) -> bool:
        ours = [message for message in messages if self.matches(message)]
        return bool(ours) if self.value is None else any(map(self._is_value, values(ours)))

    def _is_value(self, sent: float | str) -> bool:
        # Members of sets are text on the wire.
        return sent == (str(self.value) if isinstance(sent, str) else self.value)

    def __str__(self) -> str:
        value = "" if self.value is None else f" = {self.value!r}"
        kind = "" if self.type is None else f" of the type {self.type}"
        return described(f"{self.name}{value}{kind}", self.tags, {})

    def nearest(self, messages: list[Message]) -> str:
        """What comes nearest to it among the messages: other values, other tags, other types, other names."""
        if ours := [message for message in messages if self.matches(message)]:
            return f"{self.name} came to {' or '.join(map(repr, unique(values(ours))))}"
        if named := [message for message in messages if self.is_named(message)]:
            return f"{self.name} was sent with {'; with '.join(map(self._difference, unique(each.tags for each in named)))}"
        metrics = [message for message in messages if isinstance(message, Metric)]
        if types := unique(metric.type for metric in metrics if metric.name == self.name):
            return f"{self.name} was sent of the type {' and '.join(types)}"
        from difflib import get_close_matches

        names = unique(metric.name for metric in metrics)
        close = get_close_matches(self.name, names, n=3, cutoff=0.6)
        return f"the nearest names are {', '.join(close)}" if close else ""

    def _difference(self, tags: Sequence[str]) -> str:
        """What tags another one has, and which of the wanted ones it has not."""
        missing = [tag for tag in self.tags if tag not in tags]
        return f"{', '.join(tags) or 'no tags'} (without {', '.join(missing)})"


def checked(tags: Sequence[str]) -> Sequence[str]:
    """Tags that are a sequence of text; one text alone is mostly a mistake."""
    if isinstance(tags, str) or not all(isinstance(tag, str) for tag in tags):
        raise TypeError(f"tags must be a sequence of str, not {tags!r}")
    return tags


def values(messages: Iterable[Message]) -> list[float | str]:
    """What the messages of one metric can be said to be: the sum of counts, the last gauge, each sample, the members of a set."""
    total: float | None = None
    gauge: list[float | str] = []
    samples: list[float | str] = []
    for message in messages:
        if not isinstance(message, Metric):
            continue
        if message.type == "c":
            total = (total or 0.0) + sum(map(float, message.values)) / message.sample_rate
        elif message.type == "g":
            gauge = [message.values[-1]]
        else:
            samples.extend(message.values)
    return ([] if total is None else [total]) + gauge + samples


def described(what: str, tags: Sequence[str], fields: dict[str, object]) -> str:
    """A message in the words of a failure."""
    tagged = f" with the tags {', '.join(checked(tags))}" if tags else ""
    return what + tagged + "".join(f", {name} {value!r}" for name, value in fields.items())


def failure(sentence: str, messages: list[Message], errors: list[ParseError], wanted: Wanted | None) -> str:
    """The message of a failure: what was wanted, what comes nearest, what was received."""
    shown = [message for message in messages if not (isinstance(message, Metric) and message.name.startswith(TELEMETRY))]
    nearest = wanted.nearest(shown) if wanted else ""
    text = f"{sentence}; {nearest}" if nearest else sentence
    earlier = len(shown) - SHOWN
    lines = [f"... {earlier} earlier"] * (earlier > 0) + [line(message) for message in shown[-SHOWN:]]
    text += "\nreceived:" + "".join(f"\n  {each}" for each in lines) if lines else "\nreceived: nothing"
    if errors:
        text += "\nnot understood:" + "".join(f"\n  {error}" for error in errors[-5:])
    return text


def line(message: Message) -> str:
    """A message as it was sent, more or less."""
    tags = f"|#{','.join(message.tags)}" if message.tags else ""
    if isinstance(message, Event):
        return f"event {message.title!r} {message.text!r} {message.alert_type}{tags}"
    if isinstance(message, ServiceCheck):
        said = "" if message.message is None else f" {message.message!r}"
        return f"service check {message.name} {message.status}{said}{tags}"
    rate = "" if message.sample_rate == 1 else f"|@{message.sample_rate:g}"
    sent = ":".join(each if isinstance(each, str) else f"{each:g}" for each in message.values)
    return f"{message.name}:{sent}|{message.type}{rate}{tags}"


def unique(items: Iterable[Item]) -> list[Item]:
    """The items in order, each once."""
    return list(dict.fromkeys(items))
