"""What cannot change is remembered instead of being pickled again."""

from __future__ import annotations

import pytest
from pickling_link import script
from pickling_local_classes import MAKERS, kind_of

from wool_common.pickling.snapshots import take_snapshot
from wool_common.pickling.values import dump


@pytest.mark.parametrize("maker", MAKERS)
def test_ordinary_classes_are_remembered(maker: str) -> None:
    """Whatever kind of class: as long as nothing mutable is captured, its snapshot holds."""
    value = MAKERS[maker]()
    snapshot = take_snapshot(kind_of(value))

    dump(value)

    assert snapshot is not None
    assert snapshot.holds()


@pytest.mark.parametrize(
    "source",
    [
        "x = []\ndef f():\n    return x",
        "x = ({},)\ndef f():\n    return x",
        "def f(x=[]):\n    return x",
        "def f(*, x={}):\n    return x",
        "def f():\n    return f.x\nf.x = set()",
        "class A:\n    pass\nx = A()\ndef f():\n    return x",
        "x = [].append\ndef f():\n    return x",
        "x = []\ndef g():\n    return x\ndef f():\n    return g()",
        "x = []\n@routine\nasync def g():\n    return x\ndef f():\n    return g()",
        "@routine\nasync def g():\n    pass\ng.__wool_options__ = []\ndef f():\n    return g()",
        "import enum\nclass A(enum.Enum):\n    X = []\nx = A.X\ndef f():\n    return x",
    ],
)
def test_what_captures_anything_mutable_is_not(source: str) -> None:
    """There is no snapshot of what may change unseen."""
    assert take_snapshot(script(source)["f"]) is None


def test_a_snapshot_does_not_outlive_its_function() -> None:
    """Of a function that is gone nothing holds."""
    space = script("def f():\n    return 1")
    snapshot = take_snapshot(space["f"])
    del space["f"]

    assert snapshot is not None
    assert not snapshot.holds()
