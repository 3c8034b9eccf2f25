"""Classify clauses and documents with a trained model."""

from nlp_cx.compile_cache import register_compile_cache

register_compile_cache()
