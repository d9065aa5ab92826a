"""
Run the Python blocks of a page, in order, in one process, as a notebook would.

    python run_page.py PAGE

Blocks share their names; `await` is allowed at the top level. What a block prints has to
be what the text block right below it says. Shell blocks are run that are marked so.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import sys
from pathlib import Path
from types import CodeType, ModuleType

from pages import Block, blocks
from typed import Terminal


def main(page: Path) -> None:
    """Run the blocks of *page*; the first that fails ends the process."""
    script = ModuleType("__main__")
    # What the page defines belongs to the script it stands for, and travels by value.
    sys.modules["__main__"] = script
    with Terminal() as terminal, asyncio.Runner() as runner:
        for block in blocks(page, "python", "sh"):
            if block.typed:
                terminal.type(block)
            elif block.language == "python" and block.excuse is None:
                run(block, compiled(block, page), script, runner)


def compiled(block: Block, page: Path) -> CodeType:
    """Return the code of *block* with the line numbers it has on *page*."""
    return compile(
        "\n" * (block.line - 1) + block.code,
        str(page),
        "exec",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        dont_inherit=True,
    )


def run(block: Block, code: CodeType, script: ModuleType, runner: asyncio.Runner) -> None:
    """Run *block* and compare what it prints with what the page says."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        waits = eval(code, script.__dict__)
        if inspect.iscoroutine(waits):
            runner.run(waits)
    if block.printed is not None and printed.getvalue() != block.printed:
        sys.exit(
            f"line {block.line}: the page says\n{block.printed}\nit prints\n{printed.getvalue()}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
