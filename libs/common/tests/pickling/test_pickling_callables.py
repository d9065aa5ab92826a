"""Callables are defined once and anew when they have changed."""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import sys
import types
import weakref
from typing import Any

import pickling_samples
import pytest
from pickling_link import Peer, loaded, script
from pickling_samples import Point, Shop, double, routine, triple

from wool_common.errors import SerializationError
from wool_common.pickling.callables import CallableCache
from wool_common.pickling.values import Parcel


def test_an_importable_routine_travels_as_its_name(cache: CallableCache) -> None:
    """Its payload loads as the function behind it."""
    raw = triple.__wool_routine__

    definition = cache.define(triple)

    assert loaded(definition) is raw
    assert not definition.by_value
    assert definition.tag == f"pickling_samples.triple:{raw.__code__.co_firstlineno}"


@pytest.mark.parametrize("name", ["price", "named", "plain"])
def test_methods_travel_as_their_names(cache: CallableCache, name: str) -> None:
    """Instance, class and static methods load as the functions behind them."""
    member = Shop.__dict__[name]
    wrapper = getattr(member, "__func__", member)

    definition = cache.define(wrapper)

    assert loaded(definition) is wrapper.__wool_routine__
    assert not definition.by_value
    assert definition.tag.startswith(f"pickling_samples.Shop.{name}:")


@pytest.mark.parametrize("fn", [double, Shop.plus, len, Point, Shop.label], ids=repr)
def test_other_importable_callables_travel_as_their_names(cache: CallableCache, fn: Any) -> None:
    """Plain functions, builtins, classes and class methods need no code inside."""
    definition = cache.define(fn)

    assert loaded(definition) == fn
    assert not definition.by_value


def test_a_function_behind_a_routine_travels_as_its_name(cache: CallableCache) -> None:
    """Also the raw function is found under the name of the routine."""
    raw = triple.__wool_routine__

    assert loaded(cache.define(raw)) is raw
    assert not cache.define(raw).by_value


def test_a_decorated_routine_keeps_its_decorator(cache: CallableCache) -> None:
    """What only copied the attributes of a routine is not taken for one."""

    @functools.wraps(triple)
    async def outer(x: int) -> int:
        return await triple(x) + 1

    fn = loaded(cache.define(outer))

    assert asyncio.run(fn(1)) == 4


def test_defining_again_returns_the_same(cache: CallableCache) -> None:
    """Nothing is pickled twice while nothing changes."""
    space = script("async def add(x):\n    return x + 1")

    for fn in (triple, double, space["add"], routine(space["add"])):
        assert cache.define(fn) is cache.define(fn)


def test_a_name_bound_anew_is_noticed(cache: CallableCache) -> None:
    """A function whose name now means another one travels by value."""
    module = types.ModuleType("pickling_bound_anew")
    sys.modules[module.__name__] = module
    exec("def f():\n    return 1", module.__dict__)
    first = module.f
    before = cache.define(first)
    exec("def f():\n    return 2", module.__dict__)

    after = cache.define(first)

    del sys.modules[module.__name__]
    assert not before.by_value
    assert after.by_value
    assert loaded(after)() == 1


def test_modules_registered_for_it_travel_by_value(cache: CallableCache) -> None:
    """Cloudpickle's own registry is honoured."""
    cloudpickle = importlib.import_module("cloudpickle")
    cloudpickle.register_pickle_by_value(pickling_samples)
    try:
        definition = cache.define(double)
    finally:
        cloudpickle.unregister_pickle_by_value(pickling_samples)

    assert definition.by_value
    assert loaded(definition) is not double


def test_changing_back_gives_the_first_digest(cache: CallableCache) -> None:
    """Equal contents, equal digest: the other side may reuse what it has."""
    space = script("x = 1\ndef f():\n    return x")
    first = cache.define(space["f"])
    space["x"] = 2
    second = cache.define(space["f"])
    space["x"] = 1

    assert cache.define(space["f"]).digest == first.digest != second.digest


def test_immutable_captures_are_not_pickled_again(cache: CallableCache) -> None:
    """What can never change is remembered by identity."""
    space = script(
        "import enum, math, json.decoder\n"
        "from datetime import timedelta\nfrom pathlib import Path\n"
        "from pickling_samples import Colour, Point, double\n"
        "NUMBERS = (1, 2.5, 'a', b'b', None, frozenset({1}), (3,))\n"
        "SPAN, HERE, RED, PLACE = timedelta(1), Path('.'), Colour.RED, Point(1, 2)\n"
        "class Mood(enum.Enum):\n    GLAD = 1\n"
        "def helper(x: list[int] = ()):\n    return math.floor(double(x))\n"
        "def f():\n"
        "    return helper, NUMBERS, SPAN, HERE, RED, PLACE, Mood.GLAD, json.decoder, len, f\n"
    )

    assert cache.define(space["f"]) is cache.define(space["f"])


