"""What keys do in `wool top`."""

from __future__ import annotations

import pytest

from wool.cli.top_keys import Deed, Desk, keys, pressed
from wool.cli.top_rows import Order

WORKERS = ("a:1", "b:1", "c:1")


def after(*typed: str, addresses: tuple[str, ...] = WORKERS) -> tuple[Desk, Deed]:
    """Return what comes of pressing keys one after the other."""
    desk, deed = Desk(), Deed.NOTHING
    for key in typed:
        desk, deed = pressed(desk, key, addresses)
    return desk, deed


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("q", ["q"]),
        ("\x1b[A\x1b[B", ["up", "down"]),
        ("\x1bOB", ["down"]),
        ("\x1b[5~x\x1b[1;5Cy", ["x", "y"]),
        ("\x1b", []),
        ("\x04", ["q"]),
        ("é", ["é"]),
    ],
)
def test_keys_are_told_apart(typed: str, expected: list[str]) -> None:
    """Arrows are keys; other sequences that terminals send are none, nor parts of any."""
    assert list(keys(typed)) == expected


@pytest.mark.parametrize("order", Order)
def test_each_order_has_its_key(order: Order) -> None:
    """Rows are sorted by what was pressed last."""
    desk, deed = after("n", order.value)

    assert (desk.view.order, deed) == (order, Deed.NOTHING)


def test_selecting_stops_at_both_ends() -> None:
    """The first press selects the first worker, or the last."""
    assert after("down")[0].view.chosen == "a:1"
    assert after("up")[0].view.chosen == "c:1"
    assert after(*["down"] * 9)[0].view.chosen == "c:1"
    assert after("down", "up", "k")[0].view.chosen == "a:1"
    assert after("down", addresses=())[0].view.chosen is None


def test_draining_is_asked_about() -> None:
    """Only `y` drains, and only the worker that was selected then."""
    desk, deed = after("down", "d")
    assert (desk.asked, deed) == ("a:1", Deed.NOTHING)
    assert "drain a:1?" in desk.view.message

    assert pressed(desk, "y", WORKERS)[1] is Deed.DRAIN
    left, deed = pressed(desk, "q", WORKERS)
    assert (left.asked, deed) == (None, Deed.NOTHING)
    assert left.view.message == "nothing was drained"


def test_draining_needs_a_selected_worker() -> None:
    """One that has left the screen is not drained either."""
    assert after("d")[0].asked is None
    desk, _ = after("down")
    assert pressed(desk, "d", ("b:1",))[0].asked is None


def test_q_quits() -> None:
    """Any time but while something is asked."""
    assert after("q")[1] is Deed.QUIT
