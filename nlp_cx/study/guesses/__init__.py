"""Guesses: a study without a study file."""

from nlp_cx.study.guesses.guess import guess_study
from nlp_cx.study.guesses.guessed import Guesses

__all__ = ["Guesses", "guess_study"]
