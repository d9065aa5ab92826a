"""Say in plain words what gRPC says of a connection that fails."""

from __future__ import annotations

import re
from typing import Final

UNCONNECTED: Final = re.compile(
    r"(?:[A-Z_]+: )?failed to connect to all addresses; last error: [A-Z_]+: (?:\S+: )?"
    r"(?:Failed to connect to remote host: )?(?:connect: )?(?:connect failed: addr: \S+ error: )?"
    r"(?P<cause>.+?)(?: \(\d+\))?(?=\); |$)"
)
"""What an operating system says, and what gRPC puts around it; text of ours may follow."""

UNKNOWN: Final = re.compile(r"(?:[A-Z_]+: )?errors resolving \S+: \[.*?(?P<cause>[^:\]]+)\]")
ANOTHER: Final = "failed parsing http/2"
CUT: Final = re.compile(r"(?:[A-Z_]+: )?Stream removed \([^()]*(?:\([^()]*\)[^()]*)*\)")


def plainly(text: str) -> str:
    """Return *text*, in which gRPC's words for what happens every day are put plainly."""
    text = CUT.sub("the connection was lost", text)
    return UNKNOWN.sub(_cause, UNCONNECTED.sub(_cause, text))


def _cause(found: re.Match[str]) -> str:
    cause = found["cause"].strip().lower()
    return "what answers there does not speak gRPC" if cause.startswith(ANOTHER) else cause
