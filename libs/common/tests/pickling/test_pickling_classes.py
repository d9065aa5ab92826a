"""Classes that travel by value keep their identity."""

from __future__ import annotations

import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import pytest
from pickling_link import Peer
from pickling_local_classes import MAKERS, kind_of, make_dataclass, make_enum, make_plain
from pickling_samples import Colour, Point

from wool_common.pickling.values import dump, load


@pytest.fixture(params=MAKERS)
def sample(request: pytest.FixtureRequest) -> Any:
    """Make an instance of a class that cannot be imported."""
    return MAKERS[request.param]()


def contents(cls: Any) -> dict[str, object]:
    # Pickle itself notes `__slotnames__` on every class of which it meets an instance.
    return {name: value for name, value in cls.__dict__.items() if name != "__slotnames__"}


def test_an_instance_comes_back_as_one_of_the_same_class(peer: Peer, sample: Any) -> None:
    """What went out and came back is equal and of the very class it was made from."""
    came = peer.echo(sample)

    assert type(came) is type(sample)
    assert came == sample


def test_a_class_comes_back_as_itself(peer: Peer, sample: Any) -> None:
    """The class itself makes the round trip too."""
    assert peer.echo(kind_of(sample)) is kind_of(sample)


def test_a_returning_class_is_left_unharmed(peer: Peer, sample: Any) -> None:
    """Not one attribute of the class is another object after it came back."""
    before = contents(type(sample))

    peer.echo([sample, kind_of(sample)])

    after = contents(type(sample))
    assert after.keys() == before.keys()
    assert [name for name in before if after[name] is not before[name]] == []


def test_a_class_survives_several_processes(peer: Peer, other_peer: Peer, sample: Any) -> None:
    """A class that passed through two other processes is still itself."""
    came = load(other_peer.pass_on(peer.pass_on(dump(sample))))

    assert type(came) is type(sample)
    assert came == sample


def test_two_arrivals_give_one_class(peer: Peer, sample: Any) -> None:
    """Instances that reach another process separately are of one class there."""
    kept: Callable[..., bool] = peer_keeps_type

    assert peer.call(kept, sample) is True
    assert peer.call(kept, sample) is True


def peer_keeps_type(value: object) -> bool:
    import builtins

    kinds = builtins.__dict__.setdefault("_kinds_seen", {})
    kind = type(value)
    return kinds.setdefault(kind.__qualname__, kind) is kind


peer_keeps_type.__module__ = "__main__"


def opposite(mood: Any) -> Any:
    return mood.opposite()


opposite.__module__ = "__main__"


def test_singletons_of_a_local_enum_stay_singletons(peer: Peer) -> None:
    """A member of an enum comes back as that member."""
    mood = make_enum()

    assert peer.echo(mood) is mood
    assert peer.call(opposite, mood) is mood.opposite()


def test_importable_classes_travel_by_name(peer: Peer) -> None:
    """What can be imported is not sent by value."""
    data = dump([Point(1, 2), Colour.RED])

    assert peer.echo([Point(1, 2), Colour.RED]) == [Point(1, 2), Colour.RED]
    assert isinstance(data, bytes)
    assert len(data) < 150


def test_except_catches_a_local_exception(peer: Peer) -> None:
    """An exception raised there is caught here by the class defined here."""

    class Mine(Exception):
        pass

    def fail() -> None:
        raise Mine("there")

    with pytest.raises(Mine, match="there"):
        peer.call(fail)


def test_isinstance_holds_there(peer: Peer) -> None:
    """A function and its argument mean the same class."""

    class Kind:
        pass

    def check(value: object) -> bool:
        return isinstance(value, Kind)

    assert peer.call(check, Kind()) is True


def test_super_and_methods_work_there(peer: Peer) -> None:
    """Methods reach the class they were defined in, its bases and its statics."""

    class Base:
        def name(self) -> str:
            return "base"

    class Derived(Base):
        count = 2

        def name(self) -> str:
            return f"derived of {super().name()}"

        @property
        def size(self) -> int:
            return self.twice(self.count)

        @staticmethod
        def twice(x: int) -> int:
            return 2 * x

        @classmethod
        def make(cls) -> Derived:
            return cls()

    def use(value: Derived) -> object:
        return value.name(), value.size, type(type(value).make()) is Derived

    assert peer.call(use, Derived()) == ("derived of base", 4, True)


def test_runtime_protocols_stay_checkable(peer: Peer) -> None:
    """A protocol gains no member by travelling."""

    @runtime_checkable
    class Closes(Protocol):
        def close(self) -> None: ...

    class File:
        def close(self) -> None: ...

    def check(value: object) -> bool:
        return isinstance(value, Closes)

    assert peer.call(check, File()) is True
    assert isinstance(File(), Closes)


def test_a_redefined_class_is_another_class(peer: Peer) -> None:
    """Two classes of the same name stay two."""
    first, second = make_plain(), make_plain()

    came = peer.echo([first, second])

    assert [type(value) for value in came] == [type(first), type(second)]
    assert type(first) is not type(second)


def test_a_class_without_users_is_forgotten(peer: Peer) -> None:
    """Having travelled does not keep a class alive."""
    value = make_plain()
    peer.echo(value)
    kept: weakref.ref[Any] = weakref.ref(kind_of(value))

    del value
    gc.collect()

    assert kept() is None


def test_plain_pickle_reads_what_was_dumped() -> None:
    """Nothing but `pickle.loads` is needed to load."""
    value = make_dataclass()
    data = dump(value)

    assert isinstance(data, bytes)
    assert type(pickle.loads(data)) is type(value)


def test_a_class_is_pickled_once_for_many_instances() -> None:
    """A thousand instances cost little more than their fields."""
    kind = kind_of(make_dataclass())

    one, many = dump([kind("a")]), dump([kind("a") for _ in range(1000)])

    assert isinstance(one, bytes)
    assert isinstance(many, bytes)
    assert len(many) < len(one) + 1000 * 40
