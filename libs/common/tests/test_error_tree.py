"""The one tree of errors."""

from __future__ import annotations

import inspect
import pickle
import re
from collections.abc import Iterator

import pytest

from wool_common import errors as e

DRAWN = re.compile(
    r"^(?P<indent>(?:│   |    |├── |└── )*)(?P<name>[A-Z]\w+)(?: \((?P<also>\w+)\))?"
)

SPECIMENS: list[BaseException] = [
    e.WoolError("something"),
    e.NoActivePool("no pool is open"),
    e.NoWorkersAvailable("nobody", [e.Attempt(worker="w", address="a:1", reason="busy")]),
    e.RpcError(e.StatusCode.INTERNAL, "broken", address="a:1"),
    e.TransientRpcError(e.StatusCode.UNAVAILABLE, "later", address="a:1"),
    e.HandshakeError(e.StatusCode.UNAVAILABLE, "TLS", address="a:1"),
    e.WorkerBusy(details="full", address="a:1", reason="backpressure", retry_after=1.5),
    e.WorkerLost("w", "a:1", "it was killed"),
    e.WorkerStartError("it died", returncode=3, output="Traceback"),
    e.VersionMismatch("3.11 and 3.12"),
    e.ProtocolViolation("Yielded is not allowed"),
    e.SerializationError("a lock", path="args[1]['lock']"),
    e.TaskException("ValueError", ["line one\n", "line two\n"], "task", "worker"),
    e.DiscoveryError("nobody answers"),
    e.DockerUnavailable("unix:///nowhere.sock", "no such file"),
    e.DockerRefused("unix:///nowhere.sock", "new container", 409, "the name is in use"),
    e.WoolWarning("beware"),
    e.InsecureWorkerWarning("anyone may call"),
    e.IneffectiveLeaseWarning("leave it out"),
    e.IneffectiveQuorumTimeoutWarning("leave it out"),
    e.LoopbackAdvertisementWarning("nobody else can call"),
]


def drawn() -> Iterator[tuple[str, str, str | None]]:
    """Yield each name of the drawing, the one it hangs on, and the foreign base it shows."""
    above: dict[int, str] = {-1: ""}
    for line in (e.__doc__ or "").splitlines():
        match = DRAWN.match(line.removeprefix("    "))
        if match is None or not line.startswith("    "):
            continue
        depth = len(match["indent"]) // 4
        above[depth] = match["name"]
        yield match["name"], above[depth - 1], match["also"]


def defined() -> dict[str, type[BaseException]]:
    """Return every error the module defines."""
    members = inspect.getmembers(e, inspect.isclass)
    return {name: kind for name, kind in members if issubclass(kind, BaseException)}


def test_the_drawing_shows_every_error_once() -> None:
    """No error is missing from the drawing, and none in it is gone."""
    names = [name for name, _, _ in drawn()]

    assert sorted(names) == sorted(defined())


@pytest.mark.parametrize(
    ("name", "parent", "also"), [pytest.param(*row, id=row[0]) for row in drawn()]
)
def test_the_drawing_tells_the_bases(name: str, parent: str, also: str | None) -> None:
    """Each error hangs where it is drawn, with the foreign base the drawing names."""
    bases = [base.__name__ for base in defined()[name].__bases__]

    assert bases == ([base for base in (parent, also) if base] or ["Exception"])


def test_there_is_a_specimen_of_every_error() -> None:
    """The list of specimens below is complete."""
    assert {type(one) for one in SPECIMENS} == set(defined().values())


@pytest.mark.parametrize("error", SPECIMENS, ids=lambda error: type(error).__name__)
def test_errors_pickle_with_their_facts(error: BaseException) -> None:
    """An error that crosses to another process says there what it said here."""
    copy = pickle.loads(pickle.dumps(error, 5))

    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


@pytest.mark.parametrize("error", SPECIMENS, ids=lambda error: type(error).__name__)
def test_notes_travel_with_errors(error: BaseException) -> None:
    """What was noted on an error is not lost on the way."""
    noted = pickle.loads(pickle.dumps(error, 5))
    noted.add_note("seen on Monday")

    copy = pickle.loads(pickle.dumps(noted, 5))

    assert copy.__notes__ == ["seen on Monday"]


@pytest.mark.parametrize("error", SPECIMENS, ids=lambda error: type(error).__name__)
def test_errors_say_what_they_know(error: BaseException) -> None:
    """Every text among an error's facts can be read in its message."""
    said = str(error)

    unsaid = {
        name for name, fact in vars(error).items() if isinstance(fact, str) and fact not in said
    }

    # These are for programs; people read them in the details.
    assert unsaid <= {"reason", "path"}


def test_refusals_are_transient() -> None:
    """The codes with which workers refuse are those after which another one may be tried."""
    assert e.WorkerBusy().code in e.TRANSIENT
    assert e.StatusCode.INTERNAL not in e.TRANSIENT
