"""What an application does with ``datadog``: the environment of its pod says where to send."""

from datadog import initialize, statsd
from datadog.dogstatsd import DogStatsd

OPTIONS = {"constant_tags": ["env:test"], "cardinality": "low"}


def calls(client):
    """Every kind of message."""
    client.increment("views", tags=["page:home"])
    client.increment("views", 4, tags=["page:home"])
    client.decrement("views", 2, tags=["page:home"])
    client.count("views", 10, tags=["page:café"])
    client.gauge("queue", 7)
    client.gauge("queue", -42.5)
    for value in (1, 2, 3, 4, 10, 10):
        client.histogram("size", value, tags=["unit:kb"])
    for value in (1.0, 2.0, 3.0, 4.0, 5.0):
        client.distribution("load", value)
    client.timing("time", 320)
    with client.timed("block", use_ms=True):
        pass
    for user in ("alice", "bob", "alice"):
        client.set("users", user)
    client.gauge_with_timestamp("past", 9, 1700000000)
    client.count_with_timestamp("past", 4, 1700000010)


# The client that most use.
initialize(statsd_namespace="py.module", statsd_constant_tags=["env:test"])
statsd.increment("views")

# A datagram a call, as by default, but with telemetry each time and patience where a Unix socket is full.
plain = DogStatsd(namespace="py", telemetry_min_flush_interval=0, socket_timeout=10, **OPTIONS)
calls(plain)
for _ in range(200):
    plain.increment("sampled", sample_rate=0.5)
plain.event(
    "Déploy 2", "v2 a\nfailed", alert_type="error", aggregation_key="deploys", source_type_name="py",
    date_happened=1700000000, priority="low", tags=["by:ci"], hostname="web-1",
)  # fmt: skip
plain.service_check(
    "db.up", plain.CRITICAL, tags=["by:ci"], timestamp=1700000000, hostname="db-1", message="no\nanswer"
)

# Aggregated, packed and sent by a thread.
packed = DogStatsd(
    disable_telemetry=True, disable_buffering=False, disable_aggregation=False, disable_background_sender=False,
    max_metric_samples_per_context=100, namespace="py.packed", socket_timeout=10, **OPTIONS,
)  # fmt: skip
calls(packed)
packed.stop()
