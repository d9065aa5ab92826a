"""What programs get, and what the page says they get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from cli_programs import Done, wool, worker

HERE = Path(__file__).parent
PAGE = (HERE.parents[3] / "docs/cli.md").read_text().partition("\n## JSON\n")[2]
KEYS = set(re.findall(r"`([a-z][a-z0-9_]*)`", PAGE))

NAMES = {"versions", "extra", "ended", "refused", "pairs", "problems"}
"""Whose own keys are names of something, which the page does not list."""


def keys(document: object) -> Iterator[str]:
    """Yield the keys of *document*, those within it among them."""
    if isinstance(document, list):
        for one in cast("list[object]", document):
            yield from keys(one)
    elif isinstance(document, dict):
        for key, value in cast("dict[str, object]", document).items():
            yield key
            if key not in NAMES:
                yield from keys(value)
            elif isinstance(value, dict):
                yield from keys(list(cast("dict[str, object]", value).values()))


async def test_every_key_is_on_the_page(tmp_path: Path) -> None:
    """Each command that has something to tell tells it by keys that are documented."""
    async with worker("--tag", "gpu", "--extra", "zone=a") as address:
        places = ("--static", f"{address},localhost:9", "--json")
        done: dict[str, Done] = {
            "ps": await wool("ps", *places),
            "describe": await wool("describe", address, "--json"),
            "explain": await wool("explain", "cli_routines:nap", *places, cwd=HERE),
            "ping": await wool("ping", address, "--count", "2", "--json"),
            "doctor": await wool("doctor", "--quick", "--json"),
            "certs": await wool("certs", str(tmp_path / "certs"), "--json"),
            "drain": await wool("drain", address, "--wait", "20", "--json"),
        }
    async with worker() as address:
        looks = await wool(
            *("top", "--static", address, "--json", "--count", "3", "--interval", "0.2")
        )

    assert {name: one.code for name, one in done.items() if one.code and name != "doctor"} == {}
    told = [*(one.document for one in done.values()), *looks.documents]
    assert "tasks_per_second" in set(keys(looks.documents))
    assert set(keys(told)) - KEYS == set()
