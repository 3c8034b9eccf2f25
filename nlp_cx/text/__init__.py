"""Turn text into clauses, words and features; offsets always point into the original."""

from nlp_cx.compile_cache import ensure_compile_cache

ensure_compile_cache()
