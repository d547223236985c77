"""What is installed is whole."""

import ast
import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import stubs

import basenji


def modules():
    yield basenji
    for found in pkgutil.walk_packages(basenji.__path__, "basenji."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def test_it_is_typed():
    assert (Path(basenji.__file__).parent / "py.typed").exists()


def test_every_public_name_is_there_and_says_what_it_is():
    for name in basenji.__all__:
        assert getattr(basenji, name) is not None
        if not name.startswith("__") and callable(getattr(basenji, name)):
            assert getattr(basenji, name).__doc__, name


def test_the_stub_has_the_module_s_docstrings():
    text = stubs.STUB.read_text()
    assert stubs.with_docstrings(text) == text, "python tests/stubs.py writes them"


def test_the_examples_in_docstrings_are_true():
    tried = 0
    for module in modules():
        result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
        assert result.failed == 0, module.__name__
        tried += result.attempted
    assert tried > 0


def is_native(name):
    return getattr(getattr(basenji, name), "__module__", "") in ("basenji", "_basenji", "basenji._basenji")


@pytest.mark.parametrize("name", [name for name in basenji.__all__ if is_native(name)])
def test_the_examples_of_native_names_are_true(name):
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(getattr(basenji, name), name, module=False, globs={}):
        assert runner.run(test).failed == 0


def test_what_a_client_does_not_need_is_imported_when_it_is_asked_for():
    program = """
import os, sys
before = set(sys.modules)
import basenji
print(sorted(name for name in set(sys.modules) - before if not name.startswith("basenji")))
basenji.Metric
print([name for name in basenji.__all__ if name not in dir(basenji)])
"""
    told = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path = {sys.path}\n{program}"], capture_output=True, check=True, text=True)
    imported, missing = map(ast.literal_eval, told.stdout.splitlines())
    # In milliseconds: typing 9, socket 9, threading 3, functools 3; all else that is there takes one.
    assert set(imported) <= {"__future__", "_collections", "_weakrefset", "atexit", "errno", "itertools", "types", "weakref"}
    assert missing == []
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        basenji.Nothing


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("Sketch(bins='x')", "bins must be an int, not 'x'"),
        ("Sketch().add(1, weight='x')", "weight must be a number, not 'x'"),
        ("Sketch().quantile(None)", "q must be a number, not None"),
        ("Sketch().merge(1)", "other must be a Sketch, not 1"),
        ("Sketch.from_dict(1)", "columns must be a dict, not 1"),
        ("parse('', return_errors=1)", "return_errors must be bool, not 1"),
        ("Aggregator().record('', return_errors=1)", "return_errors must be bool, not 1"),
    ],
)
def test_a_wrong_type_is_a_type_error_that_names_the_argument(call, message):
    with pytest.raises(TypeError) as raised:
        eval(call, dict(vars(basenji)))
    assert str(raised.value) == message
