"""Every table that nlp_cx writes, declared once: names, Arrow types, meaning, range, missing."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from nlp_cx.errors import SchemaError
from nlp_cx.taxonomy import Taxonomy, load_taxonomy

LABEL = pa.dictionary(pa.int8(), pa.string())
"""Arrow type of every label column: a small fixed set of words."""

LANGUAGES = ("zh-Hans", "zh-Hant", "en", "mixed", "und")
"""Values of ``lang``; ``und``: no letters, or mostly those of other scripts (kana, hangul, …)."""

SENTIMENTS = ("negative", "neutral", "positive")
"""Values of ``sentiment``, in the order of ``p_negative, p_neutral, p_positive``."""

POLARITIES = ("negative", "neutral", "positive", "mixed")
"""Values of a driver column; missing means *not mentioned*."""

MENTIONED = ("mentioned",)
"""Values of a label's column where the model was taught mentions without polarity."""

LOYALTIES = ("negative", "positive")
"""Values of ``loyalty``; missing means that no intent was expressed."""

SPEAKERS = ("customer", "agent", "bot", "system", "unknown")
"""Values of ``speaker`` in chats."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
    type : pyarrow.DataType or None
        None where the user's own type is carried through.
    meaning : str
        What a value says, with unit and range.
    missing : str
        What a null says; empty where there are no nulls.
    values : tuple of str
        The allowed values of a label column.
    """

    name: str
    type: pa.DataType | None
    meaning: str
    missing: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableSchema:
    """An ordered set of columns with the meaning of one row."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in schema order."""
        return tuple(column.name for column in self.columns)


DOCUMENTS = TableSchema(
    "documents",
    "one text by one author at one time: a review, or one chat turn",
    (
        Column("doc_id", None, "the user's id, or the row number from 0 over all inputs"),
        Column("interaction_id", None, "the order, stay or conversation it is about", "not known"),
        Column("channel", LABEL, "review or chat", values=("review", "chat")),
        Column("speaker", LABEL, "who wrote it", "not a chat", SPEAKERS),
        Column("turn", pa.int32(), "position in the conversation, from 0", "not a chat"),
        Column("created_at", None, "when it was written", "not known"),
        Column("text", pa.string(), "the original text, never changed", "no text"),
    ),
)


def scored_schema(taxonomy: Taxonomy | None = None, *, has_polarity: bool = True) -> TableSchema:
    """Declare the scored table: one row per input row, in input order.

    Parameters
    ----------
    taxonomy : Taxonomy, optional
        The drivers; the six experience drivers when not given.
    has_polarity : bool, default=True
        False for a model that was taught mentions alone.

    Returns
    -------
    TableSchema

    Examples
    --------
    >>> scored_schema().names[:4]
    ('doc_id', 'lang', 'sentiment', 'sentiment_score')
    """
    drivers = (taxonomy or load_taxonomy()).ids
    nothing = "nothing to score (nothing that the model knows, or not a customer's turn)"
    columns = [
        Column("doc_id", None, "the user's id, or the row number from 0 over all inputs"),
        Column(
            "lang",
            LABEL,
            "language of the text; und: no letters, or mostly letters of another script (kana, "
            "hangul, Cyrillic)",
            "missing text",
            LANGUAGES,
        ),
        Column(
            "sentiment",
            LABEL,
            "sentiment of the text on balance: neutral from a P(neutral) chosen on dev",
            nothing,
            SENTIMENTS,
        ),
        Column("sentiment_score", pa.float32(), "p_positive - p_negative, -1 to 1", nothing),
        *(
            Column(f"p_{name}", pa.float32(), f"calibrated probability of {name}, 0 to 1", nothing)
            for name in SENTIMENTS
        ),
    ]
    for driver in drivers:
        columns += [
            Column(
                driver,
                LABEL,
                f"polarity of {driver}" if has_polarity else f"{driver}, polarity not known",
                "not mentioned",
                POLARITIES if has_polarity else MENTIONED,
            ),
            Column(
                f"{driver}_score",
                pa.float32(),
                f"P(positive) - P(negative) of {driver} given that it is mentioned, -1 to 1",
                "not mentioned",
            ),
            Column(
                f"p_{driver}",
                pa.float32(),
                f"calibrated probability that {driver} is mentioned",
                nothing,
            ),
        ]
    columns += [
        Column("loyalty", LABEL, "intent to return or recommend", "not expressed", LOYALTIES),
        Column("mixed", pa.bool_(), "the text holds real praise and real criticism", nothing),
        Column("speaker", LABEL, "who wrote it", "not a chat", SPEAKERS),
        Column("turn", pa.int32(), "position in the conversation, from 0", "not a chat"),
        Column("interaction_id", None, "the order, stay or conversation", "not known"),
        Column("model", LABEL, "name and version of the model"),
    ]
    return TableSchema("scored", "one input row", tuple(columns))


