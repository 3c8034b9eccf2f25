"""Small tables that answer questions about an O+X table: tables in, tables out.

Everything public can be imported from here; what it needs is loaded at first use.

Examples
--------
>>> from nlp_cx.analyze import importance_from_correlations
>>> table = importance_from_correlations([[1, 0.5], [0.5, 1]], [0.6, 0.5], names=["a", "b"])
>>> table["lmg"].round(3).tolist()
[0.262, 0.152]
"""

from importlib import import_module

NOTE = "Associated with the outcome; not shown to cause it."
"""What every result says of itself, in ``attrs["note"]``."""

PLACES = {
    "analyze_outcome": "outcome",
    # which drivers go with an outcome
    "relative_importance": "drivers.importance",
    "importance_from_correlations": "drivers.from_correlations",
    "penalty_reward": "drivers.penalty_reward",
    "impact_asymmetry": "drivers.impact_asymmetry",
    "kano_drift": "drivers.kano_drift",
    "importance_performance": "drivers.performance",
    "column_importance": "drivers.column_importance",
    "what_if": "drivers.what_if",
    "leave_theme_out": "drivers.leave_out",
    "compare_groups": "drivers.groups",
    "trends": "drivers.trends",
    "trend_tests": "drivers.trend_tests",
    "kano_survey": "kano_answers",
    "summarize_kano": "kano_summary",
    # what predicted labels hide
    "prevalence": "drivers.prevalence",
    "prediction_powered_means": "drivers.prediction_powered_means",
    "prediction_powered_coefficients": "drivers.prediction_powered_coefficients",
    "rogan_gladen": "drivers.rogan_gladen",
    # expectations, touchpoints, conversations
    "satisfaction_gap": "satisfaction.gap",
    "response_surface": "satisfaction.response_surface",
    "seven_steps": "satisfaction.seven_steps",
    "plan_actions": "satisfaction.plan",
    "servqual_gaps": "satisfaction.servqual",
    "servqual_survey": "satisfaction.servqual_survey",
    "text_perception": "satisfaction.text_perception",
    "find_expectations": "satisfaction.expectations",
    "expectation_coverage": "satisfaction.coverage",
    "count_expectations": "satisfaction.coverage",
    "link_drivers": "satisfaction.disconfirmation",
    "disconfirmation_by_driver": "satisfaction.disconfirmation",
    "find_touchpoints": "journey.touchpoints",
    "touchpoint_matrix": "journey.matrix",
    "moments_of_truth": "journey.moments_of_truth",
    "stage_transitions": "journey.transitions",
    "summarize_peak_end": "journey.peak_end",
    "peak_end_association": "journey.peak_end",
    "measure_conversations": "conversation_summary",
    "conversation_arc": "conversation_summary",
    # what was read, what changed, what to do first
    "volume": "overview.volume",
    "mix": "overview.mix",
    "quality": "overview.quality",
    "coverage": "overview.coverage",
    "driver_shares": "overview.driver_shares",
    "changes": "overview.changes",
    "classifier_metrics": "overview.classifier_metrics",
    "rank_actions": "findings.actions",
    "choose_findings": "findings.choose",
    # words and sentences
    "find_terms": "terms.find_terms",
    "emerging_terms": "terms.emerging",
    "find_exemplars": "exemplars",
    # money
    "estimate_parameters": "cost.parameters",
    "tabulate_parameters": "cost.inputs",
    "negative_cost": "cost.amounts",
    "cost_levers": "cost.levers",
    "cost_scenarios": "cost.levers",
    "cost_tornado": "cost.tornado",
    "fit_return_chain": "returns.chain",
    "project_returns": "returns.projection",
    # all of these, as far as the columns allow
    "run_source_models": "source_models.run",
    # cases
    "find_alerts": "alerts.find_alerts",
    "backtest": "alerts.backtest",
}
"""Where each public function lives, under this package. Metrics are in `nlp_cx.analyze.metrics`."""


def __getattr__(name: str) -> object:
    """Load a public function at its first use."""
    if name in PLACES:
        return getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List what can be imported from here."""
    return sorted([*globals(), *PLACES])
