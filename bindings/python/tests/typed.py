"""What editors and type checkers see of the package; checked by mypy and pyright, never run."""

from typing_extensions import assert_type

from basenji import Aggregator, Client, Counter, DogStatsd, Gauge, Series, Server, Sketch, statsd
from basenji.handles import Samples

assert_type(statsd, DogStatsd)
assert_type(DogStatsd(), DogStatsd)
assert_type(Client(), Client)
with Client("udp://127.0.0.1:8125", prefix="shop") as client:
    assert_type(client, Client)
    assert_type(client.increment("visits", tags=["page:home"]), None)
    assert_type(client.counter("visits"), Counter)
    assert_type(client.gauge("queue.length"), Gauge)
    assert_type(client.gauge("queue.length", 12), None)
    assert_type(client.distribution("latency"), Samples)
    assert_type(client.close(0.5), bool)
assert_type(Server(port=0), Server)
assert_type(Sketch([1, 2]).quantile(0.5), float)
assert_type(Aggregator().flush(), list[Series])
