"""Hold files and functions to a length that can be read without scrolling back."""

from __future__ import annotations

from house import ROOT, functions, parsed, short, sources

FILE_LINES = 300
FUNCTION_LINES = 60


def allowed() -> dict[str, str]:
    """Return the exceptions, by what is excepted, with the reason of each."""
    lines = (ROOT / "tests/architecture/allowed_lengths.txt").read_text().splitlines()
    found = [line.rpartition(": ") for line in lines if line and not line.startswith("#")]
    return {what.strip(): reason.strip() for what, _, reason in found}


def long_ones() -> dict[str, int]:
    """Return every file and function over its limit, with its length."""
    found: dict[str, int] = {}
    for file in sources():
        lines = len(file.read_text().splitlines())
        if lines > FILE_LINES:
            found[short(file)] = lines
        for name, length in functions(parsed(file)):
            if length > FUNCTION_LINES:
                found[f"{short(file)}::{name}"] = length
    return found


def test_files_and_functions_are_short_or_excused() -> None:
    """Files have at most 300 lines and functions at most 60, but for those with a reason."""
    unexcused = {what: lines for what, lines in long_ones().items() if what not in allowed()}

    assert unexcused == {}


def test_every_excuse_has_a_reason_and_is_still_needed() -> None:
    """The list of exceptions gives a reason for each and names nothing that became short."""
    excuses = allowed()

    assert all(len(reason.split()) >= 3 for reason in excuses.values()), excuses
    assert excuses.keys() - long_ones().keys() == set()
