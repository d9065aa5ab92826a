"""The conversation of one task as a table."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, get_args

import pytest

from wool_common import frames as f
from wool_common.conversation import ENDS, FROM_CLIENT, NEXT, Phase, advance, opening
from wool_common.errors import ProtocolViolation

KINDS: frozenset[type[f.TaskFrame]] = frozenset(get_args(f.TaskFrame))
FROM_WORKER = KINDS - FROM_CLIENT
ANSWERS: frozenset[type[f.TaskFrame]] = frozenset({f.Accepted, f.Yielded})

SPECIMENS: dict[type[f.TaskFrame], f.TaskFrame] = {
    type(frame): frame
    for frame in (
        f.Start(1, b"id", 1, 1, b""),
        f.Next(1, 1),
        f.Send(1, b""),
        f.Throw(1, b""),
        f.Close(1),
        f.Cancel(1),
        f.Accepted(1),
        f.Refused(1, 8, "backpressure", "full"),
        f.Yielded(1, b""),
        f.Cancelling(1),
        f.Returned(1, b""),
        f.Raised(1, b""),
        f.Cancelled(1),
    )
}
START = f.Start(1, b"id", 1, 1, b"")
OPENINGS = (opening(START), opening(START._replace(stream=True)))


def reachable(*starts: Phase) -> set[Phase]:
    """Return the phases that can follow *starts*, with these."""
    found = set(starts)
    while more := {after for (phase, _), after in NEXT.items() if phase in found} - found:
        found |= more
    return found


def test_there_is_a_specimen_of_every_frame() -> None:
    """The specimens are complete."""
    assert set(SPECIMENS) == KINDS


def test_calls_and_generators_open_differently() -> None:
    """A generator may be commanded before it is answered; a call may not."""
    assert OPENINGS == (Phase.ASKED, Phase.INVITED)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", list(SPECIMENS))
def test_advance_follows_the_table_or_blames(phase: Phase, kind: type[f.TaskFrame]) -> None:
    """A row leads on; where there is none, the blame names frame, task and phase."""
    after = NEXT.get((phase, kind))

    if after is not None:
        assert advance(phase, SPECIMENS[kind]) is after
        return
    with pytest.raises(ProtocolViolation, match=f"{kind.__name__} .* task 1 .* {phase.value}"):
        advance(phase, SPECIMENS[kind])


def test_every_phase_can_be_reached() -> None:
    """No phase stands in the table for nothing."""
    assert reachable(*OPENINGS) == set(Phase)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.ENDED])
def test_a_task_can_end_in_every_phase(phase: Phase) -> None:
    """Each of the three ends is allowed until one was said."""
    assert {NEXT[phase, end] for end in ENDS} == {Phase.ENDED}


def test_an_end_is_said_once_and_last() -> None:
    """After the end the worker says nothing, and what the client says changes nothing."""
    after_end = {kind: after for (phase, kind), after in NEXT.items() if phase is Phase.ENDED}

    assert set(after_end) == FROM_CLIENT - {f.Start}
    assert set(after_end.values()) == {Phase.ENDED}


def test_only_ends_and_refusals_end_a_task() -> None:
    """No other frame leads to the end."""
    enders = {kind for (phase, kind), after in NEXT.items() if after is Phase.ENDED is not phase}

    assert enders == ENDS | {f.Refused}


def test_a_task_that_was_answered_is_never_refused() -> None:
    """Refused means that nothing has run: no path leads to it from any other answer."""
    answered = {
        after
        for (_, kind), after in NEXT.items()
        if kind in FROM_WORKER and after is not Phase.ENDED
    }

    assert not [phase for phase in reachable(*answered) if (phase, f.Refused) in NEXT]


def test_nothing_is_accepted_twice() -> None:
    """No path leads from an answer to Accepted."""
    answered = {after for (_, kind), after in NEXT.items() if kind in ANSWERS}

    assert not [phase for phase in reachable(*answered) if (phase, f.Accepted) in NEXT]


def test_calls_are_never_told_what_belongs_to_generators() -> None:
    """No phase of a call knows the frames of generators."""
    of_generators = {f.Next, f.Send, f.Throw, f.Close, f.Yielded}
    of_calls = reachable(Phase.ASKED) - {Phase.ENDED}

    assert not [row for row in NEXT if row[0] in of_calls and row[1] in of_generators]


class Moment(NamedTuple):
    """Where both halves stand, and what is under way between them."""

    client: Phase
    worker: Phase
    to_worker: tuple[type[f.TaskFrame], ...] = ()
    to_client: tuple[type[f.TaskFrame], ...] = ()


UNDER_WAY = 2
"""Frames each way at most; more of them cross in no other manner than these."""


def moments_after(now: Moment) -> list[Moment]:
    """Return what may come next: one half says, or one half hears, one frame."""
    found: list[Moment] = []
    if now.client is not Phase.ENDED and len(now.to_worker) < UNDER_WAY:
        found += [
            now._replace(client=NEXT[now.client, kind], to_worker=(*now.to_worker, kind))
            for kind in FROM_CLIENT
            if (now.client, kind) in NEXT
        ]
    if len(now.to_client) < UNDER_WAY:
        found += [
            now._replace(worker=NEXT[now.worker, kind], to_client=(*now.to_client, kind))
            for kind in FROM_WORKER
            if (now.worker, kind) in NEXT
        ]
    if now.to_worker:
        kind, *rest = now.to_worker
        heard = advance(now.worker, SPECIMENS[kind])
        found.append(now._replace(worker=heard, to_worker=tuple(rest)))
    if now.to_client:
        kind, *rest = now.to_client
        heard = advance(now.client, SPECIMENS[kind])
        found.append(now._replace(client=heard, to_client=tuple(rest)))
    return found


@pytest.mark.parametrize("start", OPENINGS)
def test_what_one_half_may_say_the_other_may_hear(start: Phase) -> None:
    """However frames cross, no half is blamed for what its own table let it say."""
    seen = {Moment(start, start)}
    queue = deque(seen)

    while queue:
        for moment in moments_after(queue.popleft()):  # raises where a half would be blamed
            if moment not in seen:
                seen.add(moment)
                queue.append(moment)

    quiet = {m for m in seen if not m.to_worker and not m.to_client}
    assert {m.client for m in quiet} >= reachable(start)
    assert [m for m in quiet if m.client is not m.worker] == []
