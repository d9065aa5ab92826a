"""Keep the drawn blocks of a page of documentation up to date."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

BLOCK: Final = re.compile(
    r"(?P<begin><!-- drawn: (?P<name>[^ ]+) -->\n).*?(?P<end><!-- /drawn -->)", re.DOTALL
)


def main(page: Path, blocks: Mapping[str, str], tool: str, argv: Sequence[str]) -> int:
    """Write *blocks* into *page*, or with `--check` see whether they stand there."""
    parser = argparse.ArgumentParser(description=f"Bring what is drawn on {page.name} up to date.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where stale")
    check: bool = parser.parse_args(argv).check
    before = page.read_text()
    after = redrawn(before, blocks)
    if after == before:
        return 0
    if check:
        print(f"{page.name} is stale: run `python tools/{tool}`")
        return 1
    page.write_text(after)
    return 0


def redrawn(page: str, blocks: Mapping[str, str]) -> str:
    """
    Return *page* with each drawn block replaced by the one of its name.

    Raises:
        KeyError: the page asks for what nobody draws, or leaves out what is drawn.
    """
    found = {match["name"] for match in BLOCK.finditer(page)}
    if found != set(blocks):
        raise KeyError(f"the page has {sorted(found)}, drawn are {sorted(blocks)}")
    return BLOCK.sub(lambda m: f"{m['begin']}\n{blocks[m['name']]}\n\n{m['end']}", page)
