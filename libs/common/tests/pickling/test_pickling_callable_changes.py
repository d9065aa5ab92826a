"""A callable is defined anew when anything it captured has changed."""

from __future__ import annotations

import pytest
from pickling_link import Peer, loaded, script

from wool_common.pickling.callables import CallableCache

CHANGES = {
    "global": ("x = 1\ndef f():\n    return x", "x = 2"),
    "global that was missing": ("def f():\n    return len([1])", "def len(_):\n    return 2"),
    "global of a helper": ("x = 1\ndef g():\n    return x\ndef f():\n    return g()", "x = 2"),
    "helper": ("def g():\n    return 1\ndef f():\n    return g()", "def g():\n    return 2"),
    "helper to None": (
        "def g():\n    pass\ndef f():\n    return 2 if g is None else 1",
        "g = None",
    ),
    "enum member": (
        "import enum\nclass A(enum.Enum):\n    X = 1\n    Y = 2\nm = A.X\n"
        "def f():\n    return m.value",
        "m = A.Y",
    ),
    "alias of types": (
        "class A:\n    n = 1\nclass B:\n    n = 2\nt = list[A]\n"
        "def f():\n    return t.__args__[0].n",
        "t = list[B]",
    ),
    "function with a cache": (
        "import functools\nx = 1\n@functools.lru_cache(maxsize=3)\ndef g():\n    return x\n"
        "def f():\n    return g()",
        "x = 2\ng.cache_clear()",
    ),
    "list in place": ("x = [1]\ndef f():\n    return x[-1]", "x.append(2)"),
    "dict in a tuple": ("x = ({'a': 1},)\ndef f():\n    return x[0]['a']", "x[0]['a'] = 2"),
    "default": ("def f(x=1):\n    return x", "f.__defaults__ = (2,)"),
    "keyword default": ("def f(*, x=1):\n    return x", "f.__kwdefaults__ = {'x': 2}"),
    "keyword default in place": ("def f(*, x=1):\n    return x", "f.__kwdefaults__['x'] = 2"),
    "attribute": ("def f():\n    return f.x\nf.x = 1", "f.x = 2"),
    "code": ("def f():\n    return 1", "f.__code__ = (lambda: 2).__code__"),
    "class attribute": ("class A:\n    x = 1\ndef f():\n    return A.x", "A.x = 2"),
    "class attribute in place": (
        "class A:\n    x = [1]\ndef f():\n    return A.x[0]",
        "A.x[0] = 2",
    ),
    "class bound anew": ("class A:\n    x = 1\ndef f():\n    return A.x", "class A:\n    x = 2"),
    "base class": (
        "class B:\n    x = 1\nclass A(B):\n    pass\ndef f():\n    return A.x",
        "B.x = 2",
    ),
    "method": (
        "class A:\n    def m(self):\n        return 1\ndef f():\n    return A().m()",
        "A.m = lambda self: 2",
    ),
    "static method": (
        "class A:\n    @staticmethod\n    def m():\n        return 1\ndef f():\n    return A.m()",
        "A.m = staticmethod(lambda: 2)",
    ),
    "property": (
        "class A:\n    @property\n    def m(self):\n        return 1\ndef f():\n    return A().m",
        "A.m = property(lambda self: 2)",
    ),
    "global of a method": (
        "x = 1\nclass A:\n    def m(self):\n        return x\ndef f():\n    return A().m()",
        "x = 2",
    ),
    "instance": (
        "class A:\n    pass\na = A()\na.x = 1\ndef f():\n    return a.x",
        "a.x = 2",
    ),
    "sibling routine": (
        "@routine\nasync def g():\n    return 1\n"
        "def f():\n    return asyncio.run(g.__wool_routine__())",
        "@routine\nasync def g():\n    return 2",
    ),
    "global of a sibling routine": (
        "x = 1\n@routine\nasync def g():\n    return x\n"
        "def f():\n    return asyncio.run(g.__wool_routine__())",
        "x = 2",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_gives_a_new_definition(cache: CallableCache, change: str) -> None:
    """Whatever was captured and changed since, the next definition has it."""
    source, statement = CHANGES[change]
    space = script(source)
    fn = space["f"]
    before = [cache.define(fn) for _ in range(2)]
    exec(statement, space)

    after = cache.define(fn)

    assert before[0].digest == before[1].digest
    assert after.digest != before[0].digest
    assert fn() == 2


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_takes_effect_there(peer: Peer, change: str) -> None:
    """The other process runs what is meant now."""
    source, statement = CHANGES[change]
    space = script(source)
    if "routine" in change:
        space["f"] = None
        source = source.replace("asyncio.run(g.__wool_routine__())", "g()")
        space = script(source)
    before = peer.call(space["f"])
    exec(statement, space)
    after = peer.call(space["f"])

    assert (before, after) == (1, 2)


def test_a_changed_closure_gives_a_new_definition(cache: CallableCache) -> None:
    """What a closure refers to may be bound anew."""
    factor = 1

    def scale(x: int) -> int:
        return x * factor

    before = cache.define(scale)
    factor = 2
    after = cache.define(scale)

    assert before.digest != after.digest
    assert loaded(after)(3) == 6
