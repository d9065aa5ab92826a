"""Plain functions for Dask, in a module that its workers import."""

# pyright: basic, reportMissingImports=false


def noop(value):
    """Return *value*."""
    return value


def echo(value):
    """Return *value*, however large."""
    return value


def fib(n):
    """Return the Fibonacci number *n* by two nested tasks, leaving the thread to others."""
    from distributed import worker_client

    if n <= 1:
        return n
    with worker_client() as client:
        one = client.submit(fib, n - 1, pure=False)
        two = client.submit(fib, n - 2, pure=False)
        return sum(client.gather([one, two]))
