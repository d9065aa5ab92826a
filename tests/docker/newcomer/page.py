"""Read a page as somebody does who is going to type what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

PLACES: Final = ("first terminal", "second terminal", "your machine", "worker's machine")
"""Where something is typed; the page says so in bold."""

CTRL_C: Final = "Ctrl-C"
KEEPS_RUNNING: Final = "keeps running"
FAILS: Final = "fails"

FENCE: Final = re.compile(r"^(?P<ticks>```+)(?P<language>\w*)\s*$")
SAID: Final = re.compile(
    r"^#+ +(?P<heading>.+?) *$"
    r"|\*\*(?P<bold>[^*]+)\*\*"
    r"|\bas\s`(?P<file>[\w.-]+)`"
    r"|^<!-- differs: (?P<differs>.+) -->$",
    re.MULTILINE,
)


class PageError(Exception):
    """A page cannot be followed; says in which line."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"line {line}: {text}")
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page says is printed; *differs* are the parts that are others each time."""

    line: int
    text: str
    differs: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Step:
    """Something to do at a *place*, within the section of that *heading*."""

    line: int
    place: str
    heading: str


@dataclass(slots=True, kw_only=True)
class Save(Step):
    """Save *text* as *file*."""

    file: str
    text: str


@dataclass(slots=True, kw_only=True)
class Type(Step):
    """Type *lines*; the last *runs* until it is stopped, or *fails*, where the page says so."""

    lines: list[str]
    runs: bool
    fails: bool
    shown: Shown | None = None


@dataclass(slots=True, kw_only=True)
class Press(Step):
    """Press Ctrl-C."""

    shown: Shown | None = None


@dataclass(slots=True)
class _Reader:
    """What was read so far, and what was said about the block that comes next."""

    place: str | None = None
    heading: str = ""
    steps: list[Step] = field(default_factory=list[Step])
    file: str | None = None
    differs: tuple[str, ...] = ()
    runs: bool = False
    fails: bool = False
    answers: bool = False
    """Whether a text block that comes now tells what the last step prints."""

    def hear(self, line: int, said: re.Match[str]) -> None:
        """Note what the prose says."""
        if heading := said["heading"]:
            self.heading, self.answers = heading, False
        elif file := said["file"]:
            self.file = file
        elif differs := said["differs"]:
            self.differs = tuple(part.strip() for part in differs.split(" | "))
        else:
            self._bold(line, " ".join(said["bold"].split()))

    def block(self, line: int, language: str, text: str) -> None:
        """Note a block whose first line is that."""
        if language == "text":
            self._printed(line, text)
        elif language == "sh":
            self._typed(line, text)
        elif language == "python":
            self._saved(line, text)
        else:
            raise PageError(line, f"what is to be done with a block of {language or 'nothing'}?")
        if self.differs or self.file or self.runs or self.fails:
            raise PageError(line, "this is not the block that the words above speak of")

    def _bold(self, line: int, text: str) -> None:
        if text in PLACES:
            self.place = text
        elif text == CTRL_C:
            self.steps.append(Press(line=line, place=self._place(line), heading=self.heading))
            self.answers = True
        elif text == KEEPS_RUNNING:
            self.runs = True
        elif text == FAILS:
            self.fails = True

    def _place(self, line: int) -> str:
        if self.place is None:
            raise PageError(line, "the page has not said where")
        return self.place

    def _printed(self, line: int, text: str) -> None:
        last = self.steps[-1] if self.steps else None
        if not self.answers or not isinstance(last, Type | Press):
            raise PageError(line, "nothing was typed that prints this")
        for part in self.differs:
            if part not in text:
                raise PageError(line, f"{part!r} is said to differ, and is not there")
        last.shown = Shown(line=line, text=text, differs=self.differs)
        self.differs, self.answers = (), False

    def _typed(self, line: int, text: str) -> None:
        self.steps.append(
            Type(
                line=line,
                place=self._place(line),
                heading=self.heading,
                lines=text.splitlines(),
                runs=self.runs,
                fails=self.fails,
            )
        )
        self.runs = self.fails = False
        self.answers = True

    def _saved(self, line: int, text: str) -> None:
        if self.file is None:
            raise PageError(line, "the page does not say as what to save this")
        place = self._place(line)
        step = Save(line=line, place=place, heading=self.heading, file=self.file, text=text)
        self.steps.append(step)
        self.file, self.answers = None, False


def steps_of(page: str) -> list[Step]:
    """
    Return what the text of *page* says is to be done, in order.

    Raises:
        PageError: a block is there of which the page does not say what to do with it.
    """
    reader = _Reader()
    for line, language, text in _parts(page):
        if language is not None:
            reader.block(line, language, text)
            continue
        for said in SAID.finditer(text):
            reader.hear(line + text.count("\n", 0, said.start()), said)
    return reader.steps


def _parts(page: str) -> Iterator[tuple[int, str | None, str]]:
    """Yield line, language and text of each block, and of the prose between them as None's."""
    begun, ticks, language = 1, "", None
    held: list[str] = []
    for number, line in enumerate(page.splitlines(), 1):
        fence = FENCE.match(line)
        closes = fence is not None and fence["ticks"] == ticks and not fence["language"]
        if fence is None or (ticks and not closes):
            held.append(f"{line}\n")
            continue
        yield begun, language, "".join(held)
        begun, held = number + 1, []
        ticks, language = ("", None) if closes else (fence["ticks"], fence["language"])
    if ticks:
        raise PageError(begun, "this block never ends")
    yield begun, language, "".join(held)
