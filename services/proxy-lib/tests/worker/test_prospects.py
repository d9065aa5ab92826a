"""Whether it is worth waiting for a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest

from wool.runtime.worker.peer import Peer, State
from wool.runtime.worker.prospects import Supply, may_come
from wool_common.metadata import WorkerId, WorkerMetadata


@dataclass
class Known:
    """What is known of a member."""

    state: State
    draining: bool = False

    @property
    def metadata(self) -> WorkerMetadata:
        return WorkerMetadata(uid=WorkerId(f"{id(self)}"), address="")


FIXED, REPLACED, OPEN = Supply.FIXED, Supply.REPLACED, Supply.OPEN
READY, DRAINING = Known(State.READY), Known(State.READY, draining=True)
LOST, REFUSED = Known(State.CONNECTING), Known(State.INCOMPATIBLE)
GONE, CLEAR = Known(State.GONE), Known(State.UNTRUSTED)

CASES: list[tuple[str, list[Known], dict[Supply, bool]]] = [
    ("nobody is there", [], {FIXED: False, REPLACED: True, OPEN: True}),
    ("one is being reached", [LOST], {FIXED: True, REPLACED: True, OPEN: True}),
    ("one is kept out for now", [READY], {FIXED: True, REPLACED: True, OPEN: True}),
    ("one drains", [DRAINING], {FIXED: False, REPLACED: True, OPEN: True}),
    ("one does not fit", [REFUSED], {FIXED: False, REPLACED: False, OPEN: True}),
    ("one cannot be trusted", [CLEAR], {FIXED: False, REPLACED: False, OPEN: True}),
    ("another answers there", [GONE], {FIXED: False, REPLACED: False, OPEN: True}),
    ("one drains, one is reached", [DRAINING, LOST], {FIXED: True, REPLACED: True, OPEN: True}),
]


@pytest.mark.parametrize("supply", Supply)
@pytest.mark.parametrize(
    ("members", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_who_may_come(members: list[Known], supply: Supply, expected: dict[Supply, bool]) -> None:
    """It depends on who is there, and on where others come from."""
    assert may_come(cast("list[Peer]", members), supply) is expected[supply]


TRIED: list[tuple[str, Known, dict[Supply, bool]]] = [
    ("one that is there", READY, {FIXED: False, REPLACED: False, OPEN: False}),
    ("one that drains", DRAINING, {FIXED: False, REPLACED: True, OPEN: True}),
    ("one that was lost", LOST, {FIXED: False, REPLACED: True, OPEN: True}),
]


@pytest.mark.parametrize("supply", Supply)
@pytest.mark.parametrize(
    ("member", "expected"), [row[1:] for row in TRIED], ids=[row[0] for row in TRIED]
)
def test_who_may_come_instead_of_those_tried(
    member: Known, supply: Supply, expected: dict[Supply, bool]
) -> None:
    """Who has turned the task down would do so again; who goes may be replaced."""
    tried = {member.metadata.uid}

    assert may_come(cast("list[Peer]", [member]), supply, tried) is expected[supply]
