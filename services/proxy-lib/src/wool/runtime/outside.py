"""Find the line of the application that a warning is about."""

from __future__ import annotations

import inspect


def user_level() -> int:
    """
    Return the *stacklevel* with which a warning given by the caller points outside Wool.

    Where nothing but Wool and asyncio is on the stack, it points to the caller.
    """
    here = inspect.currentframe()
    frame = None if here is None else here.f_back
    level = 0
    while frame is not None:
        level += 1
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in ("wool", "wool_common", "asyncio"):
            return level
        frame = frame.f_back
    return 1
