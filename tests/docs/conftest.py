"""What tests of pages share with those of containers."""

from __future__ import annotations

from lab.fixtures import base_image, engine

__all__ = ["base_image", "engine"]
