"""
Draw the conversation of a task into docs/protocol.md.

    python tools/protocol_docs.py           # write what has changed
    python tools/protocol_docs.py --check   # fail where the page is stale

The diagrams and tables come from `wool_common.conversation.NEXT`, the lists of frames from
`wool_common.frames`, the numbers from where the code has them; the words around them are
written by hand.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, get_args

from drawn import main

from wool.runtime.worker.calls import CANCEL_LIMIT, CANCEL_NOTICE
from wool.runtime.worker.session import DEFINITIONS
from wool.runtime.worker.wire import WELCOME_SECONDS
from wool_common import frames
from wool_common.conversation import FROM_CLIENT, NEXT, Phase
from wool_common.outbox import HIGH_WATER, MESSAGE_BYTES
from wool_common.pickling.pickler import INLINE_LIMIT
from wool_common.pickling.values import CHUNK
from wool_worker.loads import LOAD_EVERY
from wool_worker.runs import CANCELLING_AFTER
from wool_worker.session import ACCEPTED_AFTER

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs/protocol.md"
KINDS: Final[Sequence[type[frames.TaskFrame]]] = get_args(frames.TaskFrame)
CALLS: Final = (Phase.ASKED, Phase.RUNNING, Phase.RECALLED, Phase.STOPPING, Phase.ENDED)
GENERATORS: Final = (
    Phase.INVITED,
    Phase.STREAMING,
    Phase.WITHDRAWN,
    Phase.CLOSING,
    Phase.ENDED,
)


def blocks() -> dict[str, str]:
    """Return every block by its name."""
    return {
        "client-frames": "\n".join(vocabulary(get_args(frames.ClientFrame))),
        "worker-frames": "\n".join(vocabulary(get_args(frames.WorkerFrame))),
        "phases": "\n".join(phases()),
        "calls-diagram": "\n".join(diagram(CALLS)),
        "calls-table": "\n".join(table(CALLS)),
        "generators-diagram": "\n".join(diagram(GENERATORS)),
        "generators-table": "\n".join(table(GENERATORS)),
        "numbers": "\n".join(numbers()),
    }


def vocabulary(kinds: Sequence[type]) -> Iterator[str]:
    """Yield a table of what one side says."""
    yield "| frame | what it says | what it carries |"
    yield "| --- | --- | --- |"
    for kind in kinds:
        fields: tuple[str, ...] = vars(kind)["_fields"]
        carries = ", ".join(fields) or "–"
        yield f"| `{kind.__name__}` | {inspect.getdoc(kind)} | {carries} |"


def phases() -> Iterator[str]:
    """Yield a table of the phases, each with the text that follows it in the code."""
    yield "| phase | meaning |"
    yield "| --- | --- |"
    (cls,) = ast.parse(inspect.getsource(Phase)).body
    assert isinstance(cls, ast.ClassDef)
    for name, text in zip(cls.body, cls.body[1:], strict=False):
        if isinstance(name, ast.Assign):
            assert isinstance(text, ast.Expr)
            phase = ast.literal_eval(name.value)
            yield f"| *{phase}* | {ast.literal_eval(text.value)} |"


def diagram(group: Sequence[Phase]) -> Iterator[str]:
    """Yield the phases of *group* as a state diagram."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {group[0].value}: {said(frames.Start)}"
    edges: dict[tuple[Phase, Phase], list[str]] = {}
    for before in group[:-1]:
        for kind in KINDS:
            if after := NEXT.get((before, kind)):
                edges.setdefault((before, after), []).append(said(kind))
    for (before, after), labels in edges.items():
        yield f"    {before.value} --> {after.value}: {', '.join(labels)}"
    yield f"    {Phase.ENDED.value} --> [*]"
    yield "```"


def said(kind: type[frames.TaskFrame]) -> str:
    """Return the name of *kind* with the way it goes."""
    return f"→ {kind.__name__}" if kind in FROM_CLIENT else f"← {kind.__name__}"


def table(group: Sequence[Phase]) -> Iterator[str]:
    """Yield the rows of the table that begin in *group*; an empty cell is a violation."""
    yield f"| | {' | '.join(f'*{phase.value}*' for phase in group)} |"
    yield f"| --- |{' --- |' * len(group)}"
    for kind in KINDS:
        cells = [NEXT.get((phase, kind)) for phase in group]
        if any(cells[:-1]):
            row = " | ".join(after.value if after else "" for after in cells)
            yield f"| {said(kind)} | {row} |"


def numbers() -> Iterator[str]:
    """Yield a table of the limits and times that the text speaks of."""
    yield "| what | how much |"
    yield "| --- | --- |"
    rows = {
        "the largest value that stands in a frame itself": size(INLINE_LIMIT),
        "the largest piece of a larger one": size(CHUNK),
        "a message is closed once it holds": size(MESSAGE_BYTES),
        "writers wait while more waits to be said than": size(HIGH_WATER),
        "a client waits for `Welcome`": seconds(WELCOME_SECONDS),
        "a task is accepted on its own after": seconds(ACCEPTED_AFTER),
        "a cancelled routine is reported as cleaning up after": seconds(CANCELLING_AFTER),
        "a caller waits to hear that its cancellation was delivered": seconds(CANCEL_NOTICE),
        "a caller then waits for the routine to end": seconds(CANCEL_LIMIT),
        "`Load` is said at most every": seconds(LOAD_EVERY),
        "callables that a session remembers": str(DEFINITIONS),
    }
    for what, much in rows.items():
        yield f"| {what} | {much} |"


def size(count: int) -> str:
    """Return *count* bytes as people write it."""
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"


def seconds(count: float) -> str:
    """Return *count* seconds as people write it."""
    return f"{count:g} s" if count >= 1 else f"{count * 1000:g} ms"


if __name__ == "__main__":
    sys.exit(main(PAGE, blocks(), "protocol_docs.py", sys.argv[1:]))
