"""
Show mistakes as the page does.

    python drawing.py FILE

FILE is what make_mistakes.py has written.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from making import Told
from mistake import Area, Mistake
from table import AREAS


def drawn(areas: Sequence[Area], told: Iterable[Told]) -> Iterator[str]:
    """Yield the lines of a section for each of *areas*, with what the calls were told."""
    by_key = {one.key: one for one in told}
    for area in areas:
        yield f"### {area.title}"
        yield ""
        if area.words:
            yield from (*area.words.splitlines(), "")
        if area.given:
            yield from ("```python", *area.given.splitlines(), "```", "")
        yield from _table(area, by_key)
        yield ""


def _table(area: Area, told: Mapping[str, Told]) -> Iterator[str]:
    yield "| what is wrong | call | what is told |"
    yield "| --- | --- | --- |"
    for mistake in area.mistakes:
        call = _cell(mistake.call.splitlines())
        yield f"| {mistake.title} | {call} | {_answer(mistake, told[area.key(mistake)])} |"


def _answer(mistake: Mistake, told: Told) -> str:
    lines = told.text.splitlines()
    # A command line tells its program's name, and the exit code besides.
    if mistake.is_command:
        return f"{_cell(lines)}<br>{told.error}"
    return _cell([f"{told.error}: {lines[0]}", *lines[1:]] if lines else [told.error])


def _cell(lines: Sequence[str]) -> str:
    return "<br>".join(_code(line) for line in lines if line.strip())


def _code(line: str) -> str:
    """Return *line* as code in a cell, indented as it is."""
    text = line.strip().replace("|", "\\|")
    indent = "&emsp;" * ((len(line) - len(line.lstrip())) // 2)
    return f"{indent}`` {text} ``" if "`" in text else f"{indent}`{text}`"


if __name__ == "__main__":
    facts = json.loads(Path(sys.argv[1]).read_text())
    print("\n".join(drawn(AREAS, [Told(**each) for each in facts])).strip())
