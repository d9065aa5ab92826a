"""The dashboards of Wool, as code."""
