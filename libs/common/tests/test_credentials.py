"""Certificates and keys, from files and in memory."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cloudpickle  # pyright: ignore[reportMissingTypeStubs]
import grpc
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from wool_common.certificates import first_name
from wool_common.credentials import WorkerCredentials

CA = trustme.CA()
LEAF = CA.issue_cert("worker.example")
OTHER = CA.issue_cert("other.example")
RSA = CA.issue_cert("rsa.example", key_type=trustme.KeyType.RSA)
AUTHORITY = CA.cert_pem.bytes()
KEY = LEAF.private_key_pem.bytes()
CERT = LEAF.cert_chain_pems[0].bytes()

ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
OLD_ENCRYPTED = (
    b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n"
    b"AAAA\n-----END RSA PRIVATE KEY-----\n"
)
BROKEN_KEY = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
BROKEN = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
PASSPHRASE = (
    "holds a key that is protected by a passphrase, which nobody could be asked for:"
    " `openssl pkey -in KEY -out PLAIN` takes it off"
)
SWAPPED = "are two of them swapped?"

FILES = ("ca.pem", "key.pem", "cert.pem")
DATES = ("not_before", "not_after")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a directory with an authority, a key and its certificate."""
    monkeypatch.chdir(tmp_path)
    for name, content in zip(FILES, (AUTHORITY, KEY, CERT), strict=True):
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize("path", [str, Path])
def test_files_are_read(path: Callable[[str], str | Path]) -> None:
    """Three files in PEM form make credentials that are mutual."""
    ca, key, cert = map(path, FILES)

    read = WorkerCredentials.from_files(ca, key, cert)

    assert read == WorkerCredentials(AUTHORITY, KEY, CERT)
    assert read.mutual


def test_keywords_are_those_of_the_documentation() -> None:
    """The names of the arguments are part of the interface."""
    read = WorkerCredentials.from_files(
        ca_path="ca.pem", key_path="key.pem", cert_path="cert.pem", mutual=False
    )

    assert read == WorkerCredentials(
        ca_cert=AUTHORITY, worker_key=KEY, worker_cert=CERT, mutual=False
    )


def test_text_around_certificates_is_no_matter(folder: Path) -> None:
    """Tools write what a certificate says above it, in any language."""
    (folder / "cert.pem").write_bytes("Gültig: ja\n".encode() + CERT + AUTHORITY)

    assert WorkerCredentials.from_files(*FILES).name == "worker.example"


WRONG_FILES = [
    ("ca.pem", b"", "ca_path: ca.pem holds no certificate in PEM form"),
    ("ca.pem", KEY, f"ca_path: ca.pem holds no certificate but a private key: {SWAPPED}"),
    ("ca.pem", BROKEN, "ca_path: ca.pem holds a certificate that cannot be read"),
    ("ca.pem", AUTHORITY + BROKEN, "ca_path: ca.pem holds a certificate that cannot be read"),
    ("key.pem", b"", "key_path: key.pem holds no private key in PEM form"),
    ("key.pem", CERT, f"key_path: key.pem holds no private key but a certificate: {SWAPPED}"),
    ("key.pem", ENCRYPTED, f"key_path: key.pem {PASSPHRASE}"),
    ("key.pem", OLD_ENCRYPTED, f"key_path: key.pem {PASSPHRASE}"),
    ("cert.pem", b"\x00\xff", "cert_path: cert.pem holds no certificate in PEM form"),
    ("cert.pem", CERT[:200], "cert_path: cert.pem holds no certificate in PEM form"),
    ("cert.pem", BROKEN, "cert_path: cert.pem holds a certificate that cannot be read"),
    *(
        (
            "key.pem",
            other.private_key_pem.bytes(),
            "key_path: key.pem holds a key that does not belong to cert.pem",
        )
        for other in (OTHER, RSA)
    ),
]


