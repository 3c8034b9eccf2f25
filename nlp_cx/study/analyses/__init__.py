"""The analyses of a study: each step puts its tables, or why there are none, in a material."""

from nlp_cx.study.analyses.analyze import analyze_study

__all__ = ["analyze_study"]
