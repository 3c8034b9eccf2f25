"""A progress bar on standard error: rows, rows a second, time left. Silent off terminals."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from nlp_cx.cli.console import open_console


class ScoreProgress:
    """Show how far a run is.

    Parameters
    ----------
    is_quiet : bool
        Show nothing even on a terminal.
    """

    def __init__(self, *, is_quiet: bool) -> None:
        console = open_console()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            _RowsColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=is_quiet or not console.is_terminal,
        )
        self._task = self._progress.add_task("reading", total=None, n_rows=0)

    def show(self, doing: str, fraction: float | None, n_rows: int) -> None:
        """Draw the state.

        Parameters
        ----------
        doing : str
            One word. A new one starts the bar and its clock again.
        fraction : float or None
            Part of the work that is done, 0 to 1; None where that is not known.
        n_rows : int
            Rows done since `doing` began.
        """
        if doing != self._progress.tasks[0].description:
            self._progress.reset(self._task, description=doing)
        total = None if fraction is None else 1.0
        self._progress.update(self._task, completed=fraction or 0.0, total=total, n_rows=n_rows)

    def __enter__(self) -> Self:
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._progress.stop()


class _RowsColumn(ProgressColumn):
    """Rows so far and rows a second."""

    def render(self, task: Task) -> Text:
        """Draw the column."""
        n_rows = task.fields["n_rows"]
        rate = f"{n_rows / task.elapsed:,.0f} rows/s" if task.elapsed else ""
        return Text(f"{n_rows:,} rows  {rate}")
