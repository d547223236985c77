"""`Sketch`: what it counts, what it takes, how it travels."""

import array
import copy
import ctypes
import json
import math
import pickle
import threading
from decimal import Decimal
from fractions import Fraction

import numpy
import pytest

from basenji import Sketch


def test_quantiles_are_within_2_4_percent_and_the_ends_exact():
    sketch = Sketch(range(1, 10001))
    assert (sketch.count, sketch.sum, sketch.min, sketch.max) == (10000, 50005000, 1, 10000)
    assert sketch.avg == pytest.approx(5000.5)
    for q in (0.01, 0.5, 0.9, 0.99):
        assert -0.008 < sketch.quantile(q) / (1 + 9999 * q) - 1 < 0.024
    assert (sketch.quantile(0), sketch.quantile(1)) == (1, 10000)


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3],
        (1.0, 2, True + 2),
        iter([1, 2, 3]),
        {1, 2, 3},
        [Decimal(1), Fraction(2), numpy.float32(3)],
        *(array.array(code, [1, 2, 3]) for code in "bBhHiIlLqQfd"),
        memoryview(bytes([1, 2, 3])),
        numpy.array([1.0, 2.0, 3.0]),
        numpy.array([1.0, 9.0, 2.0, 9.0, 3.0])[::2],
        numpy.array([3.0, 2.0, 1.0])[::-1],
        numpy.array([[1.0, 2.0, 3.0]]),
        numpy.array([[1.0], [2.0], [3.0]]).T,
        numpy.asfortranarray([[[1.0, 2.0, 3.0]]]),
        numpy.array([1, 2, 3], dtype=">f8"),
        numpy.array([1, 2, 3], dtype="float16"),
        numpy.array([1, 2, 3], dtype=object),
        *(numpy.array([1, 2, 3], dtype=kind) for kind in ("f4", "i1", "u2", "i4", "u4", "i8", "u8", "longdouble")),
        numpy.broadcast_to(numpy.array([1.0, 2.0, 3.0]), (1, 3)),
    ],
    ids=lambda values: f"{type(values).__name__} {getattr(values, 'dtype', '')} {getattr(values, 'shape', '')}",
)
def test_numbers_are_taken_in_every_form(values):
    sketch = Sketch()
    sketch.add(values)
    assert sketch == Sketch([1, 2, 3])
    assert sketch.sum == 6


def test_single_numbers_are_taken_in_every_form():
    for number in (5, 5.0, Decimal(5), Fraction(5), numpy.float64(5), numpy.float32(5), numpy.int16(5), numpy.array(5.0), numpy.array(5, dtype=">i4")):
        assert Sketch(number) == Sketch([5])
    assert Sketch(True) == Sketch(1)
    for nothing in ([], (), numpy.array([]), numpy.zeros((3, 0)), array.array("d"), None):
        assert Sketch(nothing).count == 0


def test_memory_is_read_where_it_is():
    class Watched(numpy.ndarray):
        def __iter__(self):
            raise AssertionError("it is iterated")

    values = numpy.arange(1_000_000, dtype="f8").view(Watched)
    assert Sketch(values).count == 1_000_000
    kept = bytearray(8)
    Sketch(memoryview(kept).cast("d"))
    kept.extend(b"x")  # a buffer that is not given back could not grow


def test_weights():
    sketch = Sketch()
    sketch.add(7, 10)
    sketch.add([1, 2], weight=2.5)
    assert (sketch.count, sketch.sum) == (14, 77.5)
    sketch.add(1, math.inf)
    assert sketch.count > 1e18
    for weight in (0, -1, 0.5, math.nan):
        with pytest.raises(ValueError, match="weight must be 1 or more"):
            sketch.add(1, weight)


def test_merged_sketches_have_counted_what_both_have():
    merged = Sketch([1, 2])
    other = Sketch([3])
    other.add(4, 2)
    merged.merge(other)
    assert merged == Sketch([1, 2, 3, 4, 4]) and other.count == 3
    merged.merge(merged)
    assert merged.count == 10 and merged.counts == [2, 2, 2, 4]
    assert merged.keys == Sketch([1, 2, 3, 4]).keys


def test_a_full_sketch_keeps_its_high_quantiles():
    sketch = Sketch(range(1, 1001), bins=16)
    assert len(sketch.keys) == 16 and sketch.count == 1000
    assert sketch.quantile(0.99) == pytest.approx(990, rel=0.024)
    for bins in (0, -1, 4097):
        with pytest.raises(ValueError, match="bins must be from 1 to 4096"):
            Sketch(bins=bins)


