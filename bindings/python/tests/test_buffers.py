"""All that an owner of memory may say of it, true or not. `cargo xtask python` also runs this file in a debug build of Python under valgrind."""

import array
import ctypes
import struct
import sys
import threading

import pytest
from basenji import ParseError, Sketch, parse

NUMBERS = struct.pack("=6d", 1, 2, 3, 4, 5, 6)
Sizes = ctypes.POINTER(ctypes.c_ssize_t)


class View(ctypes.Structure):
    """``Py_buffer``."""

    _fields_ = [("buf", ctypes.c_void_p), ("obj", ctypes.c_void_p), ("len", ctypes.c_ssize_t), ("itemsize", ctypes.c_ssize_t)]
    _fields_ += [("readonly", ctypes.c_int), ("ndim", ctypes.c_int), ("format", ctypes.c_char_p)]
    _fields_ += [("shape", Sizes), ("strides", Sizes), ("suboffsets", Sizes), ("internal", ctypes.c_void_p)]


class Slot(ctypes.Structure):
    _fields_ = [("slot", ctypes.c_int), ("function", ctypes.c_void_p)]


class Spec(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("basicsize", ctypes.c_int), ("itemsize", ctypes.c_int), ("flags", ctypes.c_uint), ("slots", ctypes.POINTER(Slot))]


#: What the next view says, and how many views there are that nobody has let go of.
said = {}
held = []


@ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.POINTER(View), ctypes.c_int)
def get(owner, view, flags):
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(owner))
    view[0] = View(**{"obj": id(owner), "readonly": 1, **said})
    held.append(flags)
    return 0


@ctypes.PYFUNCTYPE(None, ctypes.py_object, ctypes.POINTER(View))
def release(owner, view):
    held.pop()


#: ``Py_bf_getbuffer``, ``Py_bf_releasebuffer``; ``Py_TPFLAGS_DEFAULT``.
slots = (Slot * 3)(Slot(1, ctypes.cast(get, ctypes.c_void_p)), Slot(2, ctypes.cast(release, ctypes.c_void_p)), Slot())
spec = Spec(b"tests.Owner", object.__basicsize__, 0, 0, slots)
make = ctypes.pythonapi.PyType_FromSpec
make.restype = ctypes.py_object
Owner = make(ctypes.byref(spec))


def sizes(*numbers):
    return ctypes.cast((ctypes.c_ssize_t * len(numbers))(*numbers), Sizes)


def owner(memory=NUMBERS, length=None, itemsize=8, ndim=1, format=b"d", start=0, **lists):
    """An object that says this of its memory, which it keeps."""
    said.clear()
    kept = ctypes.create_string_buffer(memory, len(memory)) if memory is not None else None
    said.update(len=len(memory or b"") if length is None else length, itemsize=itemsize, ndim=ndim, format=format)
    said.update({name: sizes(*numbers) for name, numbers in lists.items() if numbers is not None})
    if kept is not None:
        said["buf"] = ctypes.addressof(kept) + start
    owner.kept = kept
    return Owner()


TAKEN = [
    ({}, [1, 2, 3, 4, 5, 6]),
    ({"shape": [6]}, [1, 2, 3, 4, 5, 6]),
    ({"ndim": 2, "shape": [2, 3]}, [1, 2, 3, 4, 5, 6]),
    ({"ndim": 2, "shape": [2, 3], "strides": [24, 8], "suboffsets": [-1, -1]}, [1, 2, 3, 4, 5, 6]),
    ({"shape": [6], "strides": [-8], "start": 40}, [6, 5, 4, 3, 2, 1]),
    ({"ndim": 2, "shape": [3, 2], "strides": [8, 24]}, [1, 4, 2, 5, 3, 6]),
    ({"shape": [6], "strides": [0]}, [1] * 6),
    ({"shape": [3], "strides": [16], "length": 24}, [1, 3, 5]),
    ({"ndim": 0, "length": 8}, [1]),
    ({"ndim": 64, "shape": [1] * 63 + [6]}, [1, 2, 3, 4, 5, 6]),
    ({"memory": b"", "shape": [0]}, []),
    ({"memory": None, "shape": [0]}, []),
    ({"memory": None, "ndim": 3, "shape": [5, 0, 7], "strides": [0, 0, 0]}, []),
    ({"memory": b"\1\2\3", "itemsize": 1, "format": None}, [1, 2, 3]),
    # Not aligned.
    ({"memory": b"\0" + NUMBERS[:16], "start": 1, "length": 16}, [1, 2]),
]

