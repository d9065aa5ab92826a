"""Hand over values that cannot cross to a worker, or back."""

from __future__ import annotations

from mistake import Area, wrong
from settings import one_worker

VALUES = Area(
    title="Values that cannot cross",
    words="""\
A pool of one worker is open in all of these. `strange` is a module in a folder that the
worker does not look into.""",
    given="""\
import sys
import threading
import types

lock = threading.Lock()


@wool.routine
async def give(make):
    return make()


@wool.routine
async def locked():
    return lock.locked()


@wool.routine
async def stranger():
    module = sys.modules["only_there"] = types.ModuleType("only_there")
    exec("class Thing: pass", vars(module))
    return module.Thing()
""",
    setting=one_worker,
    mistakes=(
        wrong(
            "a lock among the arguments",
            'await give({"deep": [1, lock]})',
            "SerializationError",
            "args[0]['deep'][1] cannot be pickled",
            "it is a _thread.lock",
        ),
        wrong(
            "a lock by name",
            "await add(1, b=lock)",
            "SerializationError",
            "kwargs['b'] cannot be pickled",
        ),
        wrong(
            "a lock in the result",
            "await give(lambda: [threading.Lock()])",
            "SerializationError",
            "result[0] cannot be pickled",
        ),
        wrong(
            "a generator in place of a list",
            "await add((n for n in range(3)), 2)",
            "SerializationError",
            "args[0] cannot be pickled",
            "generator",
        ),
        wrong(
            "a lock that the routine itself uses",
            "await locked()",
            "SerializationError",
            "locked.__globals__['lock'] cannot be pickled",
        ),
        wrong(
            "a lock that a function brings along",
            "await give(lambda: lock.locked())",
            "SerializationError",
            "args[0].__globals__['lock'] cannot be pickled",
        ),
        wrong("credentials", "await give(from_files(*OURS))", "SerializationError", "private key"),
        wrong(
            "a class that only this machine has",
            "await give(strange.Thing)",
            "ModuleNotFoundError",
            "No module named 'not_on_workers': install it",
            "PYTHONPATH",
        ),
        wrong(
            "a class that only the worker has",
            "await stranger()",
            "ModuleNotFoundError",
            "No module named 'only_there': install it",
        ),
    ),
)
