"""Whoever stops waiting stops the routine too, and its clean-up still runs."""

import asyncio
import time

import wool


@wool.routine
async def slow(name: str) -> str:
    try:
        await asyncio.sleep(60)
    finally:
        print(f"{name} cleans up")
    return "never"


@wool.routine
async def seconds_left() -> float:
    return wool.current_task().deadline.remaining()


@wool.routine
async def outer() -> float:
    return await seconds_left()


async def main():
    async with wool.WorkerPool(size=1):
        call = asyncio.create_task(slow("the cancelled one"))
        await asyncio.sleep(0.5)
        call.cancel()
        await asyncio.wait([call])

        began = time.monotonic()
        try:
            async with asyncio.timeout(0.3):
                await slow("the one out of time")
        except TimeoutError:
            waited = time.monotonic() - began

        # A limit given with the call is known to the routine, and to what it calls.
        left = await outer.options(timeout=5)()

    # Printed after the pool was left: by then all that its workers printed is here.
    print("cancelled:", call.cancelled())
    print("given up in time:", waited < 5)
    print("the inner call had less than 5 seconds:", 0 < left < 5)


asyncio.run(main())
