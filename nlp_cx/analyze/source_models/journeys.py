"""Where in the journey customers speak, and what they say of their expectations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from nlp_cx.analyze.journey.matrix import touchpoint_matrix
from nlp_cx.analyze.journey.moments_of_truth import moments_of_truth
from nlp_cx.analyze.journey.touchpoints import find_touchpoints
from nlp_cx.analyze.satisfaction.coverage import expectation_coverage
from nlp_cx.analyze.satisfaction.disconfirmation import disconfirmation_by_driver, link_drivers
from nlp_cx.analyze.satisfaction.expectations import (
    document_ids,
    find_expectations,
    is_customer,
)
from nlp_cx.analyze.source_models.inputs import SourceInputs
from nlp_cx.analyze.source_models.lacks import LackError, lack
from nlp_cx.errors import AnalysisError, SchemaError
from nlp_cx.taxonomy import Taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses

_TOGETHER = "interaction_id"
_LABELS = ("journey_touchpoint", "journey_stage")


def sample_texts(
    scored: pd.DataFrame | None, *, text: str, most: int, random_state: int
) -> pd.DataFrame:
    """Take customers' texts, at most so many.

    Parameters
    ----------
    scored : DataFrame or None
        With `text`, ``doc_id`` where there is one, and ``speaker`` of chats.
    text : str
    most : int
    random_state : int

    Returns
    -------
    DataFrame
        Rows of `scored`, in their order, with ``doc_id``; ``attrs["n_texts"]``, texts in all, and
        ``attrs["n_sampled"]``. The same table and seed give the same rows.

    Raises
    ------
    LackError
        If there are no texts.
    AnalysisError
        If ids occur twice.

    Examples
    --------
    >>> table = pd.DataFrame({"text": ["好", " ", None, "bad"]})
    >>> sample_texts(table, text="text", most=10, random_state=0)["doc_id"].tolist()
    [0, 3]
    """
    found = pd.DataFrame() if scored is None or text not in scored.columns else scored
    if len(found):
        found = found.assign(doc_id=document_ids(found))
        blank = found[text].astype("string").str.strip().fillna("") == ""
        found = found[~blank.to_numpy(bool) & is_customer(found)]
    if not len(found):
        raise LackError(
            lack(
                "needs_texts",
                "No text of a customer is there to read.",
                "Give reviews or chats with a column of texts.",
                columns=["text"],
            )
        )
    if twice := int(found["doc_id"].duplicated().sum()):
        raise AnalysisError(f"{twice:,} texts have the id of another one")
    n = len(found)
    if n > most:
        rows = np.random.default_rng(random_state).choice(n, most, replace=False)
        found = found.iloc[np.sort(rows)]
    result = found.reset_index(drop=True)
    result.attrs = {"n_texts": n, "n_sampled": len(result)}
    return result


def locate(
    texts: pd.DataFrame, evidence: pd.DataFrame | None, inputs: SourceInputs, *, text: str
) -> pd.DataFrame:
    """Find the touchpoints of texts.

    Parameters
    ----------
    texts : DataFrame
        From `sample_texts`.
    evidence : DataFrame or None
        The evidence table of these texts: its clauses have a sentiment of their own.
    inputs : SourceInputs
        May name columns of `texts` with channel, touchpoint and stage.
    text : str

    Returns
    -------
    DataFrame
        As `find_touchpoints`. With evidence a row per clause and driver. Without it a row per text
        and touchpoint that it names, or one row with none, with the sentiment of the whole text:
        ``attrs["unit"]`` is "clause" or "text".

    Raises
    ------
    LackError
        If neither clauses nor texts have a sentiment.
    """
    names = {
        name: getattr(inputs, name)
        for name in ("channel", "touchpoint", "stage")
        if getattr(inputs, name) is not None
    }
    if absent := [name for name in names.values() if name not in texts]:
        raise SchemaError(f"no column {', '.join(map(repr, absent))} beside the texts")
    attrs = dict(texts.attrs)
    # The turns of a conversation are not independent.
    together = [c for c in (_TOGETHER,) if c in texts and texts[c].notna().all()]
    beside = texts[["doc_id", *dict.fromkeys([*names.values(), *together])]]
    if evidence is not None:
        wanted = ["doc_id", "clause_index", "clause", "sentiment", "sentiment_score", "driver"]
        clauses = evidence.loc[evidence["doc_id"].isin(texts["doc_id"]), wanted]
        clauses = clauses.merge(beside, on="doc_id", how="left", validate="m:1")
        located = find_touchpoints(clauses, **names)
        located.attrs = attrs | {"unit": "clause"}
        return located
    if not {"sentiment", "sentiment_score"} <= set(texts):
        raise LackError(
            lack(
                "needs_evidence",
                "Neither clauses nor texts have a sentiment.",
                "Score the texts first, best with the evidence of each clause.",
                columns=["evidence"],
            )
        )
    clauses = _cut(texts, text).merge(beside, on="doc_id", how="left", validate="m:1")
    located = find_touchpoints(clauses, **names)
    # A text is counted once at each place that it names; the label of a text is no label of its
    # clauses, so they are not counted.
    is_placed = located[list(_LABELS)].notna().any(axis=1)
    placed = located[is_placed].drop_duplicates(["doc_id", *_LABELS])
    rest = located[~located["doc_id"].isin(placed["doc_id"])].drop_duplicates("doc_id")
    both = pd.concat([placed, rest]).sort_values(["doc_id", "clause_index"], kind="stable")
    labels = texts[["doc_id", "sentiment", "sentiment_score"]]
    result = both.merge(labels, on="doc_id", how="left", validate="m:1").reset_index(drop=True)
    result.attrs = attrs | {"unit": "text"}
    return result


def make_matrix(located: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Make the heat map of touchpoints and stages.

    Parameters
    ----------
    located : DataFrame
        From `locate`.
    confidence : float

    Returns
    -------
    DataFrame
        As `touchpoint_matrix`, with the attrs of `located`.

    Raises
    ------
    LackError
        If no text names a touchpoint.
    """
    if not located["journey_touchpoint"].notna().any():
        raise LackError(
            lack(
                "cannot",
                f"None of {located.attrs['n_sampled']:,} texts names a touchpoint.",
                "Name a column that tells the touchpoint or the channel of each text, or give a "
                "journey with your own touchpoints.",
                columns=["touchpoint", "channel", "stage"],
            )
        )
    cluster = _TOGETHER if _TOGETHER in located else None
    matrix = touchpoint_matrix(located, cluster=cluster, confidence=confidence)
    matrix.attrs |= located.attrs
    return matrix