def test_a_sum_beyond_a_double_s_range_goes_there_and_back():
    above, below, both = Sketch([1.7e308] * 2), Sketch([-1.7e308] * 2), Sketch()
    both.merge(above)
    both.merge(below)
    assert (above.sum, below.sum, math.isnan(both.sum)) == (math.inf, -math.inf, True)
    for sketch in (above, below, both):
        for again in (pickle.loads(pickle.dumps(sketch)), copy.deepcopy(sketch), Sketch.from_dict(sketch.to_dict())):
            assert again.to_bytes() == sketch.to_bytes()
        for form in ("agent", "otlp", "prometheus"):
            assert str(Sketch.from_bytes(sketch.to_bytes(form), form).sum) == str(sketch.sum)


def test_more_values_than_a_double_can_count_go_there_and_back():
    sketch = Sketch()
    for _ in range(3):
        sketch.add(2, weight=2.0**53)
    assert sketch.count == 3 << 53
    assert pickle.loads(pickle.dumps(sketch)) == sketch == Sketch.from_dict(sketch.to_dict())


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_can_be_pickled(protocol):
    for sketch in (Sketch(), Sketch([-5, 0, 1e-3, 7, 7, 1e9], bins=100), Sketch(numpy.linspace(0.001, 1e9, 100_000))):
        again = pickle.loads(pickle.dumps(sketch, protocol))
        assert again == sketch == copy.copy(sketch) == copy.deepcopy(sketch)
        again.add(3)
        assert again != sketch
        assert pickle.loads(pickle.dumps(sketch, protocol)).to_dict() == sketch.to_dict()


def test_json_goes_there_and_back_and_what_is_wrong_with_it_is_said():
    sketch = Sketch([-5, 0, 1e-3, 7, 7, 1e9], bins=8)
    good = json.loads(json.dumps(sketch.to_dict()))
    assert Sketch.from_dict(good) == sketch and Sketch.from_dict(good).to_dict() == good
    for change, error, message in [
        ({"k": [1]}, ValueError, "k and n must be of one length"),
        ({"n": [0] * len(good["n"])}, ValueError, "all of n must be 1 or more"),
        ({"k": [40000] * len(good["k"])}, OverflowError, "^k: "),
        ({"n": [-1] * len(good["n"])}, OverflowError, "^n: "),
        ({"count": -1}, OverflowError, "^count: "),
        ({"sum": "x"}, TypeError, "^sum: "),
        ({"max": math.nan}, ValueError, "^max must be a finite number"),
        ({"bins": 2}, ValueError, "at most 2"),
        ({"bins": 5000}, ValueError, "bins must be from 1 to 4096"),
    ]:
        with pytest.raises(error, match=message):
            Sketch.from_dict({**good, **change})
    with pytest.raises(KeyError, match="avg"):
        Sketch.from_dict({name: value for name, value in good.items() if name != "avg"})
    with pytest.raises(TypeError):
        Sketch.from_dict([])


def test_what_is_not_finite_is_ignored():
    sketch = Sketch([math.nan, math.inf, -math.inf])
    sketch.add(math.nan)
    sketch.add(numpy.array([math.nan, math.inf]))
    assert sketch.count == 0 and sketch.quantile(0.5) == 0 and sketch == Sketch()


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ("1", TypeError, "values must be a number, not str"),
        (object(), TypeError, "values must be a number, not object"),
        (1j, TypeError, "values must be a number, not complex"),
        ([1, "2"], TypeError, r"values\[1\] must be a number, not str"),
        ([1, None], TypeError, r"values\[1\] must be a number, not NoneType"),
        ([[1], [2]], TypeError, r"values\[0\] must be a number, not list"),
        (10**400, OverflowError, "too large"),
        ([1, 10**400], OverflowError, "too large"),
        (numpy.array(["2020-01-01"], dtype="datetime64[D]"), TypeError, r"values\[0\] must be a number, not datetime64"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_number_is_refused_and_nothing_of_it_counts(values, error, message):
    sketch = Sketch([1])
    with pytest.raises(error, match=message):
        sketch.add(values)
    assert sketch == Sketch([1])


def test_an_iterator_that_raises_is_not_hidden():
    def broken():
        yield 1
        raise RuntimeError("mine")

    sketch = Sketch()
    with pytest.raises(RuntimeError, match="mine"):
        sketch.add(broken())
    assert sketch.count == 0


def test_odd_arguments_are_refused():
    sketch = Sketch([1])
    for q in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="q must be from 0 to 1"):
            sketch.quantile(q)
    for call in (lambda: sketch.quantile("x"), lambda: sketch.merge(1), lambda: sketch.add(), lambda: hash(sketch), lambda: Sketch(bin=3)):
        with pytest.raises(TypeError):
            call()
    assert sketch != 1 and sketch is not None


