"""A module beside a script."""

from __future__ import annotations

from dataclasses import dataclass

import wool


@dataclass
class Price:
    amount: int


class HelperError(Exception):
    """An error of a module beside the script."""


@wool.routine
async def doubled(price: Price) -> Price:
    if price.amount < 0:
        raise HelperError(f"{price.amount} is negative")
    return Price(price.amount * 2)


def plain(amount: int) -> int:
    return amount + 1
