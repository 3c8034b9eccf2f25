"""Metrics of customer experience: NPS, CSAT, CES, retention, loyalty, lifetime value.

``code_…`` says what every row of a table adds to a metric; `estimate_metrics` estimates one or
many of them, by group and period; `compare_metrics` tests their differences. ``estimate_…`` does
the first two in one call. Functions without a table take typed-in numbers.
"""

from nlp_cx.analyze.metrics.ces import code_ces, estimate_ces
from nlp_cx.analyze.metrics.clv import (
    code_retention_clv,
    code_simple_clv,
    retention_clv,
    simple_clv,
)
from nlp_cx.analyze.metrics.csat import code_csat, estimate_csat
from nlp_cx.analyze.metrics.differences import compare_metrics
from nlp_cx.analyze.metrics.estimates import estimate_metrics
from nlp_cx.analyze.metrics.forecast import forecast_customers
from nlp_cx.analyze.metrics.holdout import check_forecast
from nlp_cx.analyze.metrics.lifetime_value import compare_lifetime_value, estimate_lifetime_value
from nlp_cx.analyze.metrics.loyalty import (
    code_referral,
    code_repurchase,
    list_buyers,
)
from nlp_cx.analyze.metrics.nps import code_nps, estimate_nps
from nlp_cx.analyze.metrics.nps_counts import compare_nps_counts, nps_from_counts
from nlp_cx.analyze.metrics.retention import (
    code_churn,
    estimate_churn,
    list_retained,
    retention_rate,
)
from nlp_cx.analyze.metrics.statistic import code_mean, code_share
from nlp_cx.analyze.metrics.survival import compare_retention_curves, estimate_retention_curve
from nlp_cx.analyze.metrics.text_calibration import calibrate_text
from nlp_cx.analyze.metrics.text_metrics import code_text_loyalty, code_text_sentiment
from nlp_cx.analyze.metrics.top_minus_bottom import code_top_minus_bottom

__all__ = [
    "calibrate_text",
    "check_forecast",
    "code_ces",
    "code_churn",
    "code_csat",
    "code_mean",
    "code_nps",
    "code_referral",
    "code_repurchase",
    "code_retention_clv",
    "code_share",
    "code_simple_clv",
    "code_text_loyalty",
    "code_text_sentiment",
    "code_top_minus_bottom",
    "compare_lifetime_value",
    "compare_metrics",
    "compare_nps_counts",
    "compare_retention_curves",
    "estimate_ces",
    "estimate_churn",
    "estimate_csat",
    "estimate_lifetime_value",
    "estimate_metrics",
    "estimate_nps",
    "estimate_retention_curve",
    "forecast_customers",
    "list_buyers",
    "list_retained",
    "nps_from_counts",
    "retention_clv",
    "retention_rate",
    "simple_clv",
]
