"""A column of weights on a table of any size: made from counts, given to respondents by a join."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from nlp_cx.errors import JoinError
from nlp_cx.join.assembly import Assembly
from nlp_cx.join.duck import Engine
from nlp_cx.join.names import list_names
from nlp_cx.join.patterns import RESPONDED, N, is_count, weigh_patterns
from nlp_cx.join.spec import WeightSpec
from nlp_cx.join.spine import Sql
from nlp_cx.join.weight_summary import WeightSummary


def add_weights(engine: Engine, made: Assembly, spec: WeightSpec) -> WeightSummary:
    """Add a column of weights.

    Parameters
    ----------
    engine : Engine
    made : Assembly
        Gets the column.
    spec : WeightSpec

    Returns
    -------
    WeightSummary

    Raises
    ------
    JoinError
        If columns are missing, units became several rows, or the weights cannot be made.

    Notes
    -----
    A weight depends on the covariates alone, so that the counts of their combinations are all that
    has to be in memory.
    """
    named = (*spec.by, spec.respondent)
    missing = [name for name in named if name not in made.columns]
    if missing or not spec.by:
        there = [name for name in made.columns if not name.startswith("x_")]
        raise JoinError(
            f"weights: no column {', '.join(map(repr, missing)) or 'is named (by)'}; the table has "
            + list_names(there, missing)
        )
    if made.many:
        raise JoinError(
            "weights: units became several rows (--allow-many). Summarise the rows first, or weigh "
            "the units in a join without them."
        )
    needs = frozenset("x").union(*(made.columns[name].needs for name in named))
    by = [made.columns[name].text for name in spec.by]
    told = made.columns[spec.respondent].text
    responded = f"{told} IS NOT NULL"
    if is_count(spec.respondent):
        responded = f"coalesce({told}, 0) > 0"
    columns = ", ".join(f"{text} AS b{i}" for i, text in enumerate(by))
    names = [f"b{i}" for i in range(len(by))]
    counts = engine.table(
        f"SELECT {', '.join(names)}, count(*) AS n, count(*) FILTER (has) AS n_has "
        f"FROM (SELECT {columns}, {responded} AS has FROM {made.spine.source(needs)}) "
        f"GROUP BY {', '.join(names)} ORDER BY {', '.join(f'{n} NULLS LAST' for n in names)}"
    )
    patterns = counts.to_pandas()
    patterns.columns = pd.Index([*spec.by, N, RESPONDED])
    weights, summary = weigh_patterns(
        patterns, spec.kind, spec.by, spec.margins, max_weight=spec.max_weight
    )
    engine.keep("weights", counts.append_column("w", pa.array(weights, from_pandas=True)))
    same = " AND ".join(
        f"w.{name} IS NOT DISTINCT FROM {text}" for name, text in zip(names, by, strict=True)
    )
    made.spine.joins["w"] = Sql(f"LEFT JOIN weights AS w ON {same}", needs)
    made.columns[summary.name] = Sql(f"CASE WHEN {responded} THEN w.w END", needs | {"w"})
    return summary
