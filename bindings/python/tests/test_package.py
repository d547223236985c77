"""What is installed is whole."""

import doctest
import importlib
import pkgutil
from pathlib import Path

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
