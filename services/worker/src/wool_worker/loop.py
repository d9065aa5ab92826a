"""Choose the event loop a worker runs on."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec


def new_loop(name: str) -> asyncio.AbstractEventLoop:
    """
    Return a new event loop; *name* is `asyncio`, `uvloop` or `auto`: uvloop if installed.

    Raises:
        ImportError: uvloop is asked for by name but missing.

    """
    if name == "asyncio" or (name == "auto" and find_spec("uvloop") is None):
        return asyncio.new_event_loop()
    try:
        import uvloop
    except ImportError as exc:
        raise ImportError("this loop needs an extra: pip install 'wool-worker[uvloop]'") from exc
    return uvloop.new_event_loop()
