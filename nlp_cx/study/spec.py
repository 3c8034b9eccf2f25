"""What a study is asked to do, as classes that a TOML file can fill."""

from __future__ import annotations

from typing import Literal

from nlp_cx.analyze.drivers.division import Family
from nlp_cx.analyze.source_models.inputs import SourceInputs
from nlp_cx.config import config
from nlp_cx.join.spec import AsOf, Cardinality, LookAhead, Period, WeightSpec

Kind = Literal["reviews", "chats", "ratings", "operations", "scored"]
"""What a file holds: texts of customers, conversations, answers in numbers, what happened, or texts
that ``nlp-cx score`` has scored already."""

TEXT_KINDS = ("reviews", "chats", "scored")
"""Kinds that hold texts."""

Analysis = Literal[
    "overview",
    "drivers",
    "outcomes",
    "evidence",
    "terms",
    "emerging",
    "conversations",
    "changes",
    "findings",
    "source_models",
    "alerts",
]

ANALYSES: tuple[Analysis, ...] = (
    "overview",
    "drivers",
    "outcomes",
    "evidence",
    "terms",
    "emerging",
    "conversations",
    "changes",
    "findings",
    "source_models",
    "alerts",
)
"""All analyses, in the order in which they are made."""


@config
class InputSpec:
    """One file, or several of one form, and what its columns are for.

    Parameters
    ----------
    path : str
        A file, folder or pattern, relative to the study file.
    kind : {"reviews", "chats", "ratings", "operations", "scored"}
    name : str, optional
        The file's name without endings when not given.
    text, id, interaction, customer, time, speaker, turn, channel : str, optional
        Columns. Of a table of ratings or operations only `time` (of a row) counts.
    carry : tuple of str
        Further columns of texts that the analysis may use. Outcomes, groups and controls are
        carried anyhow.
    customers, agents : tuple of str
        Chats: speakers whose role is known.
    evidence : str, optional
        ``scored``: the file of ``nlp-cx score --evidence``.
    on : tuple of str
        Tables: key pairs ``"left=right"``; left is ``interaction_id``, ``customer_id``,
        ``doc_id`` or a carried column, or a column of a table that stands before.
    columns : dict of str to str, optional
        Tables: name in the study and column, e.g. ``o_amount = "amount:sum"``; all when not given.
    cardinality : {"1:1", "m:1", "1:m", "m:n"}, optional
    asof : AsOf, optional
        Tables: match by time, see `nlp_cx.join.spec.AsOf`.
    look_ahead : {"refuse", "drop", "trim", "allow"}, optional
        Ratings older than the text that should explain them; that of ``[join]`` when not given.
    encoding : str, optional
        Of texts; found from the bytes when not given.
    """

    path: str
    kind: Kind
    name: str | None = None
    text: str | None = None
    id: str | None = None
    interaction: str | None = None
    customer: str | None = None
    time: str | None = None
    speaker: str | None = None
    turn: str | None = None
    channel: str | None = None
    carry: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    evidence: str | None = None
    on: tuple[str, ...] = ()
    columns: dict[str, str] | None = None
    cardinality: Cardinality | None = None
    asof: AsOf | None = None
    look_ahead: LookAhead | None = None
    encoding: str | None = None


@config
class JoinRules:
    """How texts and tables become one table of units; see `nlp_cx.join.spec.JoinSpec`.

    Parameters
    ----------
    grain : tuple of str
        What a unit is. When empty: the interaction where a table is joined on it or all texts are
        chats, else the text.
    texts : tuple of str
        Names of the inputs whose texts are joined; all reviews when empty, or else all chats.
    period : {"day", "week", "month", "quarter", "year"}, optional
    keep : str, default="scored"
        Whose units are rows: ``"scored"``, the name of a table, or ``"all"``.
    look_ahead : {"refuse", "drop", "trim", "allow"}, default="refuse"
    normalize_keys, allow_many : bool
    duplicates : {"keep", "drop", "refuse"}
    weights : WeightSpec, optional
    """

    grain: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    period: Period | None = None
    keep: str = "scored"
    look_ahead: LookAhead = "refuse"
    normalize_keys: bool = False
    allow_many: bool = False
    duplicates: Literal["keep", "drop", "refuse"] = "keep"
    weights: WeightSpec | None = None


