"""What Wool itself raises, and what each error knows."""

import asyncio
import os
import signal
import threading

import wool


@wool.routine
async def add(x: int, y: int) -> int:
    return x + y


@wool.routine
async def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@wool.routine
async def lock() -> object:
    return {"locks": [threading.Lock()]}


async def main():
    try:
        await add(1, 2)
    except wool.NoActivePool as e:
        print("NoActivePool:", str(e).splitlines()[0])

    async with wool.WorkerPool(size=1) as pool:
        try:
            await add(1, threading.Lock())
        except wool.SerializationError as e:
            print("SerializationError: argument", e.path)
        try:
            await lock()
        except wool.SerializationError as e:
            print("SerializationError: result", e.path)

        # Nobody can tell whether the task had run, so it is not run again.
        try:
            await die()
        except wool.WorkerLost as e:
            print("WorkerLost:", e.reason)

        # A crashed worker is replaced; the next call waits until its successor is ready.
        print("then:", await add(1, 2))

        try:
            await add.options(worker="nobody")(1, 2)
        except wool.NoWorkersAvailable as e:
            print("NoWorkersAvailable:", e.message)

    try:
        await pool.run(add, 1, 2)
    except wool.NoActivePool as e:
        print("NoActivePool:", e)

    print("all of them:", all(issubclass(kind, wool.WoolError) for kind in KINDS))


KINDS = (
    wool.NoActivePool,
    wool.NoWorkersAvailable,
    wool.SerializationError,
    wool.WorkerLost,
    wool.WorkerStartError,
)

asyncio.run(main())
