"""The docstrings of `_basenji.pyi`, which editors show: those of the native module.

``python tests/stubs.py`` writes them into the stub.
"""

import ast
import inspect
from pathlib import Path

from basenji import _basenji

STUB = Path(__file__).parent.parent / "python/basenji/_basenji.pyi"


def documented(text):
    """Each public function, class and method of the stub that the module documents: its node and the module's docstring."""
    seen = set()
    for node in ast.parse(text).body:
        if getattr(node, "name", "") in seen:
            # An overload: the first has the documentation.
            continue
        seen.add(getattr(node, "name", ""))
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            runtime = getattr(_basenji, node.name)
            yield node, inspect.getdoc(runtime)
            for member in getattr(node, "body", []):
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("_") and hasattr(runtime, member.name):
                    is_overload = any(isinstance(name, ast.Name) and name.id == "overload" for name in member.decorator_list)
                    found = vars(runtime).get(member.name) or getattr(runtime, member.name)
                    if not is_overload and inspect.getdoc(found):
                        yield member, inspect.getdoc(found)


def with_docstrings(text):
    """The stub with the module's docstrings."""
    lines = text.splitlines()
    for node, doc in reversed([found for found in documented(text) if found[1]]):
        indent = " " * (node.col_offset + 4)
        quoted = f'"""{doc}"""' if "\\" not in doc else f'r"""{doc}"""'
        body = [indent + line if line else "" for line in quoted.splitlines()]
        if "\n" in doc:
            body[-1] = body[-1].removesuffix('"""')
            body.append(f'{indent}"""')
        first = node.body[0]
        if ast.get_docstring(node) is not None:
            lines[first.lineno - 1 : first.end_lineno] = body
        elif isinstance(node, ast.ClassDef):
            before = first.lineno - 1 - len(getattr(first, "decorator_list", []))
            lines[before:before] = [*body, ""]
        else:
            lines[first.lineno - 1] = lines[first.lineno - 1].removesuffix(" ...")
            lines[first.end_lineno : first.end_lineno] = body
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    STUB.write_text(with_docstrings(STUB.read_text()))