@pytest.mark.parametrize(("file", "content", "line"), WRONG_FILES)
def test_wrong_file_is_named(folder: Path, file: str, content: bytes, line: str) -> None:
    """The text says which argument, which file, and what is wrong with it."""
    (folder / file).write_bytes(content)

    with pytest.raises(ValueError, match=r".") as caught:
        WorkerCredentials.from_files(*FILES)

    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("began", "ended", "words"),
    [
        (2020, 2021, "has expired on 2021-01-01 00:00 UTC"),
        (1960, 1970, "has expired on 1970-01-01 00:00 UTC"),
        (2998, 2999, "is not valid before 2998-01-01 00:00 UTC; by this machine's clock it is "),
    ],
)
def test_certificates_out_of_date_are_refused(
    folder: Path, began: int, ended: int, words: str
) -> None:
    """Nobody would accept them, so that they are told where they are read."""
    dates = (datetime(year, 1, 1, tzinfo=UTC) for year in (began, ended))
    issued = CA.issue_cert("worker.example", **dict(zip(DATES, dates, strict=True)))
    (folder / "key.pem").write_bytes(issued.private_key_pem.bytes())
    (folder / "cert.pem").write_bytes(issued.cert_chain_pems[0].bytes())

    with pytest.raises(ValueError, match=r".") as caught:
        WorkerCredentials.from_files(*FILES)

    text = f"cert_path: cert.pem holds a certificate that {words}"
    assert str(caught.value).startswith(text)


def test_one_valid_authority_is_enough(folder: Path) -> None:
    """While authorities change, the file holds the old one and the new."""
    dates = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2021))
    old = CA.issue_cert("old", **dict(zip(DATES, dates, strict=True))).cert_chain_pems[0].bytes()
    (folder / "ca.pem").write_bytes(old + AUTHORITY)

    assert WorkerCredentials.from_files(*FILES).ca_cert == old + AUTHORITY
    (folder / "ca.pem").write_bytes(old)
    with pytest.raises(ValueError, match=r"^ca_path: ca\.pem holds a certificate that has expired"):
        WorkerCredentials.from_files(*FILES)


@pytest.mark.parametrize(
    ("identity", "address", "name"),
    [
        (None, "10.0.0.1:7", None),
        (None, "unix:/w", "worker.example"),
        ("wool-worker", "10.0.0.1:7", "wool-worker"),
        ("wool-worker", "unix:/w", "wool-worker"),
    ],
)
def test_identity_stands_for_what_is_dialled(
    identity: str | None, address: str, name: str | None
) -> None:
    """Where one is given, no address matters."""
    credentials = WorkerCredentials(AUTHORITY, KEY, CERT, identity=identity)

    assert credentials.expected_name(address) == name


def test_broken_key_is_named(folder: Path) -> None:
    """What looks like a key and is none is not taken for another one's."""
    (folder / "key.pem").write_bytes(BROKEN_KEY)

    with pytest.raises(ValueError, match=r"^key_path: key\.pem holds a key that cannot be read"):
        WorkerCredentials.from_files(*FILES)


@pytest.mark.parametrize(
    ("path", "kind", "line"),
    [
        ("none.pem", FileNotFoundError, "No such file or directory: 'none.pem'"),
        (".", IsADirectoryError, "Is a directory: '.'"),
        ("ca.pem/x", NotADirectoryError, "Not a directory: 'ca.pem/x'"),
    ],
)
@pytest.mark.parametrize("name", ["ca_path", "key_path", "cert_path"])
def test_unreadable_file_is_named(name: str, path: str, kind: type[OSError], line: str) -> None:
    """The error is the system's own kind, and says which argument it was."""
    paths = dict(zip(("ca_path", "key_path", "cert_path"), FILES, strict=True)) | {name: path}

    with pytest.raises(kind) as caught:
        WorkerCredentials.from_files(**paths)  # pyright: ignore[reportArgumentType]

    assert str(caught.value).endswith(f"{name} cannot be read: {line}")
    assert caught.value.filename == path


@pytest.mark.parametrize("name", ["ca_path", "key_path", "cert_path"])
def test_what_is_no_path_is_named(name: str) -> None:
    """A number is no path, though it could be opened."""
    paths = dict(zip(("ca_path", "key_path", "cert_path"), FILES, strict=True))

    with pytest.raises(TypeError, match=rf"^{name} must be a path, not 7$"):
        WorkerCredentials.from_files(**{**paths, name: 7})  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("told", "kind", "line"),
    [
        ({"ca_cert": "secret"}, TypeError, "ca_cert must be bytes in PEM form, not str"),
        ({"worker_key": "secret"}, TypeError, "worker_key must be bytes in PEM form, not str"),
        ({"worker_cert": None}, TypeError, "worker_cert must be bytes in PEM form, not NoneType"),
        ({"mutual": 1}, TypeError, "mutual must be True or False, not 1"),
        ({"identity": 1}, TypeError, "identity must be a name in certificates, not 1"),
        *(
            (
                {"identity": name},
                ValueError,
                f"identity must be a name as it stands in certificates, not {name!r}",
            )
            for name in ("", " ", "two words", "worker:7", "https://worker")
        ),
        ({"ca_cert": b"secret"}, ValueError, "ca_cert holds no certificate in PEM form"),
        ({"worker_key": b"secret"}, ValueError, "worker_key holds no private key in PEM form"),
        (
            {"worker_cert": BROKEN},
            ValueError,
            "worker_cert holds a certificate that cannot be read",
        ),
    ],
)
def test_wrong_argument_is_named(told: dict[str, object], kind: type[Exception], line: str) -> None:
    """What is given in memory is checked too, and never shown."""
    arguments: dict[str, object] = {"ca_cert": AUTHORITY, "worker_key": KEY, "worker_cert": CERT}

    with pytest.raises(kind) as caught:
        WorkerCredentials(**{**arguments, **told})  # pyright: ignore[reportArgumentType]

    assert str(caught.value) == line


