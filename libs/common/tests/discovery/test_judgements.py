"""What silence, resolvers and double addresses mean is decided without waiting."""

from __future__ import annotations

import socket

import pytest

from wool_common.discovery.claims import Claims
from wool_common.discovery.following import Board
from wool_common.discovery.lookups import Lookups
from wool_common.discovery.patience import Patience
from wool_common.metadata import WorkerId, WorkerMetadata

AGAIN = socket.gaierror(socket.EAI_AGAIN, "try again")
UNKNOWN = socket.gaierror(socket.EAI_NONAME, "name not known")


def test_silence_is_asked_about_soon_then_ever_later() -> None:
    """Pauses grow up to the interval, and begin anew after an answer."""
    patience = Patience(interval=1.0, limit=2.0)

    assert [patience.fail(float(now)) for now in range(5)] == [0.25, 0.5, 1.0, 1.0, 1.0]
    assert patience.succeed() == 1.0
    assert patience.fail(5.0) == 0.25


def test_patience_ends() -> None:
    """Nobody is there after the limit, counted from the first failure in a row."""
    patience = Patience(interval=1.0, limit=2.0)

    patience.fail(0.0)
    assert not patience.is_over(1.9)
    assert patience.is_over(2.0)
    patience.succeed()
    assert not patience.is_failing
    assert not patience.is_over(9.0)


def test_a_resolver_that_fails_changes_nothing() -> None:
    """What it said last is kept for as long as it says nothing else."""
    lookups = Lookups("web", limit=30.0)
    lookups.answer(["a:1"])

    for now in range(100):
        lookups.fail(AGAIN, float(now))

    assert lookups.addresses == ("a:1",)


def test_a_name_that_is_unknown_for_long_has_no_addresses() -> None:
    """It must be unknown all the while."""
    lookups = Lookups("web", limit=30.0)
    lookups.answer(["a:1"])

    lookups.fail(UNKNOWN, 0.0)
    lookups.fail(AGAIN, 29.0)
    lookups.fail(UNKNOWN, 31.0)
    assert lookups.addresses == ("a:1",)
    lookups.fail(UNKNOWN, 61.0)
    assert lookups.addresses == ()


def test_each_sort_of_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A resolver that stays away does not fill the log."""
    lookups = Lookups("web", limit=30.0)

    for error in (UNKNOWN, UNKNOWN, AGAIN, AGAIN):
        lookups.fail(error, 0.0)

    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        "name not known",
        "try again",
    ]


def at(address: str, uid: str = "alice", pid: int = 0) -> WorkerMetadata:
    """Return the worker as reached at *address*."""
    return WorkerMetadata(uid=WorkerId(uid), address=address, pid=pid)


def test_a_worker_at_two_addresses_is_one_member() -> None:
    """It stays at the first for as long as that leads to it."""
    board = Board()
    claims = Claims(board)

    claims.claim(at("v4"))
    claims.claim(at("v6"))
    claims.claim(at("v6", pid=7))
    assert board.members == (at("v4"),)
    claims.withdraw("v4")
    assert board.members == (at("v6", pid=7),)
    claims.claim(at("v4"))
    assert board.members == (at("v6", pid=7),)
    claims.withdraw("v6")
    claims.withdraw("v4")
    claims.withdraw("v4")
    assert board.members == ()


def test_a_worker_that_replaces_another_is_another() -> None:
    """The one that was reached there is gone, unless it is reached elsewhere."""
    board = Board()
    claims = Claims(board)
    claims.claim(at("a"))
    claims.claim(at("b"))

    claims.claim(at("a", "bob"))
    assert set(board.members) == {at("b"), at("a", "bob")}
    claims.claim(at("b", "carol"))
    assert {worker.uid for worker in board.members} == {"bob", "carol"}
