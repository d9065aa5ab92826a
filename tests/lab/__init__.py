"""Run a Docker Engine, a Swarm of two nodes and a Prometheus on one bare Debian machine."""
