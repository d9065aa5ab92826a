"""A fleet of workers on a virtual clock, driven by the very balancers that are shipped."""
