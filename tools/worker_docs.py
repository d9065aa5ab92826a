"""
List the flags of `wool-worker` in docs/worker.md.

    python tools/worker_docs.py           # write what has changed
    python tools/worker_docs.py --check   # fail where the page is stale
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from drawn import main

from wool_worker.flags import FLAGS, GROUPS

PAGE: Final = Path(__file__).resolve().parent.parent / "docs/worker.md"


def flags() -> Iterator[str]:
    """Yield a table for each group of flags."""
    for title, rows in GROUPS.items():
        yield f"### {title[0].upper()}{title[1:]}"
        yield ""
        yield "| flag | variable | what it says |"
        yield "| --- | --- | --- |"
        for flag, variable, metavar, text in rows:
            name = f"`{flag}`" if metavar is None else f"`{flag} {metavar}`"
            # Both words are in the help of repeatable flags already.
            assert ("repeatable" in text) == (flag in FLAGS.repeatable)
            yield f"| {name} | `{variable}` | {text} |"
        yield ""


if __name__ == "__main__":
    sys.exit(main(PAGE, {"flags": "\n".join(flags()).strip()}, "worker_docs.py", sys.argv[1:]))
