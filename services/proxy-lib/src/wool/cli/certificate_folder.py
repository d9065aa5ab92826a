"""A directory that holds an authority and the certificates it has issued."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wool.cli.issuing import Authority, Pair, issued_by
from wool_common.certificates import outdated

AUTHORITY: Final = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which pairs a directory is to have; *names* are borne by each."""

    pairs: tuple[str, ...]
    names: tuple[str, ...]
    days: int
    force: bool = False
    if_missing: bool = False


class CertificateFolder:
    """A directory that holds an authority and the certificates it has issued."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def certificate(self, pair: str) -> Path:
        """Return where the certificate of *pair* is."""
        return self.path / f"{pair}.pem"

    def key(self, pair: str) -> Path:
        """Return where the key of *pair* is."""
        return self.path / f"{pair}-key.pem"

    def fill(self, request: Request) -> tuple[str, ...]:
        """
        Make what is missing; return what was made, the authority under `ca`.

        Raises:
            FileExistsError: a file is there that must not be replaced; nothing was made.
            ValueError: the authority that is there cannot issue anything.
        """
        renewed = not self._has_authority(request)
        due = self._due(request, renewed=renewed)
        if not due and not renewed:
            return ()
        self.path.mkdir(parents=True, exist_ok=True)
        authority = Authority.made() if renewed else self._authority()
        if renewed:
            self._write(AUTHORITY, authority.pair)
        for pair in due:
            self._write(pair, authority.issue(pair, request.names, request.days))
        return (AUTHORITY, *due) if renewed else tuple(due)

    def _has_authority(self, request: Request) -> bool:
        certificate = self.certificate(AUTHORITY)
        if not certificate.exists():
            self._refuse(AUTHORITY, request)
            return False
        if not (reason := outdated(certificate.read_bytes())):
            return True
        if request.force or request.if_missing:
            return False
        raise FileExistsError(f"{certificate} {reason}: --force makes everything anew")

    def _due(self, request: Request, *, renewed: bool) -> Sequence[str]:
        due: list[str] = []
        for pair in request.pairs:
            if request.if_missing and not renewed and self._is_good(pair):
                continue
            if not request.if_missing:
                self._refuse(pair, request)
            due.append(pair)
        return due

    def _refuse(self, pair: str, request: Request) -> None:
        """Raise FileExistsError where something of *pair* is there and would be lost."""
        for file in (self.certificate(pair), self.key(pair)):
            if file.exists() and not request.force:
                hint = (
                    "is there without its certificate: take it away, or give --force"
                    if pair == AUTHORITY
                    else "exists: --force makes it anew, --if-missing leaves it, --pair NAME makes"
                    " another one"
                )
                raise FileExistsError(f"{file} {hint}")

    def _is_good(self, pair: str) -> bool:
        certificate, key = self.certificate(pair), self.key(pair)
        if not (certificate.exists() and key.exists()):
            return False
        content = certificate.read_bytes()
        if not issued_by(content, self.certificate(AUTHORITY).read_bytes()):
            return False
        return outdated(content) is None

    def _authority(self) -> Authority:
        key = self.key(AUTHORITY)
        if not key.exists():
            raise ValueError(f"{key} is not there, and without it nothing can be issued")
        certificate = self.certificate(AUTHORITY)
        try:
            return Authority.read(Pair(certificate=certificate.read_bytes(), key=key.read_bytes()))
        except (ValueError, TypeError) as exc:
            raise ValueError(f"{certificate} and {key} cannot be used: {exc}") from exc

    def _write(self, pair: str, content: Pair) -> None:
        # Whoever follows the files takes them up once they go together.
        _replace(self.key(pair), content.key, 0o600)
        _replace(self.certificate(pair), content.certificate, 0o644)


def _replace(file: Path, content: bytes, mode: int) -> None:
    """Write *file* so that nobody ever sees half of it, nor a key with wider rights."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    new.replace(file)
