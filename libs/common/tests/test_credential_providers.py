"""Credentials that change while they are in use."""

from __future__ import annotations

import errno
import logging
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cloudpickle  # pyright: ignore[reportMissingTypeStubs]
import pytest
import trustme

from wool_common.channels import server_credentials
from wool_common.credentials import CredentialsLike, WorkerCredentials
from wool_common.providers import WorkerCredentialsProvider, follow, packed, unpacked

FILES = ("ca.pem", "key.pem", "cert.pem")
CA = trustme.CA()


def issued(name: str = "worker.example", *, ended: datetime | None = None) -> WorkerCredentials:
    began = None if ended is None else ended - timedelta(days=1)
    leaf = CA.issue_cert(name, not_before=began, not_after=ended)
    chain = b"".join(pem.bytes() for pem in leaf.cert_chain_pems)
    return WorkerCredentials(CA.cert_pem.bytes(), leaf.private_key_pem.bytes(), chain)


FIRST, SECOND = issued(), issued()


def write(credentials: WorkerCredentials, *names: str) -> None:
    """Write the files called *names*, or all, anew."""
    contents = (credentials.ca_cert, credentials.worker_key, credentials.worker_cert)
    for name, content in zip(FILES, contents, strict=True):
        if not names or name in names:
            Path(f"{name}.new").write_bytes(content)
            Path(f"{name}.new").replace(name)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a directory with an authority, a key and its certificate."""
    monkeypatch.chdir(tmp_path)
    write(FIRST)
    return tmp_path


def test_files_are_read_again_when_they_change() -> None:
    """Whoever asks after a rotation gets what is there now."""
    provider = WorkerCredentialsProvider.from_files(*FILES)
    assert provider.current() == FIRST

    write(SECOND)

    assert provider.current() == SECOND
    assert provider.current() is provider.current()


def test_what_the_files_do_not_say_is_kept() -> None:
    """Mutual and identity are those that were given."""
    provider = WorkerCredentialsProvider.from_files(*FILES, mutual=False, identity="wool-worker")

    write(SECOND)

    assert provider.current().mutual is False
    assert provider.current().identity == "wool-worker"


def test_paths_are_those_of_the_directory_it_was_made_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program may change its directory."""
    provider = WorkerCredentialsProvider.from_files(*FILES)
    write(SECOND)

    monkeypatch.chdir("/")

    assert provider.current() == SECOND


def test_links_to_a_directory_that_is_exchanged_are_followed(folder: Path) -> None:
    """Container platforms rotate in this way what they mount."""
    for number, credentials in enumerate((FIRST, SECOND)):
        (folder / f"v{number}").mkdir()
        write(credentials)
        for name in FILES:
            Path(name).rename(folder / f"v{number}" / name)
    Path("now").symlink_to("v0")
    ca, key, cert = (f"now/{name}" for name in FILES)
    provider = WorkerCredentialsProvider.from_files(ca, key, cert)
    assert provider.current() == FIRST

    Path("then").symlink_to("v1")
    Path("then").rename("now")

    assert provider.current() == SECOND


def remove_key() -> None:
    Path("key.pem").unlink()


def cut_certificate() -> None:
    Path("cert.pem").write_bytes(SECOND.worker_cert[:200])


def empty_authority() -> None:
    Path("ca.pem").write_bytes(b"")


def bring_certificate_alone() -> None:
    write(SECOND, "cert.pem")


def bring_expired() -> None:
    write(issued(ended=datetime(2021, 1, 1, tzinfo=UTC)))


def bring_future() -> None:
    write(issued(ended=datetime(2999, 1, 2, tzinfo=UTC)))


UNUSABLE = [
    (remove_key, "key_path cannot be read: No such file or directory"),
    (cut_certificate, "cert.pem holds no certificate in PEM form"),
    (empty_authority, "ca.pem holds no certificate in PEM form"),
    (bring_certificate_alone, "key.pem holds a key that does not belong to"),
    (bring_expired, "cert.pem holds a certificate that has expired on 2021-01-01 00:00 UTC"),
    (bring_future, "cert.pem holds a certificate that is not valid before 2999-01-01 00:00 UTC"),
]


@pytest.mark.parametrize(("change", "words"), UNUSABLE)
def test_what_cannot_be_used_is_not(
    caplog: pytest.LogCaptureFixture, change: Callable[[], None], words: str
) -> None:
    """The last good credentials stay, the log tells once, and a later change is taken."""
    provider = WorkerCredentialsProvider.from_files(*FILES)
    provider.current()

    change()

    with caplog.at_level(logging.WARNING, "wool"):
        assert [provider.current() for _ in range(5)] == [FIRST] * 5
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("the former credentials stay in use: ")
    assert words in caplog.messages[0]
    write(SECOND)
    assert provider.current() == SECOND


