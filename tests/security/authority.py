"""An authority that issues certificates for a test."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import trustme

import wool

NAME = "worker.example"


class Authority:
    """Issues certificates; those of another authority are strangers to it."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    @property
    def pem(self) -> bytes:
        """Its own certificate."""
        return self._ca.cert_pem.bytes()

    def issue(
        self,
        *names: str,
        mutual: bool = True,
        expired: bool = False,
        future: bool = False,
        trusts: Authority | None = None,
    ) -> wool.WorkerCredentials:
        """Return credentials for *names*; they accept the certificates of *trusts*, or its own."""
        ended = datetime(2021 if expired else 2999, 1, 1, tzinfo=UTC)
        began = datetime(2998 if future else 2020, 1, 1, tzinfo=UTC)
        issued = self._ca.issue_cert(*(names or (NAME,)), not_before=began, not_after=ended)
        chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
        authority = (trusts or self).pem
        return wool.WorkerCredentials(authority, issued.private_key_pem.bytes(), chain, mutual)


def write(credentials: wool.WorkerCredentials, folder: Path) -> tuple[str, ...]:
    """Write *credentials* into *folder*, as is proper; return the flags that name the files."""
    contents = {
        "--ca": credentials.ca_cert,
        "--key": credentials.worker_key,
        "--cert": credentials.worker_cert,
    }
    flags: list[str] = []
    for flag, content in contents.items():
        file = folder / f"{flag.removeprefix('--')}.pem"
        file.with_suffix(".new").write_bytes(content)
        file.with_suffix(".new").replace(file)
        flags += [flag, str(file)]
    return tuple(flags)
