"""Turn text into clauses, words and features; offsets always point into the original."""