def test_clear_and_repr():
    sketch = Sketch([1, 2])
    assert repr(sketch) == "<Sketch count=2 sum=3.0 min=1.0 max=2.0 avg=1.5>"
    sketch.clear()
    assert sketch == Sketch()


def test_threads_can_share_sketches():
    left, right = Sketch(), Sketch()
    values = numpy.arange(1.0, 1001.0)

    def work(mine, other):
        for _ in range(20):
            mine.add(values)
            mine.add(1.5)
            mine == other
        other.merge(Sketch([2.5]))

    threads = [threading.Thread(target=work, args=pair) for pair in [(left, right), (right, left)] * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert left.count == right.count == 2 * 20 * 1001 + 2


class Steps(ctypes.Structure):
    """Numbers among other things."""

    _fields_ = [("number", ctypes.c_double), ("other", ctypes.c_int)]


def shown_in_memory():
    """Memory of every kind with what is in it."""
    numbers = numpy.arange(24, dtype="d").reshape(2, 3, 4)
    yield (ctypes.c_double * 4)(1, 2, 3, 4), [1, 2, 3, 4]
    yield (ctypes.c_double * 2 * 2)((1, 2), (3, 4)), [1, 2, 3, 4]
    yield ctypes.c_double(5), [5]
    yield (ctypes.c_double * 0)(), []
    yield (ctypes.c_uint16 * 3)(1, 2, 65535), [1, 2, 65535]
    yield (ctypes.c_int64.__ctype_be__ * 2)(1, -2), [1, -2]
    yield memoryview(array.array("d", [1, 2, 3]))[::-1], [1, 2, 3]
    yield memoryview(array.array("f", [1, 2, 3, 4]))[::2], [1, 3]
    yield memoryview(bytes(range(12))).cast("B", (3, 4)), range(12)
    yield memoryview(bytes(range(8))).cast("h"), numpy.arange(8, dtype="u1").view("i2").tolist()
    yield memoryview(b""), []
    yield bytearray(b"\x01\x02"), [1, 2]
    yield numbers[:, ::-1, ::2], numbers[:, ::-1, ::2].ravel().tolist()
    yield numbers.transpose(2, 0, 1), numbers.transpose(2, 0, 1).ravel().tolist()
    yield numpy.broadcast_to(numpy.array([7.0]), (5,)), [7] * 5
    yield numpy.empty((3, 0, 2)), []
    yield numpy.array(3.5), [3.5]
    yield numpy.array([True, False]), [1, 0]
    for code in "bBhHiIlLqQfd":
        for order in "<>=@":
            yield numpy.array([0, 1, 100]).astype(numpy.dtype(code).newbyteorder(order.replace("@", "="))), [0, 1, 100]
    read_only = numpy.arange(3, dtype="d")
    read_only.flags.writeable = False
    yield read_only, [0, 1, 2]


def test_numbers_are_counted_wherever_memory_shows_them():
    for memory, numbers in shown_in_memory():
        sketch = Sketch()
        sketch.add(memory)
        assert sketch == Sketch(list(numbers)), memory


@pytest.mark.parametrize("what", [(Steps * 2)(), memoryview((Steps * 2)()), ctypes.create_string_buffer(4), numpy.zeros(2, dtype="O"), numpy.zeros(2, dtype="M8[s]")], ids=repr)
def test_memory_of_no_numbers_is_a_type_error_or_taken_one_by_one(what):
    sketch = Sketch()
    try:
        sketch.add(what)
    except (TypeError, NotImplementedError):
        assert sketch.count == 0
    else:
        assert sketch.count == 2


def test_memory_may_be_changed_and_let_go_of_while_it_is_read():
    numbers, sketch = numpy.zeros(200_000), Sketch()

    def change(numbers):
        for n in range(50):
            numbers[:] = n

    threads = [threading.Thread(target=change, args=(numbers,)), *(threading.Thread(target=sketch.add, args=(numbers,)) for _ in range(4))]
    for thread in threads:
        thread.start()
    del numbers
    for thread in threads:
        thread.join()
    assert sketch.count == 800_000
