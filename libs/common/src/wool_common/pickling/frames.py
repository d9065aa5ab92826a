"""Carry the frames of a traceback."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace, TracebackType
from typing import Final, NamedTuple, cast

_MOST: Final = 200
_FIRST: Final = 50


class RemoteFrame(NamedTuple):
    """One line of a traceback."""

    file: str
    name: str
    line: int
    module: str


def frames_of(trace: TracebackType | None) -> tuple[RemoteFrame, ...]:
    """Return the frames of *trace*, leaving out the middle of a very deep one."""
    frames: list[RemoteFrame] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__")
        # A frame whose code was changed in flight has no line.
        line = cast("int | None", trace.tb_lineno) or code.co_firstlineno
        name = module if isinstance(module, str) else "?"
        frames.append(RemoteFrame(code.co_filename, code.co_name, line, name))
        trace = trace.tb_next
    if len(frames) > _MOST:
        frames[_FIRST : len(frames) - (_MOST - _FIRST)] = []
    return tuple(frames)


def traceback_of(frames: Sequence[RemoteFrame]) -> TracebackType | None:
    """Return a traceback that shows *frames*."""
    if not frames:
        return None
    # Only the error path needs it.
    import tblib  # pyright: ignore[reportMissingTypeStubs]

    link: SimpleNamespace | None = None
    for file, name, line, module in reversed(frames):
        frame = SimpleNamespace(
            f_globals={"__name__": module, "__file__": file},
            f_locals={},
            f_code=SimpleNamespace(co_filename=file, co_name=name),
            f_lineno=line,
        )
        link = SimpleNamespace(tb_frame=frame, tb_lineno=line, tb_next=link)
    return tblib.Traceback(link).as_traceback()  # pyright: ignore[reportUnknownMemberType]