def test_each_failed_change_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Once it has worked again, the same fault is news."""
    provider = WorkerCredentialsProvider.from_files(*FILES)

    for credentials in (FIRST, SECOND):
        cut_certificate()
        provider.current()
        write(credentials)
        provider.current()

    assert len(caplog.messages) == 2


def test_what_becomes_usable_by_itself_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    """Files that hold nothing useful are looked at again, though they do not change."""
    found: list[WorkerCredentials | OSError] = [OSError(errno.EIO, "disk"), SECOND]

    class Disk:
        def sign(self) -> object:
            return "always the same"

        def read(self) -> WorkerCredentials:
            content = found.pop(0)
            if isinstance(content, OSError):
                raise content
            return content

    moments = iter([0.0, 0.9, 1.0])
    provider = follow(Disk(), FIRST, lambda: next(moments))

    assert [provider.current() for _ in range(4)] == [FIRST, FIRST, SECOND, SECOND]
    assert len(caplog.messages) == 1


def test_wrong_files_are_told_at_once() -> None:
    """The first credentials must be good."""
    cut_certificate()

    with pytest.raises(ValueError, match=r"^cert_path: cert\.pem holds no certificate"):
        WorkerCredentialsProvider.from_files(*FILES)


def test_a_factory_is_asked_again() -> None:
    """Credentials from anywhere else come from a function."""
    made = [FIRST, SECOND]
    provider = WorkerCredentialsProvider(lambda: made.pop(0), fresh_for=0)

    assert provider.current() == SECOND


def test_a_factory_is_left_alone_while_fresh() -> None:
    """Many connections at one time ask once."""
    made = [FIRST, SECOND]
    provider = WorkerCredentialsProvider(lambda: made.pop(0), fresh_for=timedelta(days=10_000))

    assert [provider.current() for _ in range(3)] == [FIRST] * 3


def test_a_factory_that_fails_leaves_the_former(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever it raises is told once."""
    made = [FIRST]
    provider = WorkerCredentialsProvider(made.pop, fresh_for=0)

    assert [provider.current() for _ in range(3)] == [FIRST] * 3
    assert caplog.messages == ["the former credentials stay in use: pop from empty list"]


@pytest.mark.parametrize(
    ("factory", "fresh_for", "kind", "line"),
    [
        (FIRST, 1, TypeError, "factory must be callable, not WorkerCredentials"),
        (
            lambda: "secret",
            1,
            TypeError,
            "factory must return WorkerCredentials, and at once, not str",
        ),
        (
            lambda: FIRST,
            -1,
            ValueError,
            "fresh_for must be a number of seconds, 0 or more, not -1",
        ),
        (
            lambda: FIRST,
            "1",
            ValueError,
            "fresh_for must be a number of seconds, 0 or more, not '1'",
        ),
    ],
)
def test_wrong_argument_of_a_provider_is_named(
    factory: object, fresh_for: object, kind: type[Exception], line: str
) -> None:
    """The text says which argument, and shows no secret."""
    with pytest.raises(kind) as caught:
        WorkerCredentialsProvider(factory, fresh_for=fresh_for)  # pyright: ignore[reportArgumentType]

    assert str(caught.value) == line


def test_a_worker_follows_the_files_itself() -> None:
    """Paths cross the private link, with what was last found there."""
    provider = WorkerCredentialsProvider.from_files(*FILES, identity="wool-worker")
    cut_certificate()

    theirs = unpacked(packed(provider))

    assert theirs.current() == provider.current()
    write(SECOND)
    assert theirs.current().worker_cert == SECOND.worker_cert
    assert theirs.current().identity == "wool-worker"


class Own:
    """A provider as users write one."""

    def current(self) -> WorkerCredentials:
        return FIRST


@pytest.mark.parametrize(
    "credentials",
    [FIRST, WorkerCredentialsProvider(lambda: FIRST), Own()],
    ids=["plain", "", "own"],
)
def test_a_worker_gets_a_copy_of_others(credentials: CredentialsLike) -> None:
    """What only lives in the parent is sent as it is now."""
    assert unpacked(packed(credentials)) == FIRST


@pytest.mark.parametrize("library", [pickle, cloudpickle])
def test_providers_are_not_pickled_along(library: object) -> None:
    """Values that cross to workers lead to no private key."""
    provider = WorkerCredentialsProvider.from_files(*FILES)

    with pytest.raises(TypeError, match="is not sent to workers"):
        library.dumps({"deep": [provider]})  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def test_nothing_secret_of_a_provider_is_shown() -> None:
    """Logs and tracebacks show paths at most."""
    shown = repr(WorkerCredentialsProvider.from_files(*FILES))

    assert "key.pem" in shown
    assert "PRIVATE" not in shown


@pytest.mark.parametrize("credentials", [FIRST, WorkerCredentialsProvider(lambda: FIRST), Own()])
def test_grpc_takes_whatever_provides(credentials: CredentialsLike) -> None:
    """A server listens with credentials or with a provider of them."""
    assert server_credentials(credentials) is not None
