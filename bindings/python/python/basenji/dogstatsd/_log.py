"""The logger ``datadog.dogstatsd``, under which programs look for a client's complaints.

``logging`` is imported with the first of them: it would take a third of the time that importing this package takes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Log:
    """The logger's methods; each looks the logger up."""

    def __getattr__(self, name: str) -> Any:
        import logging

        try:
            return getattr(logging.getLogger("datadog.dogstatsd"), name)
        except AttributeError:
            # A signal's handler came while `logging` was being imported: this one complaint is not heard.
            return lambda *arguments: None


log: Any = _Log()
