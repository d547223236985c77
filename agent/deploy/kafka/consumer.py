"""Reads the topic of collector.yaml and sums up by context: name and attributes, without the host.

usage: consumer.py BROKERS [TOPIC] [--until RECORDS]

needs kafka-python. Each context is a JSON object a line at the end: a sum, or the buckets of a histogram of scale 6 with its count and sum.
Deltas add up in any order and from any partition, so that several consumers of a group may each write what they have.
"""

import argparse
import json
import struct
import sys


def fields(message):
    """Number and value of each field of a message of Protocol Buffers."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = varint()
        kind = tag & 7
        if kind == 0:
            yield tag >> 3, varint()
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            yield tag >> 3, message[at:at + size]
            at += size
        else:
            size = varint()
            yield tag >> 3, message[at:at + size]
            at += size


def several(message, number):
    return [value for field, value in fields(message) if field == number]


def double(value):
    return struct.unpack("<d", value)[0]


def attributes(message, number):
    """KeyValues whose value is text."""
    found = {}
    for pair in several(message, number):
        parts = dict(fields(pair))
        text = dict(fields(parts.get(2, b""))).get(1, b"")
        found[parts[1].decode()] = text.decode(errors="replace")
    return found


def packed(message):
    """The numbers of a packed field of varints."""
    number = shift = 0
    for byte in message:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0


def zigzag(number):
    return number >> 1 ^ -(number & 1)


class Contexts:
    """What has come, by context."""

    HOST = ("host", "host.name")

    def __init__(self):
        self.sums = {}
        self.gauges = {}
        self.histograms = {}

    def take(self, request):
        """Takes in an ExportMetricsServiceRequest."""
        for resource_metrics in several(request, 1):
            shared = {}
            for resource in several(resource_metrics, 1):
                shared = attributes(resource, 1)
            for scope in several(resource_metrics, 2):
                for metric in several(scope, 2):
                    self.metric(metric, shared)

    def metric(self, metric, shared):
        parts = dict(fields(metric))
        name = parts[1].decode(errors="replace")

        def key(point, number):
            every = {**shared, **attributes(point, number)}
            return name, tuple(sorted((tag, value) for tag, value in every.items() if tag not in self.HOST))

        for point in several(parts.get(7, b""), 1):
            value = double(dict(fields(point))[4])
            self.sums[key(point, 7)] = self.sums.get(key(point, 7), 0) + value
        for point in several(parts.get(5, b""), 1):
            self.gauges[key(point, 7)] = double(dict(fields(point))[4])
        for point in several(parts.get(10, b""), 1):
            self.histogram(key(point, 1), dict(fields(point)))

    def histogram(self, key, point):
        whole = self.histograms.setdefault(key, {"count": 0, "sum": 0.0, "zero": 0, "positive": {}, "negative": {}, "scale": 6})
        scale = zigzag(point.get(6, 0))
        if scale != whole["scale"]:
            # A sketch with far outliers comes at a lower scale, by which two are merged.
            low = min(scale, whole["scale"])
            for side in ("positive", "negative"):
                whole[side] = self.scaled(whole[side], whole["scale"] - low)
            whole["scale"] = low
        whole["count"] += struct.unpack("<Q", point[4])[0]
        whole["sum"] += double(point.get(5, bytes(8)))
        whole["zero"] += struct.unpack("<Q", point.get(7, bytes(8)))[0]
        for side, number in (("positive", 8), ("negative", 9)):
            buckets = dict(fields(point.get(number, b"")))
            start = zigzag(buckets.get(1, 0))
            own = {start + place: count for place, count in enumerate(packed(buckets.get(2, b""))) if count}
            for index, count in self.scaled(own, scale - whole["scale"]).items():
                whole[side][index] = whole[side].get(index, 0) + count

    @staticmethod
    def scaled(buckets, by):
        found = {}
        for index, count in buckets.items():
            found[index >> by] = found.get(index >> by, 0) + count
        return found

    def lines(self):
        for kind, contexts in (("sum", self.sums), ("gauge", self.gauges), ("histogram", self.histograms)):
            for (name, tags), value in sorted(contexts.items()):
                yield json.dumps({"name": name, "tags": dict(tags), kind: value})


def main():
    parser = argparse.ArgumentParser(description="sums up the topic by context")
    parser.add_argument("brokers")
    parser.add_argument("topic", nargs="?", default="basenji")
    parser.add_argument("--until", type=int, help="end after so many records; else at a signal")
    options = parser.parse_args()
    from kafka import KafkaConsumer

    consumer = KafkaConsumer(options.topic, bootstrap_servers=options.brokers, group_id=None, auto_offset_reset="earliest")
    contexts, seen = Contexts(), 0
    try:
        for record in consumer:
            contexts.take(record.value)
            seen += 1
            if seen == options.until:
                break
    except KeyboardInterrupt:
        pass
    for line in contexts.lines():
        print(line)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
