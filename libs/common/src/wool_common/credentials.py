"""What one side of a connection shows to the other, with what it accepts itself."""

from __future__ import annotations

import os
import pickle
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, Protocol, Self, runtime_checkable

from wool_common.certificates import all_outdated, blocks, first_name, outdated
from wool_common.keys import key_fault

if TYPE_CHECKING:
    import grpc

UNNAMEABLE: Final = frozenset("/:@,;'\"\\")
"""What no name in a certificate holds; the colon, so that a port is not taken for a part of it."""

KEY: Final = b"PRIVATE KEY-----"
CERTIFICATE: Final = b"BEGIN CERTIFICATE-----"


@runtime_checkable
class CredentialsLike(Protocol):
    """
    What can be given as *credentials*: `WorkerCredentials`, or what provides them.

    It is asked at each new connection, from any thread, and must not block.
    """

    def current(self) -> WorkerCredentials: ...


@dataclass(frozen=True, slots=True)
class WorkerCredentials:
    """
    What workers and their clients show to one another: a certificate, its key, an authority.

    All three are PEM. With *mutual* both sides show the certificate and accept only those
    of the authority; without, clients show nothing and still accept only such workers.
    *identity* is the name that every worker's certificate must bear; without one it must
    name what is dialled. Credentials hold a private key: they are never pickled along with
    values.

    Raises:
        TypeError, ValueError: an argument is not what it should be; the text names it.
    """

    ca_cert: bytes = field(repr=False)
    worker_key: bytes = field(repr=False)
    worker_cert: bytes = field(repr=False)
    mutual: bool = True
    identity: str | None = None

    def __post_init__(self) -> None:
        for name in ("ca_cert", "worker_key", "worker_cert"):
            value: object = getattr(self, name)
            if not isinstance(value, bytes):
                # Its type alone: the value may be a key.
                raise TypeError(f"{name} must be bytes in PEM form, not {type(value).__name__}")
        if not isinstance(self.mutual, bool):
            raise TypeError(f"mutual must be True or False, not {self.mutual!r}")
        _refuse_identity(self.identity)
        _checked("ca_cert", self.ca_cert, _refuse_certificates)
        _checked("worker_key", self.worker_key, _refuse_key)
        _checked("worker_cert", self.worker_cert, _refuse_certificates)
        if fault := key_fault(self.worker_key, self.worker_cert, "worker_cert"):
            raise ValueError(f"worker_key holds a key that {fault}")

    @classmethod
    def from_files(
        cls,
        ca_path: str | os.PathLike[str],
        key_path: str | os.PathLike[str],
        cert_path: str | os.PathLike[str],
        mutual: bool = True,
        identity: str | None = None,
    ) -> Self:
        """
        Return credentials from three PEM files, read once.

        Raises:
            OSError: a file cannot be read.
            TypeError: an argument is not what it should be.
            ValueError: a file does not hold what it should, the key is another one's, or a
                certificate has expired.
        """
        ca = _read("ca_path", ca_path, _refuse_authority)
        key = _read("key_path", key_path, _refuse_key)
        cert = _read("cert_path", cert_path, _refuse_own)
        if fault := key_fault(key, cert, os.fspath(cert_path)):
            raise ValueError(f"key_path: {os.fspath(key_path)} holds a key that {fault}")
        return cls(ca, key, cert, mutual, identity)

    def current(self) -> WorkerCredentials:
        """Return these credentials, as a provider returns what is to be used now."""
        return self

    def expected_name(self, address: str) -> str | None:
        """Return the name that the worker at *address* must bear; None: what is dialled."""
        if self.identity is not None:
            return self.identity
        return self.name if address.startswith("unix:") else None

    @property
    def name(self) -> str | None:
        """By which name, or address, the certificate can be recognised; None: by none."""
        return first_name(self.worker_cert)

    def server_credentials(self) -> grpc.ServerCredentials:
        """Return what a gRPC server needs; with *mutual* it turns strangers away."""
        import grpc

        pairs = [(self.worker_key, self.worker_cert)]
        if self.mutual:
            return grpc.ssl_server_credentials(pairs, self.ca_cert, require_client_auth=True)
        return grpc.ssl_server_credentials(pairs)

    def server_certificate_configuration(self) -> grpc.ServerCertificateConfiguration:
        """Return what a gRPC server that takes new certificates while it serves needs."""
        import grpc

        pairs = [(self.worker_key, self.worker_cert)]
        return grpc.ssl_server_certificate_configuration(
            pairs, self.ca_cert if self.mutual else None
        )

    def client_credentials(self) -> grpc.ChannelCredentials:
        """Return what a gRPC channel needs; without *mutual* it shows no certificate."""
        import grpc

        if self.mutual:
            return grpc.ssl_channel_credentials(self.ca_cert, self.worker_key, self.worker_cert)
        return grpc.ssl_channel_credentials(self.ca_cert)

    def packed(self) -> bytes:
        """Return these credentials, key included, for the private link to a local worker."""
        facts = (self.ca_cert, self.worker_key, self.worker_cert, self.mutual, self.identity)
        return pickle.dumps(facts)

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """Return what was *packed* at the other end of the link."""
        return cls(*pickle.loads(packed))

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "WorkerCredentials hold a private key and are not sent to workers; a worker has its own"
        )


