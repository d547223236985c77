"""Calls Basenji for Python for each file of samples in a directory, and keeps each datagram that it would send, its length before it."""

import array
import pathlib
import struct
import sys

from basenji import Client


def call(samples, file):
    def keep(datagram):
        file.write(struct.pack("<I", len(datagram)) + datagram)

    # The flush is ours: one, after all calls.
    client = Client(transport=keep, telemetry=False, origin_detection=False, flush_interval=3600, max_payload=1432)
    for sample in samples:
        client.distribution("request.time", sample)
    if not client.close(60):
        raise SystemExit("the client did not send everything")


directory = pathlib.Path(sys.argv[1])
for path in sorted(directory.glob("*.samples")):
    with open(directory / f"{path.stem}.basenji-python", "wb") as file:
        call(array.array("d", path.read_bytes()), file)
