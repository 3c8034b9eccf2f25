"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Model = Annotated[
    str, typer.Option(metavar="NAME|FOLDER", help="A shipped model (nlp-cx models) or a folder.")
]
TimeZone = Annotated[
    str | None,
    typer.Option(metavar="ZONE", help="In which days begin, e.g. Asia/Shanghai."),
]
Weights = Annotated[str | None, typer.Option(metavar="COL", help="Sampling weights of rows.")]
Customer = Annotated[
    str | None, typer.Option(metavar="COL", help="Rows of one customer are one observation.")
]
Confidence = Annotated[float, typer.Option(help="Of the intervals, between 0 and 1.")]
RandomState = Annotated[int, typer.Option(help="Seed of what is drawn at random.")]