def _read(name: str, path: str | os.PathLike[str], refuse: Callable[[bytes], None]) -> bytes:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"{name} must be a path, not {path!r}")
    try:
        content = Path(path).read_bytes()
    except OSError as exc:
        told = f"{name} cannot be read: {exc.strerror}"
        raise type(exc)(exc.errno, told, os.fspath(path)) from None
    _checked(f"{name}: {os.fspath(path)}", content, refuse)
    return content


def _checked(name: str, pem: bytes, refuse: Callable[[bytes], None]) -> None:
    try:
        refuse(pem)
    except ValueError as exc:
        raise ValueError(f"{name} {exc}") from None


def _refuse_certificates(pem: bytes) -> None:
    """Raise ValueError where *pem* is not one certificate or several."""
    if KEY in pem and CERTIFICATE not in pem:
        raise ValueError("holds no certificate but a private key: are two of them swapped?")
    first_name(pem)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=blocks(pem))
    except (ssl.SSLError, ValueError):
        raise ValueError("holds a certificate that cannot be read") from None


def _refuse_authority(pem: bytes) -> None:
    """Raise ValueError where nobody's certificate could be checked with *pem*."""
    _refuse_certificates(pem)
    if reason := all_outdated(pem):
        raise ValueError(f"holds a certificate that {reason}")


def _refuse_own(pem: bytes) -> None:
    """Raise ValueError where nobody would accept the first certificate in *pem*."""
    _refuse_certificates(pem)
    if reason := outdated(pem):
        raise ValueError(f"holds a certificate that {reason}")


def _refuse_identity(identity: object) -> None:
    if identity is None:
        return
    if not isinstance(identity, str):
        raise TypeError(f"identity must be a name in certificates, not {identity!r}")
    if not identity or any(c.isspace() or c in UNNAMEABLE for c in identity):
        raise ValueError(f"identity must be a name as it stands in certificates, not {identity!r}")


def _refuse_key(pem: bytes) -> None:
    """Raise ValueError where *pem* is no private key, or one that asks for a passphrase."""
    if KEY not in pem and CERTIFICATE in pem:
        raise ValueError("holds no private key but a certificate: are two of them swapped?")
    if KEY not in pem:
        raise ValueError("holds no private key in PEM form")
    if b"ENCRYPTED" in pem:
        raise ValueError(
            "holds a key that is protected by a passphrase, which nobody could be asked for:"
            " `openssl pkey -in KEY -out PLAIN` takes it off"
        )
