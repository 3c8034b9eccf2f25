"""SERVQUAL, from a survey or from texts that were scored for it."""

from __future__ import annotations

import pandas as pd

from nlp_cx.analyze.satisfaction.servqual_survey import servqual_survey
from nlp_cx.analyze.satisfaction.text_perception import text_perception
from nlp_cx.analyze.source_models.inputs import SourceInputs
from nlp_cx.analyze.source_models.lacks import LackError, lack, needs_columns
from nlp_cx.taxonomy import load_taxonomy

_PARTS = ("negative", "neutral", "positive", "score")


def make_servqual(
    ox: pd.DataFrame,
    inputs: SourceInputs,
    *,
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Work out SERVQUAL from a survey; else perceptions from texts scored for it.

    Parameters
    ----------
    ox : DataFrame
    inputs : SourceInputs
    weights, cluster : str, optional
    confidence : float

    Returns
    -------
    DataFrame
        As `servqual_survey`, or as `text_perception`; ``attrs["from"]`` is "survey" or "texts".

    Raises
    ------
    LackError
        If there is neither.
    """
    given = inputs.servqual
    if given.perception:
        if given.scale is None:
            raise LackError(
                lack(
                    "needs_scale",
                    "The lowest and the highest answer of the SERVQUAL survey are not given.",
                    "Give servqual.scale, e.g. [1, 7].",
                    columns=["servqual.scale"],
                )
            )
        table = servqual_survey(
            ox,
            given.perception,
            given.expectation or None,
            scale=given.scale,
            points=given.points or None,
            weights=weights,
            cluster=cluster,
            confidence=confidence,
        )
        table.attrs["from"] = "survey"
        return table
    ids = load_taxonomy("servqual").ids
    if all(f"x_{name}_{part}" in ox for name in ids for part in _PARTS):
        table = text_perception(ox, cluster=cluster, confidence=confidence)
        table.attrs["from"] = "texts"
        return table
    raise needs_columns(
        ["servqual.perception", "servqual.expectation"],
        "There are no answers to a SERVQUAL survey, and the texts were not scored for its five "
        "dimensions. Drivers are other labels and do not stand in for them.",
        "Name the columns of the items as servqual.perception and servqual.expectation (r_p1 to "
        "r_p22 and r_e1 to r_e22 are found by their names), or score the texts with a model that "
        "was trained on SERVQUAL.",
    )
