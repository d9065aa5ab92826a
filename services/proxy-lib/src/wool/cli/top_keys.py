"""Decide what a key pressed in `wool top` means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from wool.cli.top_rows import Order
from wool.cli.top_view import View

ORDERS: Final = {order.value: order for order in Order}
SPECIAL: Final = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x03": "q",
    "\x04": "q",
}
STEPS: Final = {"up": -1, "k": -1, "down": 1, "j": 1}


class Deed(Enum):
    """What has to be done beyond drawing."""

    NOTHING = "nothing"
    QUIT = "quit"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What somebody at the keys has chosen so far; *asked* is whom they may want drained."""

    view: View = field(default_factory=View)
    asked: str | None = None


def keys(typed: str) -> Iterator[str]:
    """Yield the keys that *typed* stands for; what stands for none is left out."""
    at = 0
    while at < len(typed):
        special = next((code for code in SPECIAL if typed.startswith(code, at)), None)
        if special is not None:
            yield SPECIAL[special]
            at += len(special)
        elif typed[at] == "\x1b":
            at = _after_escape(typed, at)
        else:
            yield typed[at]
            at += 1


def pressed(desk: Desk, key: str, addresses: Sequence[str]) -> tuple[Desk, Deed]:
    """Return what *key* leads to; *addresses* are those on screen, in their order."""
    view = replace(desk.view, message="", asks=False)
    if desk.asked is not None:
        if key.lower() == "y":
            message = f"{desk.asked}: asked to drain …"
            return Desk(view=replace(view, message=message), asked=desk.asked), Deed.DRAIN
        return Desk(view=replace(view, message="nothing was drained")), Deed.NOTHING
    if key == "q":
        return Desk(view=view), Deed.QUIT
    if key in ORDERS:
        return Desk(view=replace(view, order=ORDERS[key])), Deed.NOTHING
    if key in STEPS:
        return Desk(view=replace(view, chosen=_moved(view, STEPS[key], addresses))), Deed.NOTHING
    if key == "d":
        return _ask(view, addresses), Deed.NOTHING
    return Desk(view=view), Deed.NOTHING


def _ask(view: View, addresses: Sequence[str]) -> Desk:
    if view.chosen not in addresses:
        return Desk(view=replace(view, message="select a worker first, with ↑ or ↓"))
    question = f"drain {view.chosen}? It ends once its tasks have. y/n"
    return Desk(view=replace(view, message=question, asks=True), asked=view.chosen)


def _moved(view: View, step: int, addresses: Sequence[str]) -> str | None:
    if not addresses:
        return None
    if view.chosen not in addresses:
        return addresses[0 if step > 0 else -1]
    at = addresses.index(view.chosen) + step
    return addresses[max(0, min(at, len(addresses) - 1))]


def _after_escape(typed: str, at: int) -> int:
    """Return where the sequence that begins at *at* ends."""
    at += 1
    if typed[at : at + 1] not in ("[", "O"):
        return at
    at += 1
    while at < len(typed) and not typed[at].isalpha() and typed[at] != "~":
        at += 1
    return at + 1
