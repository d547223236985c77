"""What becomes of what no client expects: each call on the drop-in, on it with the fast profile, and on `Client`.

``python tests/bad_input.py`` writes `bad_input.jsonl` anew, for its change to be looked at.
"""

import json
import logging
import tempfile
from contextlib import contextmanager
from pathlib import Path

from receiving import Receiver

import basenji

FILE = Path(__file__).with_name("bad_input.jsonl")

VALUES = [
    "float('nan')", "float('inf')", "-float('inf')", "10**30", "-10**30", "10**400", "1e308 * 10", "-0.0", "5e-324", "True", "None", "''", "'x'",
    "'1\\n2:3|c'", "'\\ud800'", "b'1'", "[]", "{}", "Decimal('1.5')", "Fraction(1, 3)", "1j",
]  # fmt: skip
NAMES = ["5", "None", "b'x'", "''", "'a\\nb'", "'\\ud800'", "'a:b|c#d@e'", "'naïve'", "[]", "'Foo::Bar'", "'_sc|a|b'"]
TAGS = [
    "[None]", "[5]", "[b'x']", "[['x']]", "[True]", "5", "'ab'", "b'ab'", "{'k': 'v'}", "{'a'}", "()", "('a', 'b')", "iter(['a'])", "['']",
    "['a\\nb']", "['a,b']", "['a|b']", "['\\ud800']", "['naïve']", "['a', 'a']", "['x' * 300]",
]  # fmt: skip
OTHERS = [
    "c.increment('m', sample_rate='often')", "c.increment('m', sample_rate=[])",
    "c.increment('m', cardinality=5)", "c.increment('m', cardinality='bogus')", "c.increment('m', cardinality='low\\n')",
    "c.gauge_with_timestamp('m', 1, 'x')", "c.gauge_with_timestamp('m', 1, float('nan'))", "c.gauge_with_timestamp('m', 1, -5)",
    "c.gauge_with_timestamp('m', 1, 0)", "c.gauge_with_timestamp('m', 1, 10**30)", "c.count_with_timestamp('m', 1, None)",
    "c.event(None, 'text')", "c.event('title', None)", "c.event(5, 'text')", "c.event('', '')", "c.event('a\\nb', 'c\\nd')", "c.event('\\ud800', 'x')",
    "c.event('t', 'x', tags=[None])", "c.event('t', 'x', date_happened='x')", "c.event('t', 'x', hostname='h\\nh')", "c.event('t', 'x' * 9000)",
    "c.event('t', 'x', alert_type='odd')", "c.event('t', 'x', priority='odd')",
    "c.service_check('s', None)", "c.service_check('s', 7)", "c.service_check('s', 'ok')", "c.service_check(None, 0)", "c.service_check('s\\nt', 0)",
    "c.service_check('s', 0, message='a\\nb m:c')", "c.service_check('s', 0, message=5)", "c.service_check('s', 0, tags=[None])",
    "c.service_check('\\ud800', 0)", "c.service_check('a|b', 0)", "c.set('s', 'a|b')", "c.set('s', 'a\\nb:1|c')",
    "c.event('t', 'x', hostname='h:h|d:5')", "c.event('t', 'x', source_type_name='a|#b')", "c.event('t', 'x', aggregation_key='k|d:5')",
    "c.increment()", "c.increment('m', 1, [], 1, None, 1)", "c.increment('m', metric='m')", "c.increment('m', odd=1)",
]  # fmt: skip


def calls():
    for value in VALUES:
        for method in ("count", "decrement", "gauge", "distribution", "set"):
            yield f"c.{method}('m', {value})"
    for name in NAMES:
        yield f"c.increment({name})"
    for tags in TAGS:
        yield f"c.increment('m', tags={tags})"
    yield from OTHERS


def outcome(client, receiver, call):
    """The lines that are sent, or what is raised; nothing is raised by what follows."""
    from decimal import Decimal
    from fractions import Fraction

    try:
        eval(call, {"c": client, "Decimal": Decimal, "Fraction": Fraction})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    client.flush()
    return "".join(receiver.datagrams()).splitlines()


@contextmanager
def quiet():
    """Complaints are not shown meanwhile."""
    level = logging.root.level
    logging.root.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logging.root.setLevel(level)


def vectors():
    """A vector a call."""
    with quiet(), tempfile.TemporaryDirectory() as directory, Receiver("udp", Path(directory)) as receiver:
        common = {**receiver.destination(), "disable_telemetry": True, "origin_detection_enabled": False}
        clients = {
            "statsd": basenji.DogStatsd(**common),
            "fast": basenji.DogStatsd(**common, profile="fast"),
            "client": basenji.Client(receiver.address(), telemetry=False, origin_detection=False),
        }
        for call in calls():
            yield {"call": call, **{name: outcome(client, receiver, call) for name, client in clients.items()}}
        clients["statsd"].close_socket()
        clients["client"].close()


def text(vector):
    return json.dumps(vector) + "\n"


if __name__ == "__main__":
    FILE.write_text("".join(map(text, vectors())))
