"""What gRPC says of failed handshakes, in plain words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from wool_common import handshake
from wool_common.credentials import WorkerCredentials
from wool_common.handshake import handshake_problem

CA = trustme.CA()
FAILED = "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:7: "
CLOSED = "failed to connect to all addresses; last error: UNAVAILABLE: unix:/w: Socket closed"
BEFORE = "Ssl handshake failed (TSI_PROTOCOL_FAILURE): SSL_ERROR_SSL: error:1000007d:SSL routines:"
VERIFY = BEFORE + "OPENSSL_internal:CERTIFICATE_VERIFY_FAILED: "


def credentials(*names: str) -> WorkerCredentials:
    issued = CA.issue_cert(*names)
    cert = issued.cert_chain_pems[0].bytes()
    return WorkerCredentials(CA.cert_pem.bytes(), issued.private_key_pem.bytes(), cert)


# As gRPC 1.76 and 1.85 say it.
SAID = [
    (FAILED + "Peer name a is not in peer certificate", "is not for 127.0.0.1"),
    (
        FAILED + "Custom verification check failed with error: UNAUTHENTICATED: Hostname"
        " Verification Check failed.",
        "is not for 127.0.0.1",
    ),
    (FAILED + VERIFY + "certificate has expired: OK", "has expired"),
    (FAILED + VERIFY + "certificate is not yet valid", "is not valid yet"),
    (FAILED + VERIFY + "unable to get local issuer certificate", "authority that this side"),
    (FAILED + VERIFY + "self signed certificate", "authority that this side"),
    (FAILED + BEFORE.replace("Ssl", "Tls") + "WRONG_VERSION_NUMBER", "does not speak TLS"),
    (FAILED + BEFORE + "UNSUPPORTED_PROTOCOL", "TLS could not be agreed on: "),
    (CLOSED, "does not accept this side's certificate, which may be of another authority"),
    (FAILED + "recvmsg:Connection reset by peer", "does not accept this side's certificate"),
]


@pytest.mark.parametrize(("details", "words"), SAID)
def test_failed_handshake_is_told_in_plain_words(details: str, words: str) -> None:
    """With credentials, each failure of TLS is told from the others."""
    told = handshake_problem(details, "127.0.0.1:7", credentials("a"))

    assert told is not None
    assert words in told


def test_hang_up_without_credentials_may_mean_tls() -> None:
    """A worker that speaks TLS hangs up on a client that does not."""
    assert handshake_problem(CLOSED, "unix:/w", None) == handshake.NO_CREDENTIALS


@pytest.mark.parametrize(
    "details",
    [
        "",
        "Socket closed",
        "the worker is draining",
        FAILED + "Connection refused",
        "failed to connect to all addresses; last error: UNKNOWN: unix:/w: No such file or directory",
    ],
)
@pytest.mark.parametrize("secure", [True, False])
def test_other_failures_are_not_blamed_on_tls(details: str, secure: bool) -> None:
    """A worker that is not there, or that goes away later, is another matter."""
    assert handshake_problem(details, "127.0.0.1:7", credentials("a") if secure else None) is None


@pytest.mark.parametrize(
    ("address", "names", "words"),
    [
        ("[::1]:7", ("a",), "is not for [::1]: issue one that is, or give the credentials"),
        ("worker.example:7", ("a",), "is not for worker.example: issue one that is"),
        ("unix:/w", ("a",), "is not for a, the name in this side's own, which"),
        ("unix:/w", ("a@b.c",), "is not for unix:/w, and this side's own has no name"),
    ],
)
def test_expected_name_is_told(address: str, names: tuple[str, ...], words: str) -> None:
    """The words say what the certificate should have named."""
    told = handshake_problem(SAID[0][0], address, credentials(*names))

    assert told is not None
    assert words in told


def test_identity_that_was_asked_for_is_told() -> None:
    """Where an identity is given, nothing else was looked for."""
    shown = replace(credentials("a"), identity="wool-worker")

    for address in ("unix:/w", "127.0.0.1:7"):
        told = handshake_problem(SAID[0][0], address, shown)

        assert told is not None
        assert told.endswith("is not for wool-worker, the identity in this side's credentials")


def test_own_fault_is_told_first() -> None:
    """What is wrong with one's own certificate is known before it is guessed."""
    one_way = replace(credentials("a"), mutual=False)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    ended = CA.issue_cert("a", not_before=long_ago, not_after=long_ago + timedelta(days=1))
    expired = WorkerCredentials(
        CA.cert_pem.bytes(), ended.private_key_pem.bytes(), ended.cert_chain_pems[0].bytes()
    )

    assert "with mutual=False this side shows none" in str(
        handshake_problem(CLOSED, "w:7", one_way)
    )
    assert "has expired on 2020-01-02" in str(handshake_problem(CLOSED, "w:7", expired))


def test_providers_are_asked_what_they_show() -> None:
    """The words are about the credentials of this moment."""

    class Own:
        def current(self) -> WorkerCredentials:
            return replace(credentials("a"), mutual=False)

    assert "mutual=False" in str(handshake_problem(CLOSED, "w:7", Own()))
