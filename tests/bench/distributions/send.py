"""Calls datadogpy for each file of samples in a directory, and keeps each datagram that it would send, its length before it."""

import array
import pathlib
import struct
import sys

from datadog.dogstatsd.base import DogStatsd

MODES = {
    "datadogpy": {},
    "datadogpy-1024": {"disable_aggregation": False, "max_metric_samples_per_context": 1024},
}


class Kept:
    """A socket that writes into a file."""

    def __init__(self, file):
        self.file = file

    def send(self, datagram):
        self.file.write(struct.pack("<I", len(datagram)) + datagram)
        return len(datagram)

    def close(self):
        pass


def call(options, samples, file):
    # The flush is ours: one, after all calls.
    client = DogStatsd(disable_telemetry=True, origin_detection_enabled=False, flush_interval=3600, **options)
    client.get_socket = lambda telemetry=False: Kept(file)
    for sample in samples:
        client.distribution("request.time", sample)
    client.flush_aggregated_metrics()
    client.flush_buffered_metrics()


directory = pathlib.Path(sys.argv[1])
for path in sorted(directory.glob("*.samples")):
    samples = array.array("d", path.read_bytes())
    for mode, options in MODES.items():
        with open(directory / f"{path.stem}.{mode}", "wb") as file:
            call(options, samples, file)
