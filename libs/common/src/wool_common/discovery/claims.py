"""Remember which worker is reached where."""

from __future__ import annotations

from wool_common.discovery.following import Board
from wool_common.metadata import WorkerId, WorkerMetadata


class Claims:
    """
    Who has answered at which address, told to a *board*.

    One worker may be reached at several addresses, as where a name has IPv4 and IPv6 ones:
    it is one member, at the first of them for as long as that leads to it.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._answers: dict[str, WorkerMetadata] = {}
        self._reached: dict[WorkerId, dict[str, WorkerMetadata]] = {}

    def at(self, address: str) -> WorkerMetadata | None:
        """Return who is reached at *address*, None where nobody is."""
        return self._answers.get(address)

    def claim(self, worker: WorkerMetadata) -> None:
        """Note that *worker* has answered at its address."""
        known = self._answers.get(worker.address)
        if known is not None and known.uid != worker.uid:
            self.withdraw(worker.address)
        self._answers[worker.address] = worker
        self._reached.setdefault(worker.uid, {})[worker.address] = worker
        self._settle(worker.uid)

    def withdraw(self, address: str) -> None:
        """Note that nobody is reached at *address* any more."""
        worker = self._answers.pop(address, None)
        if worker is not None:
            del self._reached[worker.uid][address]
            self._settle(worker.uid)

    def _settle(self, uid: WorkerId) -> None:
        reached = self._reached[uid]
        if not reached:
            del self._reached[uid]
            self._board.drop(uid)
            return
        shown = self._board.get(uid)
        address = shown.address if shown and shown.address in reached else next(iter(reached))
        self._board.put(reached[address])
