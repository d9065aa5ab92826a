"""Methods are routines too; the object travels along as a copy."""

import asyncio
from dataclasses import dataclass, field

import wool


@dataclass
class Point:
    x: float
    y: float


@dataclass
class Polygon:
    corners: list[Point]
    visits: int = field(default=0, compare=False)

    @wool.routine
    async def area(self) -> float:
        self.visits += 1  # on the worker's copy
        pairs = zip(self.corners, self.corners[1:] + self.corners[:1])
        return abs(sum(a.x * b.y - b.x * a.y for a, b in pairs)) / 2

    @wool.routine
    async def moved(self, dx: float, dy: float) -> "Polygon":
        return Polygon([Point(p.x + dx, p.y + dy) for p in self.corners])

    @classmethod
    @wool.routine
    async def square(cls, side: float) -> "Polygon":
        return cls([Point(0, 0), Point(side, 0), Point(side, side), Point(0, side)])

    @wool.routine
    @staticmethod
    async def unit() -> str:
        return "cm²"


async def main():
    async with wool.WorkerPool(size=2):
        square = await Polygon.square(3)
        print(isinstance(square, Polygon), await square.area(), await Polygon.unit())
        print("visits here:", square.visits)
        print(await square.moved(1, 0) == Polygon([Point(p.x + 1, p.y) for p in square.corners]))


asyncio.run(main())
