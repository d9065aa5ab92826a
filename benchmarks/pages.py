"""Write tables into the marked places of pages."""

import re
from collections.abc import Mapping, Sequence


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Return *rows*, the first of which is the head, as Markdown."""
    head, *body = rows
    ruler = ("---", *("---:" for _ in head[1:]))
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ruler, *body))


def filled(text: str, topic: str, blocks: Mapping[str, str]) -> str:
    """Return *text* with each of *blocks* between `<!-- topic:name -->` and its end."""
    for name, block in blocks.items():
        begin, end = f"<!-- {topic}:{name} -->", f"<!-- /{topic}:{name} -->"
        pattern = re.escape(begin) + ".*?" + re.escape(end)
        whole = f"{begin}\n{block}\n{end}"
        text = re.sub(pattern, lambda _, whole=whole: whole, text, flags=re.DOTALL)
    return text
