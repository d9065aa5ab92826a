"""Tell in plain words why TLS could not be agreed on."""

from __future__ import annotations

from typing import Final

from wool_common.credentials import WorkerCredentials

CONNECTING: Final = "failed to connect"
"""What gRPC says where not a word was exchanged yet."""

CLOSED: Final = ("Socket closed", "Connection reset", "Broken pipe")
"""What it adds where the other side hung up."""

CERTIFICATES: Final = (
    ("Hostname Verification Check failed", "the worker's certificate is not for {name}"),
    ("is not in peer certificate", "the worker's certificate is not for {name}"),
    ("certificate has expired", "the worker's certificate has expired"),
    ("certificate is not yet valid", "the worker's certificate is not valid yet"),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "the worker's certificate is not of the authority that this side trusts",
    ),
    ("WRONG_VERSION_NUMBER", "the worker does not speak TLS, and this side has credentials"),
)
"""What gRPC and its TLS library say, and what that means to somebody with credentials."""

TURNED_AWAY: Final = (
    "the worker hung up during the TLS handshake, as it does where it does not accept this"
    " side's certificate: another authority's, expired, or none"
)
NO_CREDENTIALS: Final = (
    "the worker hung up at once, as one does that speaks TLS, and this side has no credentials"
)


def handshake_problem(
    details: str, address: str, credentials: WorkerCredentials | None
) -> str | None:
    """Return what gRPC's *details* mean, None where they are not about TLS."""
    if CONNECTING not in details:
        return None
    if credentials is None:
        return NO_CREDENTIALS if _hung_up(details) else None
    for sign, words in CERTIFICATES:
        if sign in details:
            return words.format(name=_expected(address, credentials))
    if _hung_up(details):
        return TURNED_AWAY
    if "handshake failed" in details:
        return f"TLS could not be agreed on: {details}"
    return None


def _hung_up(details: str) -> bool:
    return any(sign in details for sign in CLOSED)


def _expected(address: str, credentials: WorkerCredentials) -> str:
    """Return what the worker's certificate should have named."""
    if address.startswith("unix:"):
        name = credentials.name
        if name is None:
            return f"{address}, and this side's own has no name to look for instead"
        return f"{name}, the name in this side's own, which a worker on a Unix socket must have"
    return address.rpartition(":")[0]
