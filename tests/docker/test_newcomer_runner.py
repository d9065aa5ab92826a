"""Whoever follows a page notices where it is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest
from newcomer.page import PageError, Shown
from newcomer.printed import complaint, is_as_shown
from newcomer.terminal import SHELL, VARIABLES, Terminal
from newcomer.walk import Walk

IN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Makes the terminal that of the shell, as it is in a window, so that Ctrl-C reaches programs."""

PAGE = """
# A page

In the **first terminal**, save this as `serve.py`:

```python
import time

print("served by", 4711)
try:
    time.sleep(600)
except KeyboardInterrupt:
    print("over")
```

It **keeps running**:

```sh
export NAME=serve
python3 "$NAME.py"
```

<!-- differs: 4711 -->
```text
served by 4711
```

In the **second
terminal**:

```sh
for name in *; do
    printf '\\033[1m%s\\033[0m   %s\\n' "$name" worker.example
done
```

```text
serve.py  worker.example
```

Looking for another one **fails**:

```sh
ls -d another
```

```text
…
```

## Only for those with two machines (two machines)

```sh
scp serve.py worker.example:
```

## In the end

In the **first terminal** press **Ctrl-C**:

```text
over
```
"""


@pytest.fixture
def terminals(tmp_path: Path) -> Generator[dict[str, Terminal]]:
    """Open two terminals on this machine."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, **VARIABLES, "PYTHONUNBUFFERED": "1"}
    command = ["env", f"--chdir={home}", sys.executable, "-I", "-S", "-c", IN_TERMINAL, *SHELL]
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(Terminal(command, environment))
            for name in ("first terminal", "second terminal")
        }


def walk(text: str, terminals: dict[str, Terminal], folder: Path, seconds: float = 30.0) -> None:
    """Follow a page with that *text*."""
    page = folder / "page.md"
    page.write_text(text)
    Walk(terminals=terminals, leaving_out="(two machines)", seconds=seconds).follow(page)


def test_a_page_that_is_right_can_be_followed(
    terminals: dict[str, Terminal], tmp_path: Path
) -> None:
    """Files are saved, commands typed, programs stopped, and all is as the page says."""
    walk(PAGE, terminals, tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("```text\nover\n", "```text\nended\n", "line 62: the page says\nended\n\nit prints\nover"),
        ("serve.py  worker", "served.py  worker", "the page says\nserved.py"),
        ("as `serve.py`", "as `server.py`", "it prints\n.*No such file"),
        (", save this as `serve.py`", "", "does not say as what to save this"),
        ('python3 "$NAME.py"', "true", "line 19: true has ended"),
        ("It **keeps running**", "Start it", "after 1 s it shows"),
        ("In the **first terminal**, s", "S", "line 7: the page has not said where"),
        (
            "In the **second\nterminal**",
            "Then",
            r"line 31: what began in line 19 still runs there",
        ),
        ("In the **first terminal** press", "Press", "nothing runs in the second terminal"),
        ("ls -d another", "ls", "line 44: ls: exit code 0"),
        (" **fails**", " fails", "line 44: ls -d another: exit code 2"),
        ("    printf", "    cat nothing; printf", "it prints\ncat: nothing: No such file"),
        ("differs: 4711 ", "differs: 4712 ", "line 25: '4712' is said to differ"),
        ("<!-- differs: 4711 -->\n```text\nserved by 4711", "```text\nserved by 47", "page says"),
        ("(two machines)", "", "there is no other machine"),
        ("```text\nover", "Or:\n\n## So\n\n```text\nover", "nothing was typed that prints this"),
        ("```sh\nls", "```fish\nls", "what is to be done with a block of fish"),
        ("over\n```", "over\n", "this block never ends"),
    ],
)
def test_a_page_that_is_wrong_is_noticed(
    before: str, after: str, told: str, terminals: dict[str, Terminal], tmp_path: Path
) -> None:
    """A word that is altered, left out or added fails the walk, which tells the line."""
    assert before in PAGE

    with pytest.raises(PageError, match=told):
        walk(PAGE.replace(before, after), terminals, tmp_path, 1.0 if "after 1 s" in told else 30.0)


def test_a_warning_that_the_page_does_not_show_is_noticed(
    terminals: dict[str, Terminal], tmp_path: Path
) -> None:
    """Output may be left out of a page, unless it worries people."""
    page = "In a **first terminal**:\n\n```sh\necho {} >&2\n```\n"
    walk(page.format("all is well"), terminals, tmp_path)

    with pytest.raises(PageError, match="the page says nothing: WARNING: beware"):
        walk(page.format("WARNING: beware"), terminals, tmp_path)


@pytest.mark.parametrize(
    ("differs", "shown", "printed"),
    [
        ("a673169e", "a673169e  ready", "0123abcd  ready"),
        ("21 s | 3.11", "ready  21 s   3.11", "ready  1.5 min  3.13"),
        ("4 s", "14 s is not 4 s", "14 s is not 980 µs"),
        ("10.0.0.7:50051", "at 10.0.0.7:50051", "at [::1]:50051"),
        ("desk", "here is desk", "here is d2abbec95fdb"),
        (
            "2026-11-21T18:05:39.333957Z",
            "2026-11-21T18:05:39.333957Z up",
            "2027-01-01T00:00:00.1Z up",
        ),
        (
            "15a3f8c8-0074-4517-b999-8efc00e3a288",
            "worker=15a3f8c8-0074-4517-b999-8efc00e3a288",
            "worker=66d910ae-4023-458e-a2f7-7f0798e230e9",
        ),
        ("-", "one\n…\nfour", "one\ntwo\nthree\nfour"),
        ("-", "one\n…", "one"),
        ("-", "red", "\x1b[31mred\x1b[0m\r\n"),
        ("-", "done", "1 %\r50 %\rdone\r\n"),
    ],
)
def test_what_differs_may_be_another_of_its_kind(differs: str, shown: str, printed: str) -> None:
    """Ids, quantities, addresses, names, times and lines that are left out are compared loosely."""
    told = Shown(line=1, text=f"{shown}\n", differs=tuple(differs.split(" | ")))

    assert is_as_shown(printed, told)


@pytest.mark.parametrize(
    ("differs", "shown", "printed"),
    [
        ("-", "a673169e  ready", "0123abcd  ready"),
        ("a673169e", "a673169e  ready", "xyz  ready"),
        ("21 s", "ready  21 s", "ready  -"),
        ("-", "one\n…\nfour", "one\ntwo\nthree"),
        ("-", "one", "one\ntwo"),
        ("-", "one\n\ntwo", "one\ntwo"),
        ("-", "a.b", "axb"),
    ],
)
def test_everything_else_is_compared_strictly(differs: str, shown: str, printed: str) -> None:
    """What is not said to differ has to be the same, up to the width of columns."""
    told = Shown(line=1, text=f"{shown}\n", differs=tuple(differs.split(" | ")))

    assert not is_as_shown(printed, told)


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("fine\r\n\x1b[33mWARNING: old\x1b[0m\r\n", "WARNING: old"),
        ("x.py:1: DeprecationWarning: old\n", "x.py:1: DeprecationWarning: old"),
        ("Traceback (most recent call last):\n", "Traceback (most recent call last):"),
        ("ERROR: no\n", "ERROR: no"),
        ("0 errors, no warning\n", None),
    ],
)
def test_complaints(printed: str, found: str | None) -> None:
    """Warnings and errors are told from other output."""
    assert complaint(printed) == found
