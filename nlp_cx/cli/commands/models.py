"""The options of ``nlp-cx models``."""

from __future__ import annotations

from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Debug
from nlp_cx.cli.failures import plain_failures


def models(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    debug: Debug = False,
) -> None:
    """List the shipped models: size, data, quality, licences."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.models import run_models

        run_models(as_json=as_json)
