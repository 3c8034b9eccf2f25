"""All models of the sources at once, as far as the data allow."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import pandas as pd

from nlp_cx.analyze.source_models.by_name import take_by_name
from nlp_cx.analyze.source_models.chains import make_chain
from nlp_cx.analyze.source_models.costs import make_cost
from nlp_cx.analyze.source_models.flags import column_of
from nlp_cx.analyze.source_models.gaps import make_gap, make_seven_steps
from nlp_cx.analyze.source_models.inputs import SourceInputs
from nlp_cx.analyze.source_models.journeys import (
    locate,
    make_expectations,
    make_matrix,
    make_moments,
    sample_texts,
)
from nlp_cx.analyze.source_models.lacks import Lack, LackError, lack
from nlp_cx.analyze.source_models.services import make_servqual
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError
from nlp_cx.taxonomy import Taxonomy, load_taxonomy

MOST_TEXTS: Final = 20_000
"""Texts in which touchpoints and expectations are looked for."""

MODELS: Final = (
    *("gap", "seven_steps", "negative_cost", "cost_tornado", "touchpoints", "servqual"),
    "return_chain",
)
"""Tables of the models: each is made, or stands among what is missing. Further ones (experience,
expectation_coverage, disconfirmation, cost_parameters, cost_levers, moments_of_truth) come with
them."""

_PARTS: Final = {
    **dict.fromkeys(("gap", "experience", "seven_steps"), ("experience", "expectation")),
    "negative_cost": ("complained", "retained", "churned", "at_risk", "revenue"),
    "servqual": ("servqual",),
    "return_chain": ("satisfaction", "retained", "churned", "later_revenue"),
}
"""What each model reads by name."""

_REMEDIES: Final = {
    "moments_of_truth": "Give more texts: a touchpoint has to be spoken of in 30 rows with the "
    "outcome.",
    "return_chain": "Give more rows with satisfaction, retention and revenue.",
}
"""What helps where a model refuses."""

Tables: TypeAlias = dict[str, pd.DataFrame]


def run_source_models(
    ox: pd.DataFrame,
    scored: pd.DataFrame | None,
    *,
    outcome: str | None,
    inputs: SourceInputs | None = None,
    evidence: pd.DataFrame | None = None,
    importance: pd.DataFrame | None = None,
    taxonomy: Taxonomy | None = None,
    text: str = "text",
    key: str | None = None,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    most_texts: int = MOST_TEXTS,
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    random_state: int = 0,
    on_table: Callable[[str], None] | None = None,
) -> tuple[Tables, dict[str, Lack]]:
    """Run every model of the sources that the columns and the given numbers allow.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        An O+X table.
    scored : DataFrame or None
        Scored documents with their `text`; None where there are no texts.
    outcome : str or None
        The main outcome.
    inputs : SourceInputs, optional
        Which columns play which part, and numbers that only people know. Columns whose names tell
        it (`by_name.NAMES`) are taken without.
    evidence : DataFrame, optional
        Clauses of the texts (`schema.EVIDENCE`). Without it touchpoints have the sentiment of whole
        texts, and expectations no driver.
    importance : DataFrame, optional
        ``driver``, ``share`` of the outcome, beside the stated importance of the seven steps.
    taxonomy : Taxonomy, optional
        The drivers; the six experience drivers when not given.
    text : str
        Column of `scored`.
    key : str, optional
        By which a text finds its row of `ox`; ``doc_id`` or ``interaction_id`` when not given.
    controls : sequence of str
    weights, cluster : str, optional
        Columns of `ox`.
    most_texts : int, default=20000
        More are sampled; ``attrs["n_texts"]`` and ``attrs["n_sampled"]`` say so.
    confidence, n_bootstrap, random_state
    on_table : callable, optional
        Called with the name of each model before it is made.

    Returns
    -------
    tables : dict of str to DataFrame
        Of `MODELS` and what comes with them, as their own functions give them.
        ``attrs["taken_by_name"]`` tells field and column of what a model took by its name.
    missing : dict of str to Lack
        For each table that could not be made: ``code``, ``columns``, ``reason``, ``remedy``,
        ``detail``.

    Raises
    ------
    ConfigError
        If `inputs` names columns that are not there; all of them are named.

    Notes
    -----
    No number is invented: shares, costs, expectations and ideals come from columns or from
    `inputs`, or the model is missing.

    Examples
    --------
    >>> ox = pd.DataFrame({"r_price": [3, 4] * 20, "r_price_expected": [5, 4] * 20})
    >>> tables, missing = run_source_models(
    ...     ox, None, outcome=None, inputs=SourceInputs(scale=(1, 5)))
    >>> list(tables), tables["gap"].loc[0, "estimate"]
    (['gap', 'seven_steps'], np.float64(-1.0))
    >>> missing["negative_cost"]["columns"][:4]
    ['revenue', 'negative', 'complained', 'retained']
    """
    drivers = (taxonomy or load_taxonomy()).ids
    _check_named(ox, scored, inputs or SourceInputs())
    given, taken = take_by_name(ox, inputs or SourceInputs(), outcome=outcome, drivers=drivers)
    tables: Tables = {}
    missing: dict[str, Lack] = {}

    def make(name: str, function: Callable[[], pd.DataFrame | Tables], *also: str) -> None:
        if on_table is not None:
            on_table(name)
        try:
            made = function()
        except LackError as e:
            missing.update(dict.fromkeys((name, *also), e.lack))
            return
        except (AnalysisError, SchemaError) as e:
            said = str(e).rstrip(".")
            reason = f"{said[:1].upper()}{said[1:]}."
            told = lack("cannot", reason, _REMEDIES.get(name, ""), detail=said)
            missing.update(dict.fromkeys((name, *also), told))
            return
        found = {name: made} if isinstance(made, pd.DataFrame) else made
        parts = _PARTS.get(name, ())
        used = {k: v for k, v in taken.items() if k.split(".")[0] in parts}
        for table in found.values():
            table.attrs["taken_by_name"] = used
        tables.update(found)

    rows: dict[str, Any] = {"weights": weights, "cluster": cluster, "confidence": confidence}
    drawn: dict[str, Any] = {"random_state": random_state}
    make("gap", lambda: make_gap(ox, given, **rows))
    if "gap" not in tables and given.experience and given.scale is not None:
        make("experience", lambda: make_gap(ox, given, is_gap=False, **rows))
    gap = tables.get("gap", tables.get("experience"))
    make("seven_steps", lambda: make_seven_steps(given, drivers, gap, importance))
    make("negative_cost", lambda: make_cost(ox, given, **rows, **drawn), "cost_tornado")

    # Kept for three models: the texts, and where they stand.
    @functools.cache
    def texts() -> pd.DataFrame:
        return sample_texts(scored, text=text, most=most_texts, random_state=random_state)

    @functools.cache
    def located() -> pd.DataFrame:
        return locate(texts(), evidence, given, text=text)

    how: dict[str, Any] = {"confidence": confidence}
    make("touchpoints", lambda: make_matrix(located(), **how))
    if "touchpoints" in tables:
        more = {**how, **drawn, "n_bootstrap": n_bootstrap, "key": key, "cluster": cluster}
        make("moments_of_truth", lambda: make_moments(located(), texts(), ox, outcome, **more))
    make(
        "expectation_coverage",
        lambda: make_expectations(texts(), evidence, text=text, taxonomy=taxonomy, **how),
    )
    make("servqual", lambda: make_servqual(ox, given, **rows))
    fit = {**rows, **drawn, "n_bootstrap": n_bootstrap, "controls": controls}
    make("return_chain", lambda: make_chain(ox, given, drivers, **fit))
    return tables, missing


def _check_named(ox: pd.DataFrame, scored: pd.DataFrame | None, inputs: SourceInputs) -> None:
    """Refuse columns that somebody named and that are not there."""
    named: dict[str, str | float] = {
        f"{side}.{driver}": column
        for side in ("experience", "expectation")
        for driver, column in getattr(inputs, side).items()
    }
    sides = {"perception": inputs.servqual.perception, "expectation": inputs.servqual.expectation}
    for side, dimensions in sides.items():
        for name, items in dimensions.items():
            named |= {f"servqual.{side}.{name} {k}": item for k, item in enumerate(items, start=1)}
    named |= {f"servqual.points.{name}": given for name, given in inputs.servqual.points.items()}
    named |= {name: getattr(inputs, name) for name in ("revenue", "satisfaction", "later_revenue")}
    absent = {k: v for k, v in named.items() if isinstance(v, str) and v not in ox}
    for name in ("negative", "complained", "retained", "churned", "at_risk"):
        condition = getattr(inputs, name)
        if condition is not None and column_of(ox, condition) is None:
            absent[name] = condition
    for name in ("channel", "touchpoint", "stage"):
        column = getattr(inputs, name)
        if column is not None and scored is not None and column not in scored:
            absent[name] = column
    if absent:
        told = "; ".join(f"{part}: {column!r}" for part, column in absent.items())
        raise ConfigError(
            f"no such column ({told}). The units have {', '.join(map(str, ox.columns))}."
        )
