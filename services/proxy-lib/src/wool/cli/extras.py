"""Find out which extras of an installed distribution are not there."""

from __future__ import annotations

import re
from importlib import metadata
from typing import Final

REQUIREMENT: Final = re.compile(r"(?P<name>[\w.-]+)(\[(?P<extras>[^\]]*)\])?")
EXTRA: Final = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")


def absent(distribution: str) -> dict[str, list[str]]:
    """Return the extras of *distribution* that lack something, with what each lacks."""
    offered = metadata.metadata(distribution).get_all("Provides-Extra") or []
    found = {extra: lacking(distribution, extra) for extra in sorted(offered)}
    return {extra: missing for extra, missing in found.items() if missing}


def lacking(distribution: str, extra: str) -> list[str]:
    """Return what the *extra* needs that is not installed, through the extras it asks for."""
    missing: dict[str, None] = {}
    for line in metadata.requires(distribution) or []:
        requirement, _, condition = line.partition(";")
        asked, found = EXTRA.search(condition), REQUIREMENT.match(requirement)
        if asked is None or asked[1] != extra or found is None:
            continue
        name = found["name"]
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing[name] = None
            continue
        for inner in filter(None, (found["extras"] or "").split(",")):
            missing |= dict.fromkeys(lacking(name, inner.strip()))
    return list(missing)
