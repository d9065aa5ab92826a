"""What tests of the lab share."""

from __future__ import annotations

from lab.fixtures import base_image, engine, prometheus, restart_engine, swarm

__all__ = ["base_image", "engine", "prometheus", "restart_engine", "swarm"]
