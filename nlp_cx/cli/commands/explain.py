"""The options of ``nlp-cx explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Debug, Model
from nlp_cx.cli.failures import plain_failures


def explain(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="One review or customer turn.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    model: Model = "fast",
    debug: Debug = False,
) -> None:
    """Show clauses, words, sentiment and drivers of one text, and why."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.explain import run_explain

        run_explain(text, model=model, as_json=as_json)
