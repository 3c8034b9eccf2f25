"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Model = Annotated[
    str, typer.Option(metavar="NAME|FOLDER", help="A shipped model (nlp-cx models) or a folder.")
]
Text = Annotated[
    str | None, typer.Option(metavar="COL", help="Column of the text; found when not given.")
]
Id = Annotated[
    str | None, typer.Option(metavar="COL", help="Column for doc_id; row numbers otherwise.")
]
Encoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Encoding of the inputs, e.g. gb18030; else detected."),
]
MaskPii = Annotated[
    bool,
    typer.Option(
        "--mask-pii",
        help="Mask personal data in all text columns but the keys, and in bad rows.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar and no summary.")]
NoSummary = Annotated[bool, typer.Option("--quiet", "-q", help="No summary.")]
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
