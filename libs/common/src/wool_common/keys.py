"""Tell whether a private key is that of a certificate."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import BinaryIO, Final

MISMATCHES: Final = frozenset({"KEY_VALUES_MISMATCH", "NO_CERTIFICATE_ASSIGNED"})


def key_fault(key: bytes, certificate: bytes, owner: str) -> str | None:
    """
    Return why *key* will not do for *certificate*, which *owner* names; None where it will.

    Where the system offers no way to find out, that is None too.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        with _readable(key) as key_path, _readable(certificate) as certificate_path:
            context.load_cert_chain(certificate_path, key_path)
    except ssl.SSLError as exc:
        if exc.reason in MISMATCHES:
            return f"does not belong to {owner}"
        return f"cannot be read ({exc.reason or exc.strerror})"
    except OSError:
        return None
    return None


@contextmanager
def _readable(content: bytes) -> Generator[str]:
    """Have *content* at a path within a block: the library takes nothing else."""
    with _nameless() as file:
        file.write(content)
        file.seek(0)
        yield f"/dev/fd/{file.fileno()}"


def _nameless() -> BinaryIO:
    """Return a file that nobody else can open; in memory where the system has such."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("wool-key"), "w+b", buffering=0)
    import tempfile

    return tempfile.TemporaryFile(buffering=0)
