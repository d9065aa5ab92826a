"""The routines of the demonstration."""

from __future__ import annotations

import keyword
import os
import re
import tokenize
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Final

import wool

WORD: Final = re.compile(r"[^\W\d_]{3,}")
NOTE: Final = re.compile(r"#\s*((?:XXX|TODO|FIXME)\b.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How often each word is part of a name, and how often it stands in a comment."""

    names: Counter[str] = field(default_factory=Counter[str])
    comments: Counter[str] = field(default_factory=Counter[str])

    def add(self, other: Words) -> None:
        """Add what was counted elsewhere."""
        self.names.update(other.names)
        self.comments.update(other.comments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The words of one file, and the process that counted them."""

    words: Words
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What an author left to be done, and where."""

    file: str
    line: int
    text: str


def words_of(file: str) -> Words:
    """Count the words of *file*, whatever their case."""
    words = Words()
    for token in tokenize.generate_tokens(StringIO(_text(file)).readline):
        if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
            words.names.update(WORD.findall(token.string.lower()))
        elif token.type == tokenize.COMMENT:
            words.comments.update(WORD.findall(token.string.lower()))
    return words


@wool.routine
async def count(file: str) -> Count:
    """Count the words of *file*."""
    return Count(words=words_of(file), pid=os.getpid())


@wool.routine
async def notes(files: Sequence[str]) -> AsyncGenerator[Note, None]:
    """Yield the notes in *files* as they are found."""
    for file in files:
        for number, line in enumerate(_text(file).splitlines(), 1):
            if found := NOTE.search(line):
                yield Note(file=file, line=number, text=found[1].strip())


def _text(file: str) -> str:
    return Path(file).read_text("utf-8", "replace")
