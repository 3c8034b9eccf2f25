"""Scoring: the texts of one input become documents under fixed column names."""

from nlp_cx.study.scoring.adopt import adopt_scored
from nlp_cx.study.scoring.roles import find_roles
from nlp_cx.study.scoring.score import score_input
from nlp_cx.study.scoring.task import OnProgress, ScoreTask

__all__ = ["OnProgress", "ScoreTask", "adopt_scored", "find_roles", "score_input"]
