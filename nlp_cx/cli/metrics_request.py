"""What ``nlp-cx metrics`` is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MetricsRequest:
    """What ``nlp-cx metrics`` is asked for; None or False where an option was not given.

    Attributes
    ----------
    table : str or None
        Path of the table.
    output : str or None
        Folder.
    nps, csat, top_minus_bottom, ces, means, churn, recommended, referred, orders : str or None
        Columns; of yes and no also ``COL=VALUE``.
    nps_scale, scale, ces_scale : str or None
        ``LOW-HIGH``.
    is_text : bool
        Metrics of text too.
    tenure, at, spend, date, horizon, holdout_from : see the options of the command
    typed : dict of str to str
        Numbers typed in, by option.
    """

    table: str | None = None
    output: str | None = None
    nps: str | None = None
    nps_scale: str | None = None
    csat: tuple[str, ...] = ()
    scale: str | None = None
    top_boxes: int = 2
    top_minus_bottom: str | None = None
    means: tuple[str, ...] = ()
    ces: str | None = None
    ces_scale: str | None = None
    ces_direction: str | None = None
    churn: str | None = None
    tenure: str | None = None
    at: str | None = None
    recommended: str | None = None
    referred: str | None = None
    orders: str | None = None
    is_text: bool = False
    date: str | None = None
    spend: str | None = None
    horizon: float | None = None
    discount: float = 0.0
    holdout_from: str | None = None
    group: str | None = None
    period: str | None = None
    every: str | None = None
    date_format: str | None = None
    time_zone: str | None = None
    against: str = "each_other"
    customer: str | None = None
    weights: str | None = None
    confidence: float = 0.95
    interval: str | None = None
    min_n: int = 10
    random_state: int = 0
    retention_formula: str = "new_excluded"
    first_margin: str = "at_first_renewal"
    typed: dict[str, str] = field(default_factory=dict)
