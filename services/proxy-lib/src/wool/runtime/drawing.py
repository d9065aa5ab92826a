"""Draw on terminals; the one module that imports rich."""

try:
    from rich.console import Console as Console
    from rich.console import Group as Group
    from rich.live import Live as Live
    from rich.progress import BarColumn as BarColumn
    from rich.progress import MofNCompleteColumn as MofNCompleteColumn
    from rich.progress import Progress as Progress
    from rich.progress import TextColumn as TextColumn
    from rich.progress import TimeElapsedColumn as TimeElapsedColumn
    from rich.text import Text as Text
except ImportError as exc:
    raise ImportError("drawing needs an extra: pip install 'wool[progress]'") from exc
