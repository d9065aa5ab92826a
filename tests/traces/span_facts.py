"""Facts about spans, which cross from process to process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One span that has ended."""

    name: str
    kind: str
    trace: str
    span: str
    parent: str | None
    status: str
    attributes: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]
    links: list[str]
    begun: int
    ended: int


def fact_of(span: Any) -> Fact:
    """Return what is known of *span*, one of the SDK's."""
    told = json.loads(span.to_json())
    return Fact(
        name=span.name,
        kind=span.kind.name,
        trace=told["context"]["trace_id"],
        span=told["context"]["span_id"],
        parent=told["parent_id"],
        status=span.status.status_code.name,
        attributes=dict(span.attributes),
        events=[(event.name, dict(event.attributes)) for event in span.events],
        links=[f"0x{link.context.span_id:016x}" for link in span.links],
        begun=span.start_time,
        ended=span.end_time,
    )