EVIDENCE = TableSchema(
    "evidence",
    "one clause and one driver it speaks of (or none, when only its sentiment is labelled)",
    (
        Column("doc_id", None, "as in the scored table"),
        Column("clause_index", pa.int32(), "position of the clause in the text, from 0"),
        Column("start", pa.int32(), "first code point of the clause in the original text"),
        Column("end", pa.int32(), "one past the last code point"),
        Column("clause", pa.string(), "text[start:end]"),
        Column("lang", LABEL, "language of the clause", values=LANGUAGES),
        Column(
            "sentiment", LABEL, "sentiment of the clause", "the model was not taught it", SENTIMENTS
        ),
        Column(
            "sentiment_score",
            pa.float32(),
            "P(positive) - P(negative) of the clause, -1 to 1",
            "the model was not taught it",
        ),
        Column("driver", LABEL, "the driver the clause speaks of", "none"),
        Column(
            "driver_polarity",
            LABEL,
            "polarity towards it",
            "no driver, or the model was not taught polarity",
            POLARITIES,
        ),
        Column("driver_score", pa.float32(), "P(positive) - P(negative), -1 to 1", "no driver"),
        Column("p_driver", pa.float32(), "probability that the clause mentions it", "no driver"),
    ),
)

CLAUSES = TableSchema(
    "clauses",
    "one clause, or one word of it",
    (
        Column("doc_id", None, "as in the scored table"),
        Column("clause_index", pa.int32(), "position of the clause in the text, from 0"),
        Column("kind", LABEL, "clause or word", values=("clause", "word")),
        Column("start", pa.int32(), "first code point in the original text"),
        Column("end", pa.int32(), "one past the last code point"),
        Column("text", pa.string(), "text[start:end]"),
        Column("lang", LABEL, "language of the clause", values=LANGUAGES),
    ),
)

ESCALATIONS = ("human", "manager", "authority")
"""Values of ``escalation_to``, the strongest last."""

RESOLUTIONS = ("resolved", "unresolved")
"""Values of ``resolution``."""


def conversations_schema(taxonomy: Taxonomy | None = None) -> TableSchema:
    """Declare the table of conversations: one row each, over the customer's turns.

    Parameters
    ----------
    taxonomy : Taxonomy, optional
        The drivers; the six experience drivers when not given.

    Returns
    -------
    TableSchema

    Examples
    --------
    >>> conversations_schema().names[-6:]
    ('product', 'service', 'relationship', 'price', 'convenience', 'brand')
    """
    none_scored = "no customer turn was scored"
    silent = "no customer turn has text"
    return TableSchema(
        "conversations",
        "one conversation",
        (
            Column("interaction_id", None, "the conversation"),
            Column("n_turns", pa.int32(), "turns by anybody"),
            Column("n_customer_turns", pa.int32(), "turns by the customer"),
            Column("n_unknown_turns", pa.int32(), "turns by a speaker of unknown role"),
            Column("first_sentiment_score", pa.float32(), "first scored turn", none_scored),
            Column("last_sentiment_score", pa.float32(), "last scored turn", none_scored),
            Column("worst_sentiment_score", pa.float32(), "lowest of all turns", none_scored),
            Column("worst_turn", pa.int32(), "turn number of the lowest, the first", none_scored),
            Column(
                "sentiment_trend",
                pa.float32(),
                "change of sentiment_score from first to last scored turn along the least-squares "
                "line, turns evenly spaced; within -3 to 3",
                "fewer than 2 customer turns were scored",
            ),
            Column(
                "n_repeats",
                pa.int32(),
                "turns that nearly repeat an earlier one, or say that it was said before",
                silent,
            ),
            Column(
                "first_wait_seconds",
                pa.float64(),
                "first customer turn to the first answer by an agent or bot",
                "not answered, or times not known",
            ),
            Column(
                "first_agent_wait_seconds",
                pa.float64(),
                "first customer turn to the first turn of an agent after it",
                "no agent, or times not known",
            ),
            Column(
                "mean_wait_seconds",
                pa.float64(),
                "mean over the answers of the time since the first unanswered customer turn",
                "not answered, or times not known",
            ),
            Column(
                "max_wait_seconds",
                pa.float64(),
                "longest of these",
                "not answered, or times not known",
            ),
            Column(
                "duration_seconds", pa.float64(), "first turn to last", "times of them not known"
            ),
            Column(
                "asked_escalation",
                pa.bool_(),
                "asked for a human, asked for a superior or made a complaint, or turned to an "
                "authority, a lawyer or the public",
                silent,
            ),
            Column(
                "escalation_to",
                LABEL,
                "the strongest of these",
                "none asked for",
                ESCALATIONS,
            ),
            Column(
                "said_thanks",
                pa.bool_(),
                "thanked, not as the end of a request and not ironically as far as wording tells",
                silent,
            ),
            Column("said_resolved", pa.bool_(), "said after an answer that it is solved", silent),
            Column(
                "said_unresolved",
                pa.bool_(),
                "said after an answer that it is not solved",
                silent,
            ),
            Column("resolution", LABEL, "the last that was said of it", "not said", RESOLUTIONS),
            *(
                Column(
                    driver,
                    LABEL,
                    f"polarity of {driver} over all customer turns; both signs make mixed",
                    "no customer turn mentions it",
                    POLARITIES,
                )
                for driver in (taxonomy or load_taxonomy()).ids
            ),
        ),
    )


