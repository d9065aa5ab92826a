"""Tell in plain words why TLS could not be agreed on."""

from __future__ import annotations

from typing import Final

from wool_common.certificates import outdated
from wool_common.credentials import CredentialsLike, WorkerCredentials

CONNECTING: Final = "failed to connect"
"""What gRPC says where not a word was exchanged yet."""

CLOSED: Final = ("Socket closed", "Connection reset", "Broken pipe")
"""What it adds where the other side hung up."""

MISNAMED: Final = ("Hostname Verification Check failed", "is not in peer certificate")
"""What it says of a certificate that does not name the worker."""

PLAIN: Final = "WRONG_VERSION_NUMBER"
"""What its TLS library says of a peer that answers something else."""

CERTIFICATES: Final = (
    (
        "certificate has expired",
        "the worker's certificate has expired, or that of its authority: issue another one",
    ),
    (
        "certificate is not yet valid",
        "the worker's certificate is not valid yet: compare the clocks of both machines",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "the worker's certificate is not of the authority that this side trusts: give both"
        " sides the same ca_path",
    ),
    (
        PLAIN,
        "the worker does not speak TLS, and this side has credentials: start it with --cert,"
        " --key and --ca, or leave the credentials out",
    ),
)
"""What the TLS library says, and what that means to somebody with credentials."""

NO_CREDENTIALS: Final = (
    "the worker hung up at once, as one does that speaks TLS, and this side has no"
    " credentials: give credentials=WorkerCredentials.from_files(...)"
)
TURNED_AWAY: Final = "the worker hung up during the TLS handshake"


def handshake_problem(
    details: str, address: str, credentials: CredentialsLike | None
) -> str | None:
    """Return what gRPC's *details* mean and what helps, None where they are not about TLS."""
    if CONNECTING not in details:
        return None
    if credentials is None:
        return NO_CREDENTIALS if _hung_up(details) else None
    shown = credentials.current()
    if any(sign in details for sign in MISNAMED):
        return f"the worker's certificate is not for {_expected(address, shown)}"
    for sign, words in CERTIFICATES:
        if sign in details:
            return words
    if _hung_up(details):
        return f"{TURNED_AWAY}: {_fault_of(shown)}"
    if "handshake failed" in details:
        return f"TLS could not be agreed on: {details}"
    return None


def _hung_up(details: str) -> bool:
    return any(sign in details for sign in CLOSED)


def _fault_of(shown: WorkerCredentials) -> str:
    """Return why a worker may not accept what this side has *shown*."""
    if not shown.mutual:
        return "it asks for a certificate, and with mutual=False this side shows none"
    if reason := outdated(shown.worker_cert):
        return f"this side's certificate {reason}: issue another one"
    return (
        "it does not accept this side's certificate, which may be of another authority than"
        " the worker's --ca: give both sides the same one"
    )


def _expected(address: str, shown: WorkerCredentials) -> str:
    """Return what the worker's certificate should have named, and what helps."""
    if shown.identity is not None:
        return f"{shown.identity}, the identity in this side's credentials"
    if not address.startswith("unix:"):
        host = address.rpartition(":")[0]
        return f"{host}: issue one that is, or give the credentials identity= a name it bears"
    if shown.name is None:
        return (
            f"{address}, and this side's own has no name to look for instead: give the"
            " credentials identity= a name it bears"
        )
    return (
        f"{shown.name}, the name in this side's own, which a worker on a Unix socket must have:"
        " give the credentials identity= a name it bears"
    )
