"""The `wool` command, which needs the extra `wool[cli]`."""
