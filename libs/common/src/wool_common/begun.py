"""A coroutine whose first step has been taken already."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any


class Begun:
    """
    A coroutine whose first step is taken at once, and the rest by whoever awaits it.

    What the first step raises is raised to whoever awaits.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._coroutine = coroutine
        self._waits_for: object = None
        self._error: BaseException | None = None
        self._over = False
        try:
            self._waits_for = coroutine.send(None)
        except StopIteration:
            self._over = True
        except BaseException as exc:  # noqa: BLE001 - kept for whoever awaits
            self._over, self._error = True, exc

    def __await__(self) -> Generator[object, Any, None]:
        if self._error is not None:
            raise self._error
        if self._over:
            return
        waits_for, sent = self._waits_for, None
        while True:
            try:
                sent = yield waits_for
            except BaseException as exc:  # noqa: BLE001 - a cancellation is the coroutine's to see
                step = lambda exc=exc: self._coroutine.throw(exc)  # noqa: E731
            else:
                step = lambda sent=sent: self._coroutine.send(sent)  # noqa: E731
            try:
                waits_for = step()
            except StopIteration:
                return
