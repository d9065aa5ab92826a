"""Find workers at addresses one knows, where applications look for it."""

from wool_common.discovery.static import StaticDiscovery as StaticDiscovery
