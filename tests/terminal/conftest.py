"""What the tests in terminals share."""

from __future__ import annotations

from lab.fixtures import prometheus

__all__ = ["prometheus"]
