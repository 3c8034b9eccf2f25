"""The results as one self-contained page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nlp_cx.errors import MissingDependencyError
from nlp_cx.evaluate.atlas import KINDS, Error
from nlp_cx.evaluate.bench import BenchResult
from nlp_cx.evaluate.figures import FIGURES
from nlp_cx.evaluate.pooled import POOL
from nlp_cx.evaluate.slices import SLICE_MEANINGS

N_PER_SET = 12
"""Errors shown per set: the most confident of each output in turn."""

_MARKED = ("negative", "neutral", "positive", "mixed")


def render_page(result: BenchResult, *, command: str, made: str) -> str:
    """Write the page.

    Parameters
    ----------
    result : BenchResult
    command : str
        As it was typed.
    made : str
        Date and time.

    Returns
    -------
    str
        HTML without scripts and without anything from elsewhere. Every text is escaped.

    Raises
    ------
    MissingDependencyError
        If Jinja2 is not there.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as e:
        raise MissingDependencyError("the page needs Jinja2: pip install jinja2") from e
    environment = Environment(
        loader=PackageLoader("nlp_cx.evaluate", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "figure": _figure,
        "signed": _signed,
        "count": lambda n: f"{n:,}",
        "visible": show_invisible,
    }
    tables = result.tables
    return environment.get_template("results.html.j2").render(
        command=command,
        made=made,
        model=result.model,
        against=result.against,
        suite=result.suite,
        resampling=result.resampling,
        titles={name: figure.title for name, figure in FIGURES.items()},
        kinds=KINDS,
        pool=POOL,
        notes=result.notes,
        goals=tables["goals"],
        sets=tables["sets"],
        figures=_group(tables["figures"], ("set", "lang")),
        drivers=_group(tables["drivers"], ("set", "lang", "driver")),
        slices=_group(tables["slices"], ("set", "slice", "lang")),
        slice_meanings=SLICE_MEANINGS,
        calibration=tables["calibration"],
        reliability=_group(tables["reliability"], ("set", "lang", "claim")),
        confusion=_matrices(tables["confusion"]),
        counts=tables["errors"],
        challenge=tables["challenge"],
        failed=tables["challenge_failed"],
        errors=_choose(result.errors),
        n_errors=len(result.errors),
    )


def show_invisible(text: str) -> str:
    r"""Write control and direction characters as escapes, so that a text cannot reorder the page.

    Examples
    --------
    >>> print(show_invisible("好\u202egnp.exe\x00"))
    好\u202egnp.exe\x00
    """
    return "".join(
        c
        if c.isprintable() or c in "\n\u200c\u200d" or c.isspace()
        else c.encode("unicode_escape").decode("ascii")
        for c in text
    )


def _figure(value: Any, digits: int = 3) -> str:
    """Write a number; a dash where it is not known."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return f"{value:.{digits}f}"


def _signed(value: Any) -> str:
    """Write a difference with its sign."""
    found = _figure(value)
    return found if found == "–" or found.startswith("-") else f"+{found}"


def _group(
    rows: Iterable[Mapping[str, Any]], keys: Sequence[str]
) -> dict[tuple[str, ...], list[Mapping[str, Any]]]:
    """Gather rows with equal keys, in order."""
    found: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


def _matrices(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Make a matrix of every set, language and output."""
    matrices = []
    for (name, lang, output), cells in _group(rows, ("set", "lang", "output")).items():
        labels = list(dict.fromkeys(cell["label"] for cell in cells))
        seen = {cell["predicted"] for cell in cells} | set(labels)
        order = ("not_mentioned", "none", *_MARKED, "mentioned", "not scored")
        columns = [found for found in order if found in seen and found != "mentioned"]
        counts = {(cell["label"], cell["predicted"]): cell["n"] for cell in cells}
        matrices.append(
            {
                "set": name,
                "lang": lang,
                "output": output,
                "columns": columns,
                "rows": [
                    {
                        "label": label,
                        "cells": [(found, counts.get((label, found), 0)) for found in columns],
                        "n": sum(counts.get((label, found), 0) for found in columns),
                    }
                    for label in labels
                ],
            }
        )
    return matrices


def _choose(errors: Sequence[Error]) -> dict[str, list[Error]]:
    """Choose errors to show: per set, the most confident of every output and kind in turn."""
    chosen = {}
    for (name,), rows in _group([{"set": e.set, "error": e} for e in errors], ("set",)).items():
        queues: dict[tuple[str, str], list[Error]] = {}
        for row in rows:
            queues.setdefault((row["error"].output, row["error"].kind), []).append(row["error"])
        shown: list[Error] = []
        for rank in range(N_PER_SET):
            shown += [queue[rank] for queue in queues.values() if rank < len(queue)]
        chosen[name] = sorted(shown[:N_PER_SET], key=lambda e: -e.confidence)
    return chosen
