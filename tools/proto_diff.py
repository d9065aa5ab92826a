"""Fail where the committed `wool_protocol` differs from what the schemas give."""

from __future__ import annotations

import difflib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUF = Path(sys.executable).with_name("buf")


def contents(folder: Path) -> dict[str, str]:
    """Return the text of each file below *folder* that git would keep."""
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def differences(committed: dict[str, str], generated: dict[str, str]) -> list[str]:
    """Return the lines of a diff from *committed* to *generated*."""
    lines: list[str] = []
    for name in sorted(committed.keys() | generated.keys()):
        if name not in generated:
            lines.append(f"{name}: not generated from any schema\n")
        elif name not in committed:
            lines.append(f"{name}: missing\n")
        else:
            before, after = committed[name].splitlines(True), generated[name].splitlines(True)
            lines += difflib.unified_diff(before, after, f"committed/{name}", f"generated/{name}")
    return lines


def main(package: str) -> None:
    """Generate *package* aside and compare."""
    with tempfile.TemporaryDirectory() as aside:
        subprocess.run([BUF, "generate", "--output", aside], cwd=ROOT, check=True)
        found = differences(contents(ROOT / package), contents(Path(aside) / package))
    if found:
        sys.stdout.writelines(found)
        sys.exit(f"{package} is not what proto/ gives; run `task proto`")
    print(f"{package} is what proto/ gives")


if __name__ == "__main__":
    main(sys.argv[1])
