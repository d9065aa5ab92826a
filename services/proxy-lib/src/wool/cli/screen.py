"""Draw over what was drawn before."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from wool.cli.layout import Line, clipped
from wool.runtime.drawing import Console, Live, Text


class Screen:
    """The terminal, all of it where *full*; a context manager that leaves it as it was."""

    def __init__(self, *, full: bool) -> None:
        self._console = Console(highlight=False)
        self._full = full
        self._live = Live(console=self._console, screen=full, auto_refresh=False)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines there are now."""
        return self._console.width, self._console.height

    def draw(self, lines: Sequence[Line]) -> None:
        """Show *lines* in place of those before; what there is no room for is left out."""
        columns, height = self.size
        if self._full:
            lines = [clipped(line, columns) for line in lines[:height]]
        text = Text("\n", no_wrap=self._full, overflow="crop" if self._full else "fold").join(
            Text.assemble(*((cell.text, cell.style) for cell in line)) for line in lines
        )
        self._live.update(text, refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()
