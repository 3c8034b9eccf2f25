"""Small tables on a terminal: columns under a title."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from nlp_cx.cli.console import clean


def print_columns(
    console: Console,
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: Sequence[int] = (0,),
) -> None:
    """Print columns under a title; a column that is empty in every row is left out.

    Parameters
    ----------
    console : rich.console.Console
    title : str
    header : sequence of str
    rows : sequence of sequence of str
        As long as `header`; cleaned before they are shown.
    left : sequence of int
        Columns that begin at the left; the others end at the right.
    """
    console.print(Text(clean(title), "bold"))
    shown = [[clean(cell) for cell in row] for row in (header, *rows)]
    kept = [k for k in range(len(header)) if any(row[k] for row in shown[1:])]
    widths = {k: max(cell_len(row[k]) for row in shown) for k in kept}
    for number, row in enumerate(shown):
        cells = []
        for k in kept:
            room = " " * (widths[k] - cell_len(row[k]))
            cells.append(row[k] + room if k in left else room + row[k])
        console.print(Text("  " + "  ".join(cells).rstrip(), "" if number else "dim"))
