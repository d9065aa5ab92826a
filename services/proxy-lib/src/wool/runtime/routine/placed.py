"""A task as its caller knows it, where routines look for it."""

from wool.runtime.loadbalancer.placed import PlacedTask as PlacedTask
