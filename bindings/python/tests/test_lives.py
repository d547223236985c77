"""No life of a process ends badly because of a client: threads, forks, sockets that are absent or stalled, ends. `lives.py` lives more of them."""

import random
from concurrent.futures import ThreadPoolExecutor

import lives
import pytest
import sums

every_mode = pytest.mark.parametrize("mode", lives.MODES)


def problems(*all_of_them, times=1):
    """What went wrong in these lives, four at a time."""
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda life: lives.live(**life), [life for life in all_of_them for _ in range(times)])
        return [problem for problem in found if problem]


@every_mode
def test_threads_that_call_while_the_interpreter_ends_abort_nothing(mode):
    assert problems({"mode": mode, "state": "absent"}, times=6) == []


@every_mode
def test_forks_beside_threads_whose_sends_fail_end(mode):
    lived = [
        {"mode": mode, "state": state, "forks": forks, "times": 12, "logs": logs}
        for state in lives.STATES
        for forks, logs in (("fork", True), ("fork", False), ("spawn", True))
    ]
    assert problems(*lived) == []


@pytest.mark.parametrize("mode", ["default", "fast", "client"])
def test_children_of_forks_in_c_end(mode):
    assert problems(*({"mode": mode, "state": state, "forks": "c", "times": 12, "logs": False} for state in ("absent", "full", "refusing"))) == []


@every_mode
def test_a_reader_that_is_stalled_holds_up_no_end(mode):
    ends = [("return", False), ("stop", False), ("stop", True), ("signal", False)]
    assert problems(*({"mode": mode, "state": "full", "end": end, "logs": logs, "longest": 15} for end, logs in ends)) == []


@every_mode
def test_a_listener_that_vanishes_holds_up_no_end(mode):
    assert problems({"mode": mode, "state": "there", "end": "vanish", "longest": 8}) == []


@every_mode
def test_what_is_called_in_random_lives_is_what_arrives(mode):
    seeds = [random.randrange(1 << 32) for _ in range(8)]
    with ThreadPoolExecutor(4) as pool:
        assert [wrong for wrong in pool.map(lambda seed: sums.live(mode, seed), seeds) if wrong] == []