@config
class OutcomeSpec:
    """A rating or what happened, which the study explains.

    Parameters
    ----------
    column : str
        As in its file (``stars``), or as in the study (``r_stars``).
    higher_is_better : bool, default=True
        False for effort, waiting and churn.
    family : {"linear", "ordinal", "logit"}, optional
        Told from the values when not given.
    label : str, optional
        What the report calls it.
    low, high : float, optional
        Ends of its scale.
    """

    column: str
    higher_is_better: bool = True
    family: Family | None = None
    label: str | None = None
    low: float | None = None
    high: float | None = None


@config
class Gold:
    """Labels by people of a random sample, by which shares are corrected.

    Parameters
    ----------
    path : str
        A table with one row per labelled text.
    id : str, default="doc_id"
        Column with the id of the text. The other columns are named as drivers and ``sentiment``, as
        ``nlp-cx label import`` writes them, or empty where a driver is not mentioned.
    """

    path: str
    id: str = "doc_id"


@config
class Privacy:
    """What must not be seen.

    Parameters
    ----------
    mask_pii : bool, default=False
        Mask personal data in texts before anything else sees them.
    minimum_cell : int, default=10
        Numbers of fewer texts or units of a group are not shown.
    """

    mask_pii: bool = False
    minimum_cell: int = 10


@config
class EvidenceSpec:
    """How much evidence is shown, so that a report does not grow with its input.

    Parameters
    ----------
    per_cell : int, default=12
        Clauses per driver and polarity.
    terms : int, default=200
        Opinion terms.
    """

    per_cell: int = 12
    terms: int = 200


@config
class Study:
    """A study file.

    Parameters
    ----------
    title : str
    language : {"en", "zh", "both"}
        Of the report.
    random_state : int
    time_zone : str, optional
        In which days begin, and of times without an offset, e.g. ``"Asia/Shanghai"``.
    currency : str
        Written before amounts.
    model : str, default="fast"
        A shipped model or a folder.
    taxonomy : str, optional
        File with the words for the model's drivers; those of the model when not given.
    inputs : tuple of InputSpec
    join : JoinRules
    outcomes : tuple of OutcomeSpec
        The first is the main one.
    groups : tuple of str
        Columns whose values are compared; the first is the main one.
    time : bool, default=True
        Look at changes over time where texts have one.
    controls : tuple of str
        Columns that are held equal.
    weights, customer : str, optional
        Columns of sampling weights, and of whose rows are one observation.
    analyses : tuple of str
        Of `ANALYSES`; all that the data allow when empty.
    alerts : str, optional
        A file of rules for ``nlp-cx alert``.
    gold : Gold, optional
    sources : SourceInputs
        Columns and numbers for the models of the sources: gap, cost, SERVQUAL, return chain.
    privacy : Privacy
    evidence : EvidenceSpec
    n_bootstrap : int, default=1000
    most_units : int, default=50,000
        Outcomes are explained with a random sample of so many units where there are more, and the
        report says so: intervals are then wider than they could be, never wrong.
    """

    title: str = ""
    language: Literal["en", "zh", "both"] = "en"
    random_state: int = 0
    time_zone: str | None = None
    currency: str = ""
    model: str = "fast"
    taxonomy: str | None = None
    inputs: tuple[InputSpec, ...]
    join: JoinRules = JoinRules()
    outcomes: tuple[OutcomeSpec, ...] = ()
    groups: tuple[str, ...] = ()
    time: bool = True
    controls: tuple[str, ...] = ()
    weights: str | None = None
    customer: str | None = None
    analyses: tuple[Analysis, ...] = ()
    alerts: str | None = None
    gold: Gold | None = None
    sources: SourceInputs = SourceInputs()
    privacy: Privacy = Privacy()
    evidence: EvidenceSpec = EvidenceSpec()
    n_bootstrap: int = 1000
    most_units: int = 50_000

    def wants(self, analysis: Analysis) -> bool:
        """Tell whether an analysis was asked for."""
        return not self.analyses or analysis in self.analyses
