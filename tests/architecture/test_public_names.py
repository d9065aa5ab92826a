"""Hold the names users import."""

from __future__ import annotations

from house import ROOT

import wool

PINNED = ROOT / "tests/architecture/public_names.txt"


def test_public_names_are_pinned() -> None:
    """`wool` offers the names in public_names.txt; a change there is a change for users."""
    # Write them anew: python -c "import wool; print(*sorted(wool.__all__), sep='\\n')"
    assert sorted(wool.__all__) == PINNED.read_text().split()


def test_public_names_exist() -> None:
    """Every public name can be had from `wool`."""
    assert [name for name in wool.__all__ if not hasattr(wool, name)] == []
