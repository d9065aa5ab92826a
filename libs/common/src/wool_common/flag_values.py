"""Read the values that programs are given as text; each raises ValueError where it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from wool_common.sockets import refuse_unusable

YES: Final = frozenset({"1", "true", "yes", "on"})
NO: Final = frozenset({"0", "false", "no", "off"})


def text(said: str) -> str:
    """Return what is not empty."""
    if not said.strip():
        raise ValueError("must not be empty")
    return said.strip()


def port(said: str) -> int:
    """Return a port, 0 for any free one."""
    if not said.isdecimal() or not 0 <= int(said) <= 65535:
        raise ValueError(f"must be a whole number from 0 to 65535, not {said!r}")
    return int(said)


def pair(said: str) -> tuple[str, str]:
    """Return a key with its value."""
    key, equals, value = said.partition("=")
    if not equals or not key.strip():
        raise ValueError(f"must look like KEY=VALUE, not {said!r}")
    return key.strip(), value


def file(said: str) -> Path | None:
    """Return the path of a file that can be read."""
    path = Path(text(said)).expanduser()
    try:
        with path.open("rb"):
            return path
    except OSError as exc:
        raise ValueError(f"cannot read {said}: {exc.strerror}") from exc


def socket_path(said: str) -> str | None:
    """Return a path on which a program can listen."""
    path = str(Path(text(said)).expanduser().absolute())
    refuse_unusable(path)
    return path


def yes_or_no(said: str) -> bool:
    """Return whether it was yes."""
    word = said.lower()
    if word not in YES | NO:
        raise ValueError(f"must be yes or no, not {said!r}")
    return word in YES


def one_of(words: Collection[str]) -> Callable[[str], str]:
    """Return what reads one of *words*, in whatever case."""

    def convert(said: str) -> str:
        if said.lower() not in words:
            raise ValueError(f"must be one of {', '.join(words)}, not {said!r}")
        return said.lower()

    return convert
