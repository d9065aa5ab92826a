"""Advice is given in what can be typed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import trustme

from wool.cli.by_flags import FLAGS, by_flags
from wool.cli.roster import shortened
from wool_common.credentials import WorkerCredentials
from wool_common.errors import RpcError, StatusCode
from wool_common.handshake import CERTIFICATES, handshake_problem

CLOSED = (
    "failed to connect to all addresses; last error: UNAVAILABLE: ipv4:10.0.0.7:1: Socket closed"
)
MISNAMED = "failed to connect to all addresses; last error: Peer name a is not in peer certificate"
PYTHON = re.compile(r"credentials[= ]|\w+=|\(\.\.\.\)")


@pytest.fixture(scope="module")
def shown() -> WorkerCredentials:
    """Be credentials without an identity."""
    authority = trustme.CA()
    issued = authority.issue_cert("a")
    cert, key = issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes()
    return WorkerCredentials(authority.cert_pem.bytes(), key, cert)


def problems(shown: WorkerCredentials) -> list[str]:
    """Return what may be said of TLS to somebody with the options of the command."""
    named = replace(shown, identity="wool-worker")
    told = [
        handshake_problem(CLOSED, "10.0.0.7:1", None),
        handshake_problem(CLOSED, "10.0.0.7:1", shown),
        handshake_problem(MISNAMED, "10.0.0.7:1", shown),
        handshake_problem(MISNAMED, "unix:/w", shown),
        handshake_problem(MISNAMED, "unix:/w", named),
        *(
            handshake_problem(f"failed to connect: {sign}", "w:1", shown)
            for sign, _ in CERTIFICATES
        ),
    ]
    return [text for text in told if text is not None]


def test_no_advice_speaks_of_python(shown: WorkerCredentials) -> None:
    """Whoever types commands is told of flags."""
    for problem in problems(shown):
        exc = RpcError(StatusCode.UNAVAILABLE, problem, address="10.0.0.7:1")

        assert PYTHON.search(shortened(exc, 3.0)) is None, problem


def test_every_word_that_is_put_otherwise_is_still_said(shown: WorkerCredentials) -> None:
    """What the library says of TLS is what is looked for."""
    said = "\n".join(problems(shown))

    assert [words for words in FLAGS if words not in said] == []
    assert by_flags("the name is not known") == "the name is not known"
