"""Documents counted and checked: labels, duplicates, and those whose unit is not known."""

from __future__ import annotations

from collections.abc import Sequence

from nlp_cx.errors import JoinError, SchemaError
from nlp_cx.join.duck import Engine, literal
from nlp_cx.join.plan import Plan
from nlp_cx.join.summary import N_SAMPLES, ScoredSummary
from nlp_cx.schema import LOYALTIES, POLARITIES, scored_schema


def count_documents(engine: Engine, plan: Plan, drivers: Sequence[str]) -> ScoredSummary:
    """Count documents, and check the labels they carry.

    Parameters
    ----------
    engine : Engine
        With ``rows`` and ``documents``.
    plan : Plan
    drivers : sequence of str

    Returns
    -------
    ScoredSummary
        ``n_units`` and ``n_unordered``, which the units tell, are 0.

    Raises
    ------
    SchemaError
        If labels or scores are none that nlp_cx gives.
    JoinError
        If no document has a key, or there are duplicates and they are to be refused.
    """
    _check_labels(engine, drivers)
    n_duplicates, duplicates = _find_duplicates(engine, plan)
    no_key = " OR ".join(f"k{i} IS NULL" for i in range(len(plan.grain)))
    (n_rows,) = engine.row("SELECT count(*) FROM rows")
    n_others, n_documents, n_without, n_texts, n_late, n_untimed = engine.row(
        "SELECT count(*) FILTER (NOT is_customer), count(*) FILTER (is_customer), "
        f"count(*) FILTER (is_customer AND ({no_key})), count(score) FILTER (NOT ({no_key})), "
        f"count(*) FILTER (is_customer AND is_late AND NOT ({no_key})), "
        f"count(*) FILTER (is_customer AND ts IS NULL AND NOT ({no_key})) FROM documents"
    )
    if n_documents == n_without:
        raise JoinError(
            f"none of {n_documents:,} documents in {plan.scored.name} has a value of "
            f"{', '.join(plan.grain_names)}. Name another grain (--grain), e.g. doc_id for a unit "
            "of each document."
        )
    samples: list[tuple[str]] = []
    if n_without:
        samples = engine.rows(
            f"SELECT CAST(doc AS VARCHAR) FROM documents WHERE is_customer AND ({no_key}) "
            f"ORDER BY doc LIMIT {N_SAMPLES}"
        )
    return ScoredSummary(
        n_rows=n_rows,
        n_other_speakers=n_others,
        n_documents=n_documents,
        n_without_key=n_without,
        without_key=tuple(str(row[0]) for row in samples),
        n_texts=n_texts,
        n_untimed=n_untimed if plan.moment is not None else 0,
        n_late=n_late,
        n_duplicates=n_duplicates,
        duplicates=duplicates,
        is_dropped=plan.spec.duplicates == "drop",
        n_units=0,
        order=_describe_order(plan),
        n_unordered=0,
        not_carried=_list_left_behind(plan, drivers),
    )


def _check_labels(engine: Engine, drivers: Sequence[str]) -> None:
    """Refuse labels and scores that nlp_cx does not give: they would be counted nowhere."""
    labels: list[tuple[str, str, tuple[str, ...]]] = [("loyalty", "loyalty", LOYALTIES)]
    labels += [(driver, f"d{i}", POLARITIES) for i, driver in enumerate(drivers)]
    scores = [("sentiment_score", "score")]
    scores += [(f"{driver}_score", f"d{i}_score") for i, driver in enumerate(drivers)]
    checks = [
        f"min({column}) FILTER ({column} NOT IN ({', '.join(map(literal, words))}))"
        for _, column, words in labels
    ]
    checks += [f"max(abs({column}))" for _, column in scores]
    found = engine.row(f"SELECT {', '.join(checks)} FROM rows")
    faults = [
        f"{name} holds {value!r:.40}, expected {', '.join(words)} or nothing"
        for (name, _, words), value in zip(labels, found, strict=False)
        if value is not None
    ]
    faults += [
        f"{name} goes to {value:g}, expected -1 to 1"
        for (name, _), value in zip(scores, found[len(labels) :], strict=True)
        if value is not None and value > 1
    ]
    if faults:
        raise SchemaError("not a scored table: " + "; ".join(faults))


def _find_duplicates(engine: Engine, plan: Plan) -> tuple[int, tuple[str, ...]]:
    """Count rows with the id and turn of another, and refuse them where that was asked for."""
    repeated = "FROM rows WHERE doc IS NOT NULL GROUP BY doc, turn HAVING count(*) > 1"
    (n,) = engine.row(
        f"SELECT CAST(coalesce(sum(n - 1), 0) AS BIGINT) FROM (SELECT count(*) AS n {repeated})"
    )
    if not n:
        return 0, ()
    samples = engine.rows(f"SELECT CAST(doc AS VARCHAR) {repeated} ORDER BY doc LIMIT {N_SAMPLES}")
    if plan.spec.duplicates == "refuse":
        raise JoinError(
            f"{plan.scored.name}: {n:,} rows repeat the doc_id (and turn) of another, e.g. "
            f"{samples[0][0]!r:.60}: their feedback would count twice. Score each text once, or "
            "say what to do with them (--duplicates drop, or keep)."
        )
    return n, tuple(sample[0] for sample in samples)


def _describe_order(plan: Plan) -> str:
    """Say what tells the first document of a unit from the last."""
    parts = [plan.time] if plan.time is not None else []
    if "turn" in plan.scored.columns and (parts or plan.orders_by_turn):
        parts.append("turn")
    return ", ".join(parts)


def _list_left_behind(plan: Plan, drivers: Sequence[str]) -> tuple[str, ...]:
    """List the user's columns of the scored table that are not in the result."""
    own = {*scored_schema().names, "text"}
    own |= {name for driver in drivers for name in (driver, f"{driver}_score", f"p_{driver}")}
    used = {take.column for take in plan.carry} | {plan.time}
    used |= {key.document.column for key in plan.keys if key.document is not None}
    return tuple(name for name in plan.scored.columns if name not in used and name not in own)
