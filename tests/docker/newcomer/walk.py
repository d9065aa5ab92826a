"""Do what a page says."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from newcomer.page import PageError, Press, Save, Shown, Step, Type, steps_of
from newcomer.printed import complaint, is_as_long, is_as_shown, plain
from newcomer.terminal import Terminal, TerminalError, is_prompted

END: Final = "end-of-file"

Carry = Callable[[Terminal, list[str], str], None]
"""Copies files from machine to machine, as `scp` does that is typed into a terminal."""


@dataclass(slots=True, kw_only=True)
class Walk:
    """
    Somebody who has *terminals* and does in them what pages say.

    *leaving_out* ends the headings of sections that do not concern them; *replaced* is what
    they are told to write in place of what the page has. *seconds* is the time for a command.
    """

    terminals: Mapping[str, Terminal]
    carry: Carry | None = None
    leaving_out: str = "(neither)"
    replaced: Mapping[str, str] = field(default_factory=dict[str, str])
    seconds: float = 180.0
    _busy: dict[Terminal, int] = field(default_factory=dict[Terminal, int], init=False)

    def follow(self, page: Path) -> None:
        """
        Do what *page* says.

        Raises:
            PageError: what happens is something else.
        """
        try:
            for step in steps_of(page.read_text()):
                if not step.heading.endswith(self.leaving_out):
                    self._do(step)
        except PageError as exc:
            exc.add_note(f"on the page {page}")
            raise

    def _do(self, step: Step) -> None:
        try:
            self._done(self.terminals[step.place], step)
        except TerminalError as exc:
            raise PageError(step.line, str(exc)) from exc

    def _done(self, terminal: Terminal, step: Step) -> None:
        since = self._busy.pop(terminal, None)
        if isinstance(step, Press):
            if since is None:
                raise PageError(step.line, f"nothing runs in the {step.place}")
            self._stop(terminal, step)
        elif since is not None:
            raise PageError(step.line, f"what began in line {since} still runs there")
        elif isinstance(step, Save):
            self._save(terminal, step)
        elif isinstance(step, Type):
            self._type(terminal, step)

    def _stop(self, terminal: Terminal, step: Press) -> None:
        terminal.send("\x03")
        code, printed = terminal.prompted(self.seconds)
        self._compare(step.line, step.shown, printed)
        if code:
            raise PageError(step.line, f"exit code {code}\n{plain(printed)}")

    def _save(self, terminal: Terminal, step: Save) -> None:
        """Write the file, as an editor would that was begun in this terminal."""
        typed = [f"cat > {step.file} <<'{END}'", *self._read(step.text).splitlines(), END]
        for line in typed[:-1]:
            terminal.type(line, self.seconds)
        code, printed = terminal.type(typed[-1], self.seconds)
        if code:
            raise PageError(step.line, printed)

    def _type(self, terminal: Terminal, step: Type) -> None:
        *before, last = [self._read(line) for line in step.lines]
        printed = "".join(self._line(terminal, line, step) for line in before)
        if step.runs:
            self._start(terminal, last, step, printed)
            return
        printed += self._line(terminal, last, step, fails=step.fails)
        self._compare(step.line, step.shown, printed)

    def _line(self, terminal: Terminal, line: str, step: Type, *, fails: bool = False) -> str:
        if line.startswith("scp "):
            self._copy(terminal, line, step)
            return ""
        code, printed = terminal.type(line, self.seconds)
        if code is not None and bool(code) != fails:
            raise PageError(step.line, f"{line}: exit code {code}\n{plain(printed)}")
        return printed

    def _start(self, terminal: Terminal, line: str, step: Type, printed: str) -> None:
        shown = step.shown
        if shown is None:
            raise PageError(step.line, "how does one see that it runs?")
        terminal.send(f"{line}\n")
        printed += terminal.read_until(lambda more: is_as_long(printed + more, shown), self.seconds)
        if is_prompted(printed):
            raise PageError(step.line, f"{line} has ended\n{plain(printed)}")
        self._compare(step.line, shown, printed)
        self._busy[terminal] = step.line

    def _copy(self, terminal: Terminal, line: str, step: Type) -> None:
        """Copy files from machine to machine, which have neither ssh nor a way to log in."""
        if self.carry is None:
            raise PageError(step.line, "there is no other machine")
        *files, target = shlex.split(line)[1:]
        self.carry(terminal, files, target)

    def _compare(self, line: int, shown: Shown | None, printed: str) -> None:
        if shown is None:
            if (warning := complaint(printed)) is not None:
                raise PageError(line, f"of this the page says nothing: {warning}")
        elif not is_as_shown(printed, self._told(shown)):
            said = f"the page says\n{shown.text}\nit prints\n{plain(printed)}"
            raise PageError(shown.line, said)

    def _told(self, shown: Shown) -> Shown:
        return Shown(line=shown.line, text=self._read(shown.text), differs=shown.differs)

    def _read(self, text: str) -> str:
        for old, new in self.replaced.items():
            text = text.replace(old, new)
        return text
