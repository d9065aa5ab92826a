"""What is said of a task that may not start on this worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from wool_common.backpressure import Refusal
from wool_common.errors import StatusCode

LONGEST_WORDS: Final = 1000
"""Characters of what a failed hook may have said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a task may not start here."""

    code: StatusCode
    reason: str
    details: str
    retry_after: float | None = None


DRAINING: Final = Verdict(
    code=StatusCode.UNAVAILABLE, reason="draining", details="the worker takes no new tasks"
)
WITHDRAWN: Final = Verdict(
    code=StatusCode.UNAVAILABLE,
    reason="cancelled",
    details="the task was cancelled before the worker's backpressure hook had answered",
)


def answered(answer: object) -> Verdict | None:
    """
    Return what a hook's *answer* means for the task, None where it may start.

    Raises:
        TypeError: the answer is neither True nor False nor a `Refusal`.
        ValueError: it is a `Refusal` that cannot be sent.
    """
    if isinstance(answer, Refusal):
        said = Refusal(answer.reason, answer.retry_after)  # checked, whatever its class does
        reason = _sendable(said.reason)
        return Verdict(
            code=StatusCode.RESOURCE_EXHAUSTED,
            reason=reason,
            details=f"the worker refused the task: {reason}",
            retry_after=said.retry_after,
        )
    if answer is not None and not hasattr(answer, "__bool__"):
        raise TypeError(f"a hook answers True, False or a Refusal, not {answer!r}")
    if not answer:
        return None
    return Verdict(
        code=StatusCode.RESOURCE_EXHAUSTED,
        reason="backpressure",
        details="the worker's backpressure hook refused the task",
    )


def broken(exc: BaseException) -> Verdict:
    """Return what is said where the hook has raised *exc*."""
    return Verdict(
        code=StatusCode.INTERNAL,
        reason="hook-failed",
        details=_sendable(f"the worker's backpressure hook raised {type(exc).__name__}: {exc}"),
    )


def silent(seconds: float) -> Verdict:
    """Return what is said where the hook was asked and has not answered."""
    return Verdict(
        code=StatusCode.INTERNAL,
        reason="hook-timeout",
        details=f"the worker's backpressure hook did not answer within {seconds:g} s",
    )


def unasked(seconds: float) -> Verdict:
    """Return what is said where the hook was busy with other tasks all the time."""
    return Verdict(
        code=StatusCode.RESOURCE_EXHAUSTED,
        reason="hook-busy",
        details=f"the worker's backpressure hook was busy with other tasks for {seconds:g} s",
    )


def too_large(what: str, size: int, limit: int) -> Verdict:
    """Return what is said of too large a value; *what* is subject and verb: `the routine has`."""
    return Verdict(
        code=StatusCode.INVALID_ARGUMENT,
        reason="too-large",
        details=f"{what} {size} bytes, and this worker takes at most {limit}",
    )


def _sendable(text: str) -> str:
    """Return *text* without what cannot be encoded, and not longer than anybody reads."""
    short = text if len(text) <= LONGEST_WORDS else f"{text[:LONGEST_WORDS]}…"
    return short.encode(errors="backslashreplace").decode()
