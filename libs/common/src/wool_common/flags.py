"""Take what a program is told from its flags and their environment variables."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NoReturn, TypeAlias, TypeVar

from wool_common.metadata import VERSION

T = TypeVar("T")

Row: TypeAlias = tuple[str, str, str | None, str]
"""A flag, its variable, what stands for its value (None: yes or no), and its help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """
    Every flag of a program, in groups as its help shows them.

    *switches* are those of yes or no that cannot be said with `--no-`. *shared* are variables
    that several programs have, by the flag which they stand for where its own says nothing.
    """

    program: str
    description: str
    epilog: str
    groups: Mapping[str, Sequence[Row]]
    repeatable: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()
    shared: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def rows(self) -> Iterator[Row]:
        """Every flag, in order."""
        return (row for rows in self.groups.values() for row in rows)

    def parser(self) -> Parser:
        """Return the parser of the command line; it leaves every value as text."""
        made = Parser(
            prog=self.program,
            usage="%(prog)s [flags]",
            description=self.description,
            epilog=self.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        made.add_argument("--version", action="version", version=f"{self.program} {VERSION}")
        for title, rows in self.groups.items():
            group = made.add_argument_group(title)
            for row in rows:
                self._add(group, row)
        return made

    def _add(self, group: argparse._ArgumentGroup, row: Row) -> None:  # pyright: ignore[reportPrivateUsage]
        flag, variable, metavar, text = row
        help_text = f"{text} [{variable}]"
        if flag in self.repeatable:
            group.add_argument(flag, action="append", metavar=metavar, help=help_text)
        elif metavar is not None:
            group.add_argument(flag, metavar=metavar, help=help_text)
        elif flag in self.switches:
            group.add_argument(flag, action="store_true", default=None, help=help_text)
        else:
            both = argparse.BooleanOptionalAction
            group.add_argument(flag, action=both, default=None, help=help_text)


class Parser(argparse.ArgumentParser):
    """Raises ValueError in place of printing the usage."""

    def error(self, message: str) -> NoReturn:
        """Raise ValueError with *message* in the form of our own complaints."""
        raise ValueError(message.removeprefix("argument "))


class Answers:
    """What was said for each flag, and by which name."""

    def __init__(self, flags: Flags, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        spoken: dict[str, object] = vars(flags.parser().parse_args(argv))
        self._said: dict[str, tuple[str, list[str]]] = {}
        for flag, own, _, _ in flags.rows:
            by_flag = spoken[flag.removeprefix("--").replace("-", "_")]
            variable = own if environ.get(own, "").strip() else flags.shared.get(flag, own)
            by_variable = environ.get(variable, "").strip()
            if isinstance(by_flag, list):
                self._said[flag] = (flag, [str(part) for part in by_flag])  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            elif by_flag is not None:
                self._said[flag] = (flag, [str(by_flag)])
            elif by_variable:
                parts = by_variable.split(",") if flag in flags.repeatable else [by_variable]
                self._said[flag] = (variable, [part.strip() for part in parts])

    def name(self, flag: str) -> str | None:
        """Return the name *flag* was said by: its own, its variable's, None if not at all."""
        return self._said[flag][0] if flag in self._said else None

    def one(self, flag: str, convert: Callable[[str], T], default: T) -> T:
        """Return what was said for *flag*, converted; ValueErrors are told with the name."""
        said = self.many(flag, convert)
        return said[-1] if said else default

    def many(self, flag: str, convert: Callable[[str], T]) -> list[T]:
        """Return everything that was said for *flag*, converted as in `one`."""
        name, texts = self._said.get(flag, (flag, []))
        with blaming(name):
            return [convert(_utf8(text)) for text in texts]

    def refuse_beside(self, flag: str, others: Sequence[str]) -> None:
        """Raise ValueError where one of *others* was said, for *flag* was."""
        for other in others:
            if (name := self.name(other)) is not None:
                raise ValueError(f"{name}: has no meaning beside {self.name(flag)}")


@contextmanager
def blaming(name: str) -> Generator[None]:
    """Put *name* before the words of a ValueError."""
    try:
        yield
    except ValueError as exc:
        raise ValueError(f"{name}: {exc}") from exc


def _utf8(text: str) -> str:
    if not text.isascii() and text.encode(errors="ignore").decode() != text:
        raise ValueError(f"must be text in UTF-8, not {text!r}")
    return text
