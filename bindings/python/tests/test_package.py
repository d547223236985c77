"""What is installed is whole."""

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_names_that_a_client_does_not_need_are_imported_when_they_are_asked_for():
    program = "import sys, basenji; assert 'dataclasses' not in sys.modules; basenji.Metric; print([n for n in basenji.__all__ if n not in dir(basenji)])"
    assert subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, check=True, text=True).stdout == "[]\n"
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        basenji.Nothing
