"""
Fail where `proto/` breaks those who use the schemas of the previous commit of main.

On a branch that is the commit at which it left main; on main it is the commit before.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUF = Path(sys.executable).with_name("buf")


def git(*arguments: str) -> bytes | None:
    """Return what git prints, or None where it fails."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def previous() -> str | None:
    """Return the commit to compare with, None where there is none."""
    head = git("rev-parse", "HEAD")
    base = git("merge-base", "HEAD", "main")
    if base is None or base == head:
        base = git("rev-parse", "--verify", "HEAD~1")
    return base.decode().strip() if base else None


def main() -> None:
    """Compare the working tree with the previous commit."""
    if git("rev-parse", "--git-dir") is None:
        sys.exit("buf breaking: git does not answer here; is this a clone?")
    commit = previous()
    if commit is None:
        print("buf breaking: there is no previous commit to compare with")
        return
    archive = git("archive", "--format=tar", commit, "proto")
    if archive is None:
        print(f"buf breaking: commit {commit[:12]} has no schemas to compare with")
        return
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before.tar"
        before.write_bytes(archive)
        against = ["--against", f"{before}#subdir=proto"]
        code = subprocess.run(
            [BUF, "breaking", "proto", *against], cwd=ROOT, check=False
        ).returncode
    if code:
        sys.exit(code)
    print(f"buf breaking: nothing breaks since commit {commit[:12]}")


if __name__ == "__main__":
    main()
