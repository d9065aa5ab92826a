"""Carry exceptions with all that hangs on them."""

# Pickling runs other people's code, which may raise anything.
# ruff: noqa: BLE001

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple, cast

from wool_common.errors import SerializationError, TaskException
from wool_common.pickling.bodies import Assembly, Body, take_apart
from wool_common.pickling.frames import RemoteFrame, frames_of, traceback_of
from wool_common.pickling.values import Pickled, dump

_MOST: Final = 200


class RemoteError(NamedTuple):
    """One exception of a record; *cause* and *context* are numbers of others, or None."""

    module: str
    name: str
    text: str
    frames: tuple[RemoteFrame, ...]
    cause: int | None
    context: int | None
    suppress_context: bool
    body: Body | None


class RemoteRaise(NamedTuple):
    """
    An exception with all it refers to, as plain data around pickles.

    The first of *errors* is the one that was raised; *lines* is its traceback where
    it was raised, empty if nothing is to be added to what it says itself.
    """

    errors: tuple[RemoteError, ...]
    lines: tuple[str, ...] = ()
    task: str = ""
    worker: str = ""


def dump_exception(error: BaseException, *, task: str, worker: str) -> Pickled:
    """
    Pickle *error* so that `revive` makes it again; never fails for what it holds.

    Where *task* and *worker* are empty, the error comes from no worker and is not marked.
    """
    lines = _format(error) if (task or worker) and not _is_marked(error) else ()
    return dump(RemoteRaise(_errors(error), lines, task, worker), root="error")


def revive(record: object) -> BaseException:
    """
    Return the exception of a *record* loaded from what `dump_exception` returned.

    An exception that cannot be rebuilt here becomes a `SerializationError`.
    """
    if not isinstance(record, RemoteRaise):
        return SerializationError(f"not the record of an exception: {type(record).__name__}")
    error = _Revival(record.errors).run()
    if record.lines:
        _mark(error, record)
    return error


def reduce_exception(error: BaseException) -> tuple[object, ...]:
    """Return how pickle takes apart an exception that is a value among others."""
    return revive, (RemoteRaise(_errors(error)),)


class _Revival:
    """Rebuilds the exceptions of one record."""

    def __init__(self, errors: tuple[RemoteError, ...]) -> None:
        self._errors = errors
        self._made: dict[int, BaseException] = {}
        self._assemblies: dict[int, Assembly] = {}
        self._making: set[int] = set()

    def run(self) -> BaseException:
        """Return the first exception, linked with the others."""
        for number in range(len(self._errors)):
            self._get(number)
        for number, assembly in self._assemblies.items():
            self._fill(self._made[number], assembly)
        for number, remote in enumerate(self._errors):
            self._link(self._made[number], remote)
        return self._made[0]

    def _get(self, number: int) -> BaseException:
        if number not in self._made:
            if number in self._making:
                raise RecursionError("an exception is among its own arguments")
            self._making.add(number)
            self._made[number] = self._make(number)
        return self._made[number]

    def _make(self, number: int) -> BaseException:
        remote = self._errors[number]
        if remote.body is None:
            return _stand_in(remote, "its class could not be pickled where it was raised")
        assembly = Assembly(remote.body.data, self._get)
        try:
            error = assembly.make()
            if not isinstance(cast("object", error), BaseException):
                return _stand_in(remote, f"its class made a {type(error).__name__} of it")
        except Exception as failure:
            stand_in = _stand_in(remote, f"{type(failure).__name__}: {failure}")
            stand_in.__context__ = failure
            return stand_in
        self._assemblies[number] = assembly
        return error

    def _fill(self, error: BaseException, assembly: Assembly) -> None:
        try:
            assembly.fill(error)
        except Exception as failure:
            _note(error, f"its attributes could not be unpickled: {failure!r}")

    def _link(self, error: BaseException, remote: RemoteError) -> None:
        # A frozen dataclass that is an exception refuses plain assignment.
        give = BaseException.__setattr__
        if remote.cause is not None:
            give(error, "__cause__", self._made[remote.cause])
        if remote.context is not None:
            give(error, "__context__", self._made[remote.context])
        give(error, "__suppress_context__", remote.suppress_context)
        give(error, "__traceback__", traceback_of(remote.frames))
        for note in remote.body.notes if remote.body else ():
            _note(error, note)


def _errors(error: BaseException) -> tuple[RemoteError, ...]:
    found = [error]
    numbers = {id(error): 0}
    queue = deque(found)
    while queue:
        for other in _related(queue.popleft()):
            if id(other) not in numbers and len(found) < _MOST:
                numbers[id(other)] = len(found)
                found.append(other)
                queue.append(other)
    return tuple(_describe(one, numbers) for one in found)


def _related(error: BaseException) -> Iterator[BaseException]:
    if error.__cause__ is not None:
        yield error.__cause__
    if error.__context__ is not None:
        yield error.__context__
    if isinstance(error, BaseExceptionGroup):
        yield from cast("BaseExceptionGroup[BaseException]", error).exceptions
    for value in (*error.args, *error.__dict__.values()):
        for one in cast("list[object]", value) if type(value) in (list, tuple) else (value,):
            if isinstance(one, BaseException):
                yield one


def _describe(error: BaseException, numbers: dict[int, int]) -> RemoteError:
    kind = type(error)
    return RemoteError(
        module=kind.__module__,
        name=kind.__qualname__,
        text=_text(error),
        frames=frames_of(error.__traceback__),
        cause=numbers.get(id(error.__cause__)),
        context=numbers.get(id(error.__context__)),
        suppress_context=error.__suppress_context__,
        body=take_apart(error, numbers),
    )


def _note(error: BaseException, note: str) -> None:
    # `add_note` assigns, which a frozen dataclass refuses.
    error.__dict__.setdefault("__notes__", []).append(note)


def _format(error: BaseException) -> tuple[str, ...]:
    from traceback import format_exception

    try:
        return tuple(format_exception(error))
    except Exception as failure:
        return (f"{type(error).__qualname__} (its traceback cannot be shown: {failure!r})\n",)


def _stand_in(remote: RemoteError, reason: str) -> SerializationError:
    return SerializationError(
        f"{remote.name} was raised and cannot be rebuilt here: {reason}."
        f" Its class is {remote.name} of module {remote.module}, its text: {remote.text}"
    )


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as failure:
        return f"<str() failed: {failure!r}>"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__


def _is_marked(error: BaseException) -> bool:
    return any(isinstance(link, TaskException) for link in _chain(error))


def _mark(error: BaseException, record: RemoteRaise) -> None:
    remote = record.errors[0]
    name = remote.name if remote.module == "builtins" else f"{remote.module}.{remote.name}"
    mark = TaskException(name, record.lines, record.task, record.worker)
    *_, last = _chain(error)
    if last.__cause__ is not None:
        return
    suppress = last.__suppress_context__
    if not suppress:
        # A cause hides the context when a traceback is shown; so the context moves along.
        mark.__context__ = last.__context__
    give = BaseException.__setattr__
    give(last, "__cause__", mark)
    give(last, "__suppress_context__", suppress)
