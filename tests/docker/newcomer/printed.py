"""Compare what was printed with what the page says."""

from __future__ import annotations

import re
from typing import Final

from newcomer.page import Shown

OMITTED: Final = "…"
"""A line of its own that stands for any lines."""

ESCAPE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")
ID: Final = r"[0-9a-f]{8}(?:(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?"
NUMBER: Final = r"\d+(?:\.\d+)?"
QUANTITY: Final = re.compile(rf"{NUMBER} \w+")
ADDRESS: Final = re.compile(r"[\d.]+:\d+")
PART: Final = re.compile(rf"(?P<id>\b{ID}\b)|{NUMBER}")
COMPLAINT: Final = re.compile(r"^\W*(?:error|warning|traceback)\b|\b\w*Warning:", re.I | re.M)


def plain(printed: str) -> str:
    """Return what a person reads of *printed*, without colours and without blanks around it."""
    text = ESCAPE.sub("", printed).replace("\r\n", "\n")
    lines = [line.rpartition("\r")[2].rstrip() for line in text.split("\n")]
    return "\n".join(lines).strip("\n")


def is_as_shown(printed: str, shown: Shown) -> bool:
    """Tell whether *printed* is what the page says, in all but what differs."""
    return re.fullmatch(pattern(shown), f"{plain(printed)}\n") is not None


def is_as_long(printed: str, shown: Shown) -> bool:
    """Tell whether *printed* has all the lines that the page shows, the last one in whole."""
    text = f"{plain(printed)}\n"
    if OMITTED in shown.text:
        return re.fullmatch(pattern(shown), text) is not None
    return printed.endswith("\n") and text.count("\n") >= shown.text.strip("\n").count("\n") + 1


def pattern(shown: Shown) -> str:
    """Return the regular expression for what the page says."""
    texts = sorted(map(re.escape, shown.differs), key=len, reverse=True)
    differing = re.compile(rf"(?<!\w)({'|'.join(texts)})(?!\w)") if texts else re.compile(r"(?!)")
    found = ""
    for line in shown.text.strip("\n").split("\n"):
        if line.strip() == OMITTED:
            found += r"(?:.*\n)*?"
            continue
        for number, part in enumerate(differing.split(line.rstrip())):
            found += shape(part) if number % 2 else _blanks(part)
        found += r"\n"
    return found


def shape(text: str) -> str:
    """Return a pattern for what looks like *text*: ids, numbers, addresses and names may be others."""
    if QUANTITY.fullmatch(text):
        return rf"{NUMBER} \S+"
    if ADDRESS.fullmatch(text):
        return r"(?:[\d.]+|\[[0-9a-f:]+\]):\d+"
    if not any(c.isdigit() for c in text):
        return r"\S+"
    found, end = "", 0
    for part in PART.finditer(text):
        found += re.escape(text[end : part.start()]) + (ID if part["id"] else NUMBER)
        end = part.end()
    return found + re.escape(text[end:])


def complaint(printed: str) -> str | None:
    """Return the line of *printed* that warns of something, None where there is none."""
    text = plain(printed)
    found = COMPLAINT.search(text)
    if found is None:
        return None
    begin = text.rfind("\n", 0, found.start() + 1) + 1
    return text[begin:].partition("\n")[0]


def _blanks(text: str) -> str:
    """Return the pattern for *text*, in which columns may be wider or narrower."""
    return re.sub(r"(?:\\ )+", " +", re.escape(text))
