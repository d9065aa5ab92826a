"""Tell callers which argument is wrong, and how."""

from __future__ import annotations

from collections.abc import Iterable

from wool_common.credentials import CredentialsLike


def checked_seconds(name: str, value: object) -> float:
    """
    Return *value* as seconds above zero.

    Raises:
        TypeError, ValueError: it is no such number; the text names the argument.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is a number of seconds, not {value!r}")
    if not value > 0:
        raise ValueError(f"{name} must be above 0 seconds, not {value!r}")
    return float(value)


def checked_count(name: str, value: object, *, least: int, unit: str) -> int:
    """
    Return *value* as a whole number of *unit*, *least* or more.

    Raises:
        TypeError, ValueError: it is no such number; the text names the argument.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a number of {unit}, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more {unit}, not {value}")
    return value


def checked_flag(name: str, value: object) -> bool:
    """
    Return *value*, which is True or False.

    Raises:
        TypeError: it is something else; the text names the argument.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return value


def checked_credentials(value: object) -> CredentialsLike | None:
    """
    Return *value* as credentials, None standing for none.

    Raises:
        TypeError: it is something else, whose value the text does not show.
    """
    if value is None:
        return None
    if isinstance(value, CredentialsLike) and not isinstance(value, type):
        return value
    raise TypeError(
        "credentials must be WorkerCredentials or a WorkerCredentialsProvider, not"
        f" {type(value).__name__}"
    )


def checked_tags(tags: Iterable[object]) -> tuple[str, ...]:
    """
    Return *tags* as strings.

    Raises:
        TypeError: one of them is not a string, or empty.
    """
    return tuple(_checked_tag(tag) for tag in tags)


def _checked_tag(tag: object) -> str:
    if isinstance(tag, int) and not isinstance(tag, bool):
        raise TypeError(
            f"a tag is a non-empty string, not {tag}; a number of workers is size={tag}"
        )
    if not isinstance(tag, str) or not tag:
        raise TypeError(f"a tag is a non-empty string, not {tag!r}")
    try:
        tag.encode()
    except UnicodeEncodeError:
        raise ValueError(f"a tag must be text that can be sent as UTF-8, not {tag!r}") from None
    return tag
