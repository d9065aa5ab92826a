"""Say in a TXT record of DNS what a worker says about itself."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NoReturn, cast

from wool_common.errors import DiscoveryError
from wool_common.metadata import NO_EXTRA, WorkerId, WorkerMetadata

FORM: Final = b"w=1"
"""The first string of each record: what it is, and in which version."""

ROOM: Final = 1100
"""Bytes a record may have, so that one packet of 1460 takes it with all that goes along."""

MOST: Final = 65_536
"""Bytes a record that came from the network may unfold to."""

STRING: Final = 255
CHUNK: Final = re.compile(rb"([jz])(\d{1,3})=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class LanRecord:
    """
    What one TXT record tells.

    *worker* has no address: other records tell it, unless *host* names what to dial. One
    that is not *complete* lacks its tags and extra, which only the worker itself tells.
    """

    worker: WorkerMetadata
    namespace: str | None = None
    host: str | None = None
    complete: bool = True
    revision: int = 0


def label(uid: str, namespace: str | None) -> str:
    """Return the name, in DNS, of the worker *uid* in *namespace*; no two have the same."""
    digest = hashlib.sha256(json.dumps([uid, namespace]).encode()).hexdigest()
    return f"{re.sub('[^a-z0-9]', '-', uid.lower())[:38]}-{digest[:16]}"


def encode(record: LanRecord) -> bytes:
    """
    Return *record* as TXT data of at most ROOM bytes, leaving tags and extra out if need be.

    Raises:
        DiscoveryError: it does not fit even so.
    """
    facts = _facts(record)
    if (fits := _fitting(facts)) is None:
        facts = {k: v for k, v in facts.items() if k not in ("tags", "extra")} | {"rest": True}
        if (fits := _fitting(facts)) is None:
            raise DiscoveryError(
                f"worker {record.worker.uid[:40]} cannot be announced: its uid, its host and the"
                f" namespace are longer than {ROOM} bytes together"
            )
    return fits


def decode(data: bytes) -> LanRecord:
    """
    Return what *data*, which anybody may have sent, tells.

    Raises:
        DiscoveryError: it is no record of this form.
    """
    facts = _unfolded(list(_strings(data)))
    return LanRecord(
        worker=WorkerMetadata(
            uid=WorkerId(_text(facts, "uid")),
            address="",
            pid=_number(facts, "pid"),
            version=_text(facts, "version"),
            tags=_tags(facts.get("tags", [])),
            extra=_extra(facts.get("extra", {})),
            secure=facts.get("secure", False) is True,
            python=_text(facts, "python"),
            protocol=_number(facts, "protocol"),
        ),
        namespace=_text(facts, "ns") if "ns" in facts else None,
        host=_text(facts, "host") if "host" in facts else None,
        complete="rest" not in facts,
        revision=_number(facts, "revision") if "revision" in facts else 0,
    )


def _facts(record: LanRecord) -> dict[str, object]:
    worker = record.worker
    facts: dict[str, object] = {
        "uid": worker.uid,
        "ns": record.namespace,
        "host": record.host,
        "pid": worker.pid,
        "version": worker.version,
        "python": worker.python,
        "protocol": worker.protocol,
        "secure": worker.secure or None,
        "revision": record.revision or None,
        "rest": None if record.complete else True,
        "tags": sorted(worker.tags) or None,
        "extra": dict(worker.extra) or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _fitting(facts: Mapping[str, object]) -> bytes | None:
    """Return *facts* as TXT data, in plain JSON where that fits, None where nothing does."""
    plain = json.dumps(facts, separators=(",", ":")).encode()
    for kind, body in ((b"j", plain), (b"z", zlib.compress(plain, 9))):
        if len(body) <= ROOM and len(data := _split(kind, body)) <= ROOM:
            return data
    return None


def _split(kind: bytes, body: bytes) -> bytes:
    strings = [FORM]
    while body:
        key = b"%s%d=" % (kind, len(strings) - 1)
        strings.append(key + body[: STRING - len(key)])
        body = body[STRING - len(key) :]
    return b"".join(bytes([len(string)]) + string for string in strings)


def _strings(data: bytes) -> Iterator[bytes]:
    while data:
        end = 1 + data[0]
        if end > len(data):
            _blame("a string is cut off")
        yield data[1:end]
        data = data[end:]


def _unfolded(strings: list[bytes]) -> dict[str, object]:
    if FORM not in strings:
        _blame(f"it does not say {FORM.decode()}")
    found = [match for match in map(CHUNK.fullmatch, strings) if match is not None]
    found.sort(key=lambda match: int(match[2]))
    if [int(match[2]) for match in found] != list(range(len(found))):
        _blame("a piece is missing")
    body = b"".join(match[3] for match in found)
    if any(match[1] == b"z" for match in found):
        body = _inflated(body)
    try:
        facts: object = json.loads(body)
    except (ValueError, RecursionError) as exc:
        _blame(f"it is not JSON ({type(exc).__name__})")
    if not isinstance(facts, dict):
        _blame("it is not a JSON object")
    return cast("dict[str, object]", facts)


def _inflated(body: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(body, MOST)
    except zlib.error:
        _blame("it cannot be unpacked")
    if not stream.eof:
        _blame(f"it is cut off, or longer than {MOST} bytes")
    return plain


def _text(facts: Mapping[str, object], name: str) -> str:
    value = facts.get(name)
    if not isinstance(value, str) or not value:
        _blame(f"{name} is no text")
    return value


def _number(facts: Mapping[str, object], name: str) -> int:
    value = facts.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
        _blame(f"{name} is no number")
    return value


def _tags(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        _blame("tags are no list")
    tags = cast("list[object]", value)
    texts = [tag for tag in tags if isinstance(tag, str) and tag]
    if len(texts) != len(tags):
        _blame("tags are not texts")
    return frozenset(texts)


def _extra(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        _blame("extra is no object")
    extra = cast("dict[str, object]", value)
    texts = {key: text for key, text in extra.items() if isinstance(text, str)}
    if len(texts) != len(extra):
        _blame("extra holds more than texts")
    return MappingProxyType(texts) if texts else NO_EXTRA


def _blame(reason: str) -> NoReturn:
    raise DiscoveryError(f"the record cannot be read: {reason}")