def test_recursion_works_there(peer: Peer) -> None:
    """A routine that calls itself is itself again."""
    space = script(
        "@routine\nasync def fib(n):\n"
        "    return n if n < 2 else await fib(n - 1) + await fib(n - 2)"
    )

    assert peer.call(space["fib"], 10) == 55
    assert peer.cache.define(space["fib"]) is peer.cache.define(space["fib"])


def test_functions_with_a_cache_work_there(peer: Peer) -> None:
    """Also one of a script that calls itself; what it has cached stays behind."""
    space = script(
        "import functools\n"
        "@functools.cache\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n"
        "def f(n):\n    fib(3)\n    return fib(n), fib.cache_info().misses\n"
    )
    space["fib"](50)

    assert peer.call(space["f"], 30) == (832040, 31)
    assert peer.cache.define(space["f"]) is peer.cache.define(space["f"])


def test_siblings_work_there(peer: Peer) -> None:
    """Routines that call one another find one another."""
    space = script(
        "@routine\nasync def even(n, base=0):\n    return n == base or await odd(n - 1)\n"
        "@routine\nasync def odd(n):\n    return n != 0 and await even(n - 1)\n"
    )

    assert peer.call(space["even"], 10) is True
    assert peer.call(space["odd"], 10) is False


def test_decorated_methods_of_local_classes_work_there(peer: Peer) -> None:
    """A routine that is a method travels with its class, and the class with its routines."""
    space = script(
        "class Base:\n"
        "    async def rate(self):\n        return 2\n"
        "class Job(Base):\n"
        "    def __init__(self, x):\n        self.x = x\n"
        "    @routine\n"
        "    async def run(self):\n        return self.x * await super().rate() + await self.more()\n"
        "    @routine\n"
        "    async def more(self):\n        return 1\n"
    )

    assert peer.call(space["Job"].run, space["Job"](3)) == 7
    assert peer.call(space["Job"](3).run) == 7


def test_a_routine_met_inside_a_value_is_a_routine_there(peer: Peer) -> None:
    """By name where it can be imported, rebuilt with its options otherwise."""
    space = script(
        "async def work(x):\n    'Work.'\n    return x + 1\n"
        "work = routine(work, ('fast', 3))\n"
        "async def look(fns):\n"
        "    out = []\n"
        "    for fn in fns:\n"
        "        out.append((await fn(1), fn.__name__, fn.__doc__, fn.__wool_options__))\n"
        "    return out\n"
    )

    assert peer.call(space["look"], [space["work"], triple]) == [
        (2, "work", "Work.", ("fast", 3)),
        (3, "triple", "Return three times *x*.", None),
    ]
    assert peer.echo(triple) is triple


def test_bound_methods_and_callable_objects_are_accepted(peer: Peer) -> None:
    """`wool.map` and hooks take any callable."""

    class Adder:
        def __init__(self, n: int) -> None:
            self.n = n

        def __call__(self, x: int) -> int:
            return x + self.n

        def add(self, x: int) -> int:
            return x + self.n

    adder = Adder(2)
    before = peer.call(adder, 1), peer.call(adder.add, 1)
    adder.n = 3
    after = peer.call(adder, 1), peer.call(adder.add, 1)

    assert (before, after) == ((3, 3), (4, 4))
    assert peer.call(Shop(3).plus, 1) == 4
    assert peer.call(Shop(3).price, 2) == 6
    assert peer.call(Shop.label) == "Shop"
    assert peer.call(functools.partial(double, 4)) == 8


def test_bound_methods_are_pickled_each_time(cache: CallableCache) -> None:
    """The object they are bound to may have changed."""
    shop = Shop(3)

    first = cache.define(shop.plus)
    shop.rate = 4

    assert cache.define(shop.plus).digest != first.digest
    assert not first.by_value


def test_a_large_capture_makes_a_parcel(cache: CallableCache) -> None:
    """What a function captured may be large."""
    blob = bytes(1_000_000)

    definition = cache.define(lambda: blob)

    assert isinstance(definition.payload, Parcel)
    assert definition.payload.size > len(blob)


def test_what_cannot_be_pickled_is_named(cache: CallableCache) -> None:
    """The error says which global is to blame."""
    space = script("import threading\nLOCK = threading.Lock()\ndef f():\n    return LOCK")

    with pytest.raises(SerializationError) as caught:
        cache.define(space["f"])

    assert caught.value.path == "f.__globals__['LOCK']"


def test_a_definition_does_not_keep_its_function_alive(cache: CallableCache) -> None:
    """A function that is gone leaves nothing in the cache."""
    space = script("class A:\n    pass\ndef f():\n    return f, A\n")
    cache.define(space["f"])
    kept = weakref.ref(space["f"])

    space.clear()
    gc.collect()

    assert kept() is None
    assert not vars(cache)["_entries"]


def test_equal_functions_of_two_sessions_have_equal_digests() -> None:
    """The digest tells contents, not who asked."""
    fn = script("def f(x):\n    return x")["f"]

    assert CallableCache().define(fn).digest == CallableCache().define(fn).digest
