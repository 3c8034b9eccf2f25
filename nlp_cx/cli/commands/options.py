"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Model = Annotated[
    str, typer.Option(metavar="NAME|FOLDER", help="A shipped model (nlp-cx models) or a folder.")
]
