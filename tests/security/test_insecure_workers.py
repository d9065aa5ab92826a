"""Workers that would answer everybody on a network are warned of."""

from __future__ import annotations

import warnings

import pytest
from authority import Authority

import wool

REACHED = "anyone who reaches 0.0.0.0 can run code in this worker: "


@pytest.mark.parametrize("mutual", [None, False])
def test_who_answers_everybody_is_warned_of(ours: Authority, mutual: bool | None) -> None:
    """Neither no TLS nor one-way TLS keeps strangers out; the warning says what does."""
    credentials = None if mutual is None else ours.issue(mutual=mutual)

    with pytest.warns(wool.InsecureWorkerWarning) as caught:
        wool.LocalWorker(host="0.0.0.0", credentials=credentials)

    remedy = (
        "give credentials=WorkerCredentials.from_files(...)"
        if credentials is None
        else "have clients show a certificate too (mutual=True)"
    )
    assert [str(w.message) for w in caught] == [f"{REACHED}{remedy}, or leave host out"]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("host", [None, "127.0.0.1", "::1", "localhost"])
@pytest.mark.parametrize("mutual", [None, False, True])
def test_private_workers_are_not(ours: Authority, host: str | None, mutual: bool | None) -> None:
    """Only this machine can reach them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        wool.LocalWorker(host=host, credentials=None if mutual is None else ours.issue())


def test_mutual_tls_needs_no_warning(ours: Authority) -> None:
    """Strangers are turned away."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        wool.LocalWorker(host="0.0.0.0", credentials=ours.issue())
