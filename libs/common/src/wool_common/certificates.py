"""Read whom a certificate names, from when until when."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

BLOCK: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

ALTERNATIVE_NAMES: Final = (0x06, bytes.fromhex("551d11"))
COMMON_NAME: Final = (0x06, bytes.fromhex("550403"))
VERSION: Final = 0xA0
EXTENSIONS: Final = 0xA3
DNS_NAME: Final = 0x82
ADDRESS: Final = 0x87
YEAR_OF_TWO_DIGITS: Final = 0x17
SHOWN: Final = "%Y-%m-%d %H:%M UTC"

Element = tuple[int, bytes]


def blocks(pem: bytes) -> str:
    """Return the certificates in *pem* without what stands around them; empty for none."""
    return b"\n".join(BLOCK.findall(pem)).decode("ascii", "replace")


def first_name(pem: bytes) -> str | None:
    """
    Return the name by which a peer may recognise the first certificate in *pem*.

    That is its first DNS name, else its first address, else, where it has no alternative
    names at all, its common name. None: there is nothing to recognise it by.

    Raises:
        ValueError: there is no certificate, or it is broken.
    """
    found = BLOCK.search(pem)
    if found is None:
        raise ValueError("holds no certificate in PEM form")
    try:
        return _first_name(_fields(found[0]))
    except (ValueError, IndexError) as exc:
        raise ValueError("holds a certificate that cannot be read") from exc


def outdated(pem: bytes, now: datetime | None = None) -> str | None:
    """
    Return why the first certificate in *pem* is worth nothing at *now*, None where it is.

    Raises:
        ValueError: there is no certificate, or it is broken.
    """
    from datetime import UTC, datetime  # kept off the start of workers

    found = BLOCK.search(pem)
    if found is None:
        raise ValueError("holds no certificate in PEM form")
    moment = now or datetime.now(UTC)
    try:
        begins, ends = (_moment(*time) for time in _within(_fields(found[0])[3][1]))
    except (ValueError, IndexError) as exc:
        raise ValueError("holds a certificate that cannot be read") from exc
    if moment > ends:
        return f"has expired on {ends:{SHOWN}}"
    if moment < begins:
        return (
            f"is not valid before {begins:{SHOWN}}; by this machine's clock it is {moment:{SHOWN}}"
        )
    return None


def all_outdated(pem: bytes) -> str | None:
    """Return why the last certificate in *pem* is worth nothing, where none is worth anything."""
    reasons = [outdated(block) for block in BLOCK.findall(pem)]
    return None if None in reasons else reasons[-1]


def _fields(pem: bytes) -> list[Element]:
    """Return serial number, algorithm, issuer, validity, subject and what comes after."""
    der = ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
    fields = _within(_within(_within(der)[0][1])[0][1])
    if fields[0][0] == VERSION:
        del fields[0]
    return fields


def _moment(tag: int, text: bytes) -> datetime:
    from datetime import UTC, datetime

    digits = text.decode("ascii").rstrip("Z")
    if tag == YEAR_OF_TWO_DIGITS:
        digits = ("20" if digits < "50" else "19") + digits
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _first_name(fields: Sequence[Element]) -> str | None:
    extensions = [part for tag, part in fields if tag == EXTENSIONS]
    for _, extension in _within(_within(extensions[0])[0][1]) if extensions else ():
        parts = _within(extension)
        names = _within(_within(parts[-1][1])[0][1]) if parts[0] == ALTERNATIVE_NAMES else ()
        if names:
            return _first_alternative(names)
    return _common_name(fields[4][1])


def _first_alternative(names: Sequence[Element]) -> str | None:
    for tag, name in names:
        if tag == DNS_NAME:
            return name.decode("ascii")
    for tag, name in names:
        if tag == ADDRESS:
            from ipaddress import ip_address  # kept off the start of workers

            return str(ip_address(name))
    return None


def _common_name(subject: bytes) -> str | None:
    for _, several in _within(subject):
        for _, attribute in _within(several):
            kind, (_, text) = _within(attribute)
            if kind == COMMON_NAME:
                return text.decode()
    return None


def _within(der: bytes) -> list[Element]:
    """Return the tags and contents of the elements that stand one after another in *der*."""
    return list(_elements(der))


def _elements(der: bytes) -> Iterator[Element]:
    at = 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1], at + 2
        if size & 0x80:  # what follows is so many bytes that hold the size
            digits = size & 0x7F
            size, at = int.from_bytes(der[at : at + digits], "big"), at + digits
        if at + size > len(der):
            raise ValueError("an element ends in the middle")
        yield tag, der[at : at + size]
        at += size