def ox_schema(taxonomy: Taxonomy | None = None) -> TableSchema:
    """Declare what every O+X table holds: one row per unit of its grain.

    Parameters
    ----------
    taxonomy : Taxonomy, optional
        The drivers; the six experience drivers when not given.

    Returns
    -------
    TableSchema
        Without the keys, the ratings ``r_*`` and the operations ``o_*``, which are the user's.

    Notes
    -----
    *No text*: ``x_n_texts`` is 0 and all that follows is missing. *Text without mention* of a
    driver: its three counts are 0 and its score is missing. *Neutral mention*: its
    ``x_<driver>_neutral`` is not 0.

    Examples
    --------
    >>> ox_schema().names[:3]
    ('x_n_documents', 'x_n_texts', 'x_sentiment')
    """
    no_text = "no text"
    columns = [
        Column(
            "x_n_documents", pa.int32(), "customers' documents of the unit, with or without text"
        ),
        Column("x_n_texts", pa.int32(), "documents with something that was scored"),
        Column("x_sentiment", pa.float32(), "mean sentiment_score, -1 to 1", no_text),
        Column("x_mixed", pa.float32(), "share of the texts that are mixed, 0 to 1", no_text),
        Column(
            "x_loyalty",
            pa.float32(),
            "mean over the texts that state an intent to return or recommend (1) or not to (-1)",
            "no text, or no intent stated",
        ),
        Column("x_first_sentiment", pa.float32(), "sentiment_score of the first text", no_text),
        Column("x_last_sentiment", pa.float32(), "sentiment_score of the last text", no_text),
        Column("x_worst_sentiment", pa.float32(), "lowest sentiment_score", no_text),
    ]
    for driver in (taxonomy or load_taxonomy()).ids:
        columns += [
            Column(
                f"x_{driver}_{polarity}",
                pa.int32(),
                f"texts with {polarity} {driver}" + also,
                no_text,
            )
            for polarity, also in (
                ("negative", ", mixed ones too"),
                ("neutral", ""),
                ("positive", ", mixed ones too"),
            )
        ]
        columns.append(
            Column(
                f"x_{driver}_score",
                pa.float32(),
                f"mean {driver}_score of the texts that mention it, -1 to 1",
                "no text, or no mention",
            )
        )
    return TableSchema("ox", "one unit of the grain", tuple(columns))


def check_table(table: pa.Table | pa.RecordBatch, schema: TableSchema) -> None:
    """Raise one error that lists every column that is missing or of another type.

    Parameters
    ----------
    table : pyarrow.Table or RecordBatch
    schema : TableSchema
        Columns of type None may have any type; further columns are allowed.

    Raises
    ------
    SchemaError
        If anything differs; all faults at once.
    """
    faults = []
    for column in schema.columns:
        index = table.schema.get_field_index(column.name)
        if index < 0:
            faults.append(f"column {column.name!r} is missing ({column.meaning})")
        elif column.type is not None and table.schema.field(index).type != column.type:
            found = table.schema.field(index).type
            faults.append(f"column {column.name!r} has type {found}, expected {column.type}")
    if faults:
        raise SchemaError(f"not a {schema.name} table: " + "; ".join(faults))
