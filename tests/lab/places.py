"""Know where the lab keeps what it needs."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final


def _place(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default).expanduser().resolve()


CACHE: Final = _place("WOOL_LAB_CACHE", Path("~/.cache/wool-lab"))
"""What is worth keeping: programs and root file systems."""

RUN: Final = _place("WOOL_LAB_DIR", CACHE / "run")
"""What lives from `up` to `down`."""

MARK: Final = f"WOOL_LAB_RUN={RUN}"
"""What stands in the environment of every process of the lab."""

CGROUP: Final = "wool-lab-" + hashlib.sha256(bytes(RUN)).hexdigest()[:8]
"""The control group below which all containers of the lab are."""

AUTHORITIES: Final = _place("SSL_CERT_FILE", Path("/etc/ssl/certs/ca-certificates.crt"))
"""Whom this machine trusts; containers on it have to trust the same."""


def key(*parts: str) -> str:
    """Return a short name for what is made from *parts*."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]
