"""What is measured of this process, and how Prometheus is told."""
