"""Turn text into clauses, words and features; offsets always point into the original."""

from nlp_cx.compile_cache import register_compile_cache

register_compile_cache()
