"""What the ``DD_*`` variables say, as the peer reads them."""

from __future__ import annotations

import os

from ._log import log, tell

DEFAULT_HOST = "localhost"
DEFAULT_PORT = 8125

#: Variables that become tags of every message, in this order.
TAGS = {"DD_ENTITY_ID": "dd.internal.entity_id", "DD_ENV": "env", "DD_SERVICE": "service", "DD_VERSION": "version"}


def destination(host: str | None, port: int | None, path: str | None) -> tuple[str | None, int | None, str | None]:
    """Host, port and socket path, completed by the environment."""
    url = os.environ.get("DD_DOGSTATSD_URL")
    if url is not None and host is None and port is None and path is None:
        # Not imported where nobody asks for it: it takes milliseconds.
        from urllib.parse import urlsplit

        parts = urlsplit(url)
        if parts.scheme in ("unix", "unixgram", "unixstream"):
            return None, None, url
        if parts.scheme == "udp":
            try:
                found = parts.port
            except ValueError:
                found = None
            if found is None:
                tell(log, "warning", "DD_DOGSTATSD_URL %r has no valid port, %d is used", url, DEFAULT_PORT)
            return parts.hostname, found or DEFAULT_PORT, None
        tell(log, "warning", "DD_DOGSTATSD_URL %r is none of udp://, unix://, unixgram://, unixstream://", url)
    if host is None:
        host = os.environ.get("DD_AGENT_HOST") or None
    text = os.environ.get("DD_DOGSTATSD_PORT")
    if text and port is None:
        try:
            port = int(text)
        except ValueError:
            tell(log, "warning", "DD_DOGSTATSD_PORT %r is not a whole number", text)
    return host, port, path


def tags() -> list[str]:
    """The tags of every message."""
    found = [tag for tag in os.environ.get("DATADOG_TAGS", "").split(",") if tag]
    return found + [f"{key}:{os.environ[name]}" for name, key in TAGS.items() if os.environ.get(name)]


def is_disabled() -> bool:
    """Whether metrics are not to be sent."""
    return os.environ.get("DD_DOGSTATSD_DISABLE") in ("True", "true", "yes", "1")


def detects_origin() -> bool:
    """Whether messages tell their container."""
    return os.environ.get("DD_ORIGIN_DETECTION_ENABLED", "").lower() not in ("no", "false", "0", "n", "off")