REFUSED = [
    {"ndim": 2},
    {"ndim": -1},
    {"ndim": 65, "shape": [1] * 64 + [6]},
    {"shape": [5]},
    {"shape": [-6]},
    {"shape": [7]},
    {"ndim": 2, "shape": [1 << 62, 1 << 62]},
    {"ndim": 2, "shape": [-2, -3]},
    {"memory": None, "shape": [6], "length": 48},
    {"length": -48, "shape": [-6]},
    {"shape": [6], "suboffsets": [0]},
    {"ndim": 2, "shape": [2, 3], "suboffsets": [-1, 8]},
    {"itemsize": 0},
    {"itemsize": 4},
    {"itemsize": -8},
    *({"format": format} for format in (b"", b"e", b"g", b"c", b"s", b"p", b"P", b"O", b"Zd", b"2d", b"dd", b"T{d:a:}", b"!d", b">d", b"@@d", b" d", b"d:", b"\xff")),
]


@pytest.mark.parametrize("what, numbers", TAKEN, ids=[str(what) for what, _ in TAKEN])
def test_memory_is_read_as_its_owner_says(what, numbers):
    sketch = Sketch()
    sketch.add(owner(**what))
    assert sketch == Sketch(numbers)
    assert held == []


@pytest.mark.parametrize("what", REFUSED, ids=str)
def test_what_does_not_agree_or_is_no_number_is_a_type_error_and_is_let_go_of(what):
    sketch = Sketch()
    with pytest.raises(TypeError, match="must be a number"):
        sketch.add(owner(**what))
    assert sketch.count == 0
    assert held == []


@pytest.mark.parametrize("order", "@=<>")
@pytest.mark.parametrize("class_", "bBhHiIlLqQnN?fd")
def test_every_format_and_order_is_read_or_refused(class_, order):
    # The struct module has no other order for these.
    if class_ in "nN" and order != "@":
        pytest.skip("there is none")
    memory = struct.pack(f"{order}3{class_}", 1, 0, 1)
    what = owner(memory, itemsize=struct.calcsize(order + class_), format=(order + class_).encode())
    sketch = Sketch()
    if order == ">":
        with pytest.raises(TypeError, match="must be a number"):
            sketch.add(what)
    else:
        sketch.add(what)
        assert sketch == Sketch([1, 0, 1])
    assert held == []


@pytest.mark.parametrize("memory, length", [(b"a:1|c", 5), (b"", 0), (None, 0)])
def test_bytes_of_a_datagram_are_read_as_their_owner_says(memory, length):
    assert [message.name for message in parse(owner(memory, length, itemsize=1, format=b"B"))] == ["a"] * bool(memory)
    assert held == []


@pytest.mark.parametrize("memory, length", [(None, 5), (b"a:1|c", -5)])
def test_bytes_that_cannot_be_there_are_none(memory, length):
    assert parse(owner(memory, length, itemsize=1, format=b"B")) == []
    assert held == []


def test_an_owner_that_raises_is_heard_or_taken_one_by_one():
    class Iterable(array.array):
        """It is one that is let go of in the midst."""

    values = memoryview(Iterable("d", [1, 2]))
    values.release()
    with pytest.raises(ValueError, match="released"):
        Sketch().add(values)
    with pytest.raises(ValueError, match="released"):
        parse(values)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="no class has __buffer__")
def test_what_buffer_of_a_class_raises_is_heard():
    class Refusing:
        error = OSError("the disk")

        def __buffer__(self, flags):
            raise self.error

    class Interrupted(Refusing):
        error = KeyboardInterrupt()

        def __iter__(self):
            return iter([1, 2])

    with pytest.raises(OSError, match="the disk"):
        Sketch().add(Refusing())
    with pytest.raises(KeyboardInterrupt):
        Sketch().add(Interrupted())
    Interrupted.error = OSError("the disk")
    assert Sketch(Interrupted()) == Sketch([1, 2])
    Refusing.error = BufferError("not in this way")
    with pytest.raises(TypeError, match="must be a number"):
        Sketch().add(Refusing())


def test_items_behind_pointers_are_taken_one_by_one_or_refused():
    testbuffer = pytest.importorskip("_testbuffer")
    with pytest.raises(TypeError, match="must be a number"):
        Sketch().add(testbuffer.ndarray(list(range(12)), shape=[3, 4], format="d", flags=testbuffer.ND_PIL))
    row = testbuffer.ndarray([1, 2, 3], shape=[3], format="d", flags=testbuffer.ND_PIL)
    assert row.suboffsets != ()
    assert Sketch(row) == Sketch([1, 2, 3])
    with pytest.raises(BufferError):
        parse(row)


def test_memory_in_use_is_not_let_go_of():
    numbers, sketch, ended = bytearray(8 * 100_000), Sketch(), threading.Event()

    def shrink():
        while not ended.is_set():
            try:
                numbers.append(0)
                del numbers[-1:]
            except BufferError:
                # It is in use, so it stays.
                pass

    thread = threading.Thread(target=shrink)
    thread.start()
    added = 0
    for _ in range(50):
        try:
            view = memoryview(numbers).cast("d")
        except TypeError:
            # It is a byte too long at this moment.
            continue
        sketch.add(view)
        added += len(view)
        view.release()
        try:
            parse(numbers)
        except ParseError:
            pass
    ended.set()
    thread.join()
    assert sketch.count == added
