"""Say numbers the way people read them."""

from __future__ import annotations

NOTHING = "-"

UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def duration(seconds: float) -> str:
    """Return how long something has gone on, such as `3 min 5 s`."""
    seconds = round(seconds)
    for size, unit in UNITS:
        if seconds >= size:
            smaller, name = {"d": (3600.0, "h"), "h": (60.0, "min"), "min": (1.0, "s")}[unit]
            rest = seconds % size // smaller
            return f"{seconds // size:.0f} {unit} {rest:.0f} {name}"
    return f"{seconds} s"


def latency(seconds: float | None) -> str:
    """Return how long something took, with three digits that count."""
    if seconds is None:
        return NOTHING
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        # What would be rounded to 1000 of a unit is 1 of the next.
        if seconds * factor >= 0.9995 or unit == "µs":
            return f"{_digits(seconds * factor)} {unit}"
    return NOTHING


def rate(per_second: float | None) -> str:
    """Return how often something happens in a second."""
    if per_second is None:
        return NOTHING
    return "0" if per_second == 0 else _digits(per_second)


def number_of(count: int, noun: str) -> str:
    """Return *count* with its noun, such as `3 workers`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _digits(value: float) -> str:
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