@pytest.mark.parametrize("mutual", [True, False])
def test_nothing_secret_is_shown(mutual: bool) -> None:
    """Logs and tracebacks show neither the key nor the certificates."""
    assert repr(WorkerCredentials(AUTHORITY, KEY, CERT, mutual)) == (
        f"WorkerCredentials(mutual={mutual}, identity=None)"
    )


@pytest.mark.parametrize("library", [pickle, cloudpickle])
def test_keys_are_not_pickled_along(library: Any) -> None:
    """Values that cross to workers carry no private key."""
    with pytest.raises(TypeError, match="hold a private key"):
        library.dumps({"deep": [WorkerCredentials(AUTHORITY, KEY, CERT)]})


@pytest.mark.parametrize("mutual", [True, False])
def test_the_private_link_carries_all(mutual: bool) -> None:
    """What a parent packs, its local worker unpacks."""
    credentials = WorkerCredentials(AUTHORITY, KEY, CERT, mutual, "wool-worker")

    assert WorkerCredentials.unpacked(credentials.packed()) == credentials


@pytest.mark.parametrize("mutual", [True, False])
def test_grpc_takes_both_halves(mutual: bool) -> None:
    """Both sides of a connection are made of the same credentials."""
    credentials = WorkerCredentials(AUTHORITY, KEY, CERT, mutual)

    assert isinstance(credentials.server_credentials(), grpc.ServerCredentials)
    assert isinstance(credentials.client_credentials(), grpc.ChannelCredentials)


def test_credentials_do_not_change() -> None:
    """They are values: frozen, equal where they hold the same, fit for sets."""
    credentials = WorkerCredentials(AUTHORITY, KEY, CERT)

    with pytest.raises(AttributeError):
        credentials.mutual = False  # pyright: ignore[reportAttributeAccessIssue]
    assert len({credentials, WorkerCredentials(AUTHORITY, KEY, CERT)}) == 1


@pytest.mark.parametrize(
    ("names", "common", "name"),
    [
        (("b.example", "a.example"), None, "b.example"),
        (("127.0.0.1", "b.example"), None, "b.example"),
        (("127.0.0.1", "::1"), None, "127.0.0.1"),
        (("::1",), "old", "::1"),
        (("*.example",), None, "*.example"),
        (("ex\xe4mple.org",), None, "xn--exmple-cua.org"),
        (("a@b.example", "c.example"), None, "c.example"),
        (("a@b.example",), "old", None),
        ((), "old", "old"),
        ((), None, None),
        (tuple(f"{n}.example" for n in range(100)), None, "0.example"),
    ],
)
def test_first_name_is_what_a_peer_may_look_for(
    names: tuple[str, ...], common: str | None, name: str | None
) -> None:
    """DNS names come before addresses; a common name counts where there is nothing else."""
    issued = CA.issue_cert(*names, common_name=common) if names or common else None
    pem = CA.cert_pem if issued is None else issued.cert_chain_pems[0]

    assert first_name(pem.bytes()) == name


@given(st.data())
def test_damaged_certificates_are_told(data: st.DataObject) -> None:
    """Whatever is wrong within, it is a ValueError."""
    lines = CERT.splitlines(keepends=True)
    text = b"".join(lines[1:-1])
    at = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:at] + data.draw(st.binary(max_size=8)) + text[at + 1 :]

    try:
        first_name(lines[0] + damaged + lines[-1])
    except ValueError as exc:
        assert "certificate" in str(exc)  # noqa: PT017  most damage goes unnoticed here
