"""The images are built alike, though each has a file of its own."""

from __future__ import annotations

from built_images import DISCOVERY, ROOT, WORKER

SHARED = ("ARG BASE", "STOPSIGNAL", "HEALTHCHECK", "COPY libs/common/src/wool_common/probe.py")


def shared(file: str) -> list[str]:
    """Return what does not depend on which program the image of *file* is for."""
    text = (ROOT / file).read_text()
    packages = text.partition("AS packages\n")[2].partition("# Extras of")[0]
    assert packages
    return [packages, *(line for line in text.splitlines() if line.startswith(SHARED))]


def test_the_dockerfiles_say_the_same_where_they_mean_the_same() -> None:
    """Whoever changes how packages are installed, or health is checked, changes both."""
    assert len(shared(WORKER)) == 1 + len(SHARED)
    assert shared(WORKER) == shared(DISCOVERY)
