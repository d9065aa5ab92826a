"""Plain functions for Dask, in a module that its workers import."""

# pyright: basic, reportMissingImports=false


def noop(value):
    """Return *value*."""
    return value


def echo(value):
    """Return *value*, however large."""
    return value


async def fib(n):
    """Return the Fibonacci number *n* by two nested tasks."""
    from distributed import get_client

    if n <= 1:
        return n
    client = get_client()
    one = client.submit(fib, n - 1, pure=False)
    two = client.submit(fib, n - 2, pure=False)
    return await one + await two
