"""Sentences for the user about roles that a name alone does not tell."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from nlp_cx.read.role_names import recognize_name

_N_NAMED = 10


def describe_roles(decisions: pd.DataFrame, n_missing: int = 0) -> Iterator[str]:
    """Say which roles were inferred and which stay unknown.

    Parameters
    ----------
    decisions : DataFrame
        ``speaker, role, confidence, reason, n_turns``, most turns first.
    n_missing : int
        Turns without a speaker.

    Yields
    ------
    str
        One sentence for each of the ten speaker values of most turns that are unknown, and of the
        ten that were inferred; the rest as a count.

    Examples
    --------
    >>> rows = [("Lily", "unknown", 0.0, "its turns do not tell", 12)]
    >>> names = ["speaker", "role", "confidence", "reason", "n_turns"]
    >>> list(describe_roles(pd.DataFrame(rows, columns=names)))
    ['speaker "Lily" in 12 turns: role unknown; say --customer Lily or --agent Lily']
    """
    unknown, inferred = [], []
    for name, role, confidence, reason, n in decisions.itertuples(index=False):
        if role == "unknown":
            say = f'"{name}"' if " " in name else name
            text = f"role unknown; say --customer {say} or --agent {say}"
            unknown.append((n, f'speaker "{name}" in {_turns(n)}: {text}'))
        elif reason != "given" and (confidence < 0.9 or recognize_name(name).role != role):
            text = f"taken as {role} (confidence {confidence:.2f}: {reason})"
            inferred.append((n, f'speaker "{name}" in {_turns(n)}: {text}'))
    for notes, what in ((unknown, "are unknown too"), (inferred, "were inferred too")):
        yield from (note for _, note in notes[:_N_NAMED])
        if rest := notes[_N_NAMED:]:
            yield f"{len(rest):,} more speaker values, {_turns(sum(n for n, _ in rest))}: {what}"
    if n_missing:
        yield f"{_turns(n_missing)} without a speaker: role unknown"


def _turns(n: int) -> str:
    """Count turns in words."""
    return f"{n:,} turn" if n == 1 else f"{n:,} turns"