def make_moments(
    located: pd.DataFrame,
    texts: pd.DataFrame,
    ox: pd.DataFrame,
    outcome: str | None,
    *,
    key: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    random_state: int = 0,
) -> pd.DataFrame:
    """Rank touchpoints by what they have to do with the outcome.

    Parameters
    ----------
    located, texts : DataFrame
        From `locate` and `sample_texts`.
    ox : DataFrame
    outcome : str or None
    key : str, optional
        Column of the texts and of `ox`; ``doc_id`` or ``interaction_id`` where both have it.
    cluster : str, optional
    confidence, n_bootstrap, random_state

    Returns
    -------
    DataFrame
        As `moments_of_truth`.

    Raises
    ------
    LackError
        If there is no outcome, or nothing by which a text finds its row.
    """
    if outcome is None:
        raise LackError(
            lack(
                "needs_outcome",
                "No outcome was named.",
                "Name a rating or an operational column as outcome.",
                columns=["outcome"],
            )
        )
    keys = [key] if key is not None else ["doc_id", "interaction_id"]
    shared = next((k for k in keys if k in texts and k in ox and ox[k].is_unique), None)
    if shared is None:
        raise LackError(
            lack(
                "needs_columns",
                "The table of units has no key by which a text finds its row.",
                f"Join at a grain with one of {', '.join(keys)}.",
                columns=keys,
            )
        )
    rows = ox[ox[shared].isin(texts[shared])]
    placed = located
    if shared not in located:
        placed = located.merge(texts[["doc_id", shared]], on="doc_id", how="left", validate="m:1")
    found = moments_of_truth(
        placed,
        rows,
        outcome,
        key=shared,
        cluster=cluster,
        confidence=confidence,
        n_bootstrap=n_bootstrap,
        random_state=random_state,
    )
    found.attrs |= located.attrs
    return found


def make_expectations(
    texts: pd.DataFrame,
    evidence: pd.DataFrame | None,
    *,
    text: str,
    taxonomy: Taxonomy | None = None,
    confidence: float = 0.95,
) -> dict[str, pd.DataFrame]:
    """Tell what the texts say of expectations.

    Parameters
    ----------
    texts : DataFrame
        From `sample_texts`.
    evidence : DataFrame or None
    text : str
    taxonomy : Taxonomy, optional
    confidence : float

    Returns
    -------
    dict of str to DataFrame
        ``expectation_coverage``; with evidence also ``disconfirmation``, by driver. Not a gap on a
        scale: texts rarely say what was expected.

    Raises
    ------
    LackError
        If no text says anything of an expectation.
    """
    signs = find_expectations(texts, text=text)
    tables = {
        "expectation_coverage": expectation_coverage(signs, texts, text=text, confidence=confidence)
    }
    if evidence is not None:
        clauses = evidence[evidence["doc_id"].isin(texts["doc_id"])]
        linked = link_drivers(signs, clauses)
        tables["disconfirmation"] = disconfirmation_by_driver(
            linked, taxonomy=taxonomy, confidence=confidence
        )
    for table in tables.values():
        table.attrs |= texts.attrs
    return tables


def _cut(texts: pd.DataFrame, text: str) -> pd.DataFrame:
    """Cut texts into clauses."""
    batch = TextBatch.from_arrow(pa.array(texts[text], pa.large_string(), from_pandas=True))
    found = find_clauses(batch.codes, batch.offsets)
    words = batch.spans(found.start, found.end).to_arrow().to_pylist()
    first = np.searchsorted(found.document, np.arange(len(texts)))
    return pd.DataFrame(
        {
            "doc_id": texts["doc_id"].to_numpy()[found.document],
            "clause_index": np.arange(found.document.size) - first[found.document],
            "clause": words,
        }
    )
