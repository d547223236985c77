"""Runs the tests of the peer's source distribution against our drop-in, and compares what passes with `must_pass.txt`.

usage: run.py DIRECTORY [--accept]

DIRECTORY keeps the distribution; `--accept` writes the list.
"""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

PEER = "datadog==0.56.0"
#: Each in a process of its own: what one leaves behind would hold up the forks of another.
SUITES = ("tests/unit/dogstatsd/test_statsd.py", "tests/integration/dogstatsd", "tests/performance/test_statsd_thread_safety.py")
HERE = Path(__file__).parent


def tests_of_the_peer(directory: Path) -> Path:
    """The peer's tests and nothing else of it, which would take the place of what is installed."""
    tests = directory / "peer"
    if not tests.exists():
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps"]
        subprocess.run([*pip, "--no-binary", ":all:", "--dest", directory, PEER], check=True)
        with tarfile.open(next(directory.glob("datadog-*.tar.gz"))) as archive:
            for member in archive.getmembers():
                root, _, member.name = member.name.partition("/")
                if member.name.startswith("tests/"):
                    archive.extract(member, tests, filter="data")
    return tests


def passed(tests: Path, suite: str, notes: Path) -> set[str]:
    """The ids of the suite's tests that pass."""
    notes.write_text("")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tests), "PYTHONPATH": str(HERE), "BASENJI_PASSED": str(notes)}
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "peer_shim", "--timeout=20", "--tb=no", "-p", "no:cacheprovider", suite]
    result = subprocess.run(pytest, cwd=tests, env=environment, capture_output=True, text=True)
    print(f"{suite}: {result.stdout.strip().splitlines()[-1]}")
    return set(notes.read_text().splitlines())


def main(directory: str, *options: str) -> int:
    Path(directory).mkdir(parents=True, exist_ok=True)
    tests = tests_of_the_peer(Path(directory).resolve())
    found = set().union(*(passed(tests, suite, Path(directory).resolve() / "passed.txt") for suite in SUITES))
    listed = HERE / "must_pass.txt"
    if "--accept" in options:
        listed.write_text("".join(f"{test}\n" for test in sorted(found)))
    wanted = set(listed.read_text().splitlines())
    for test in sorted(wanted - found):
        print(f"newly failing: {test}")
    for test in sorted(found - wanted):
        print(f"newly passing: {test} (run.py --accept lists it)")
    print(f"{len(found & wanted)} of {len(wanted)} tests that must pass do")
    return 1 if wanted != found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
