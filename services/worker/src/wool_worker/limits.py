"""Weigh what clients send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from wool_common.errors import RpcError
from wool_common.frames import Payload, Send, Throw
from wool_common.pickling.inbound import Inbound
from wool_worker.verdicts import Verdict, too_large


@dataclass(frozen=True, slots=True)
class ValueLimit:
    """The most bytes that a pickled value may have; None is no limit."""

    most: int | None = None

    def verdict(self, what: str, payload: Payload) -> Verdict | None:
        """Return what is said of *payload*, as in `too_large`; None where it is small enough."""
        if self.most is None:
            return None
        size = len(payload) if isinstance(payload, bytes) else payload.size
        return None if size <= self.most else too_large(what, size, self.most)


NO_LIMIT: Final = ValueLimit()


def spoilt(frame: Send | Throw, verdict: Verdict, address: str) -> Send | Throw:
    """Return *frame* with a value that raises *verdict* where it is opened."""
    sent: Payload = frame[1]
    value = sent if isinstance(sent, Inbound) else Inbound(())
    value.fail(RpcError(verdict.code, verdict.details, address=address))
    return type(frame)(frame.task, value)
