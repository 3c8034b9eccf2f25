"""How much a turn reads like an agent's or like a customer's."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.read.role_names import load_role_words
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.normalize import normalize

MAX_EVIDENCE = 300
"""Most that one turn can say, either way."""


def weigh_turns(texts: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Weigh each turn by the cues of ``resources/roles.toml``.

    Parameters
    ----------
    texts : Array of string, shape (n_turns,)
        Missing texts say nothing.

    Returns
    -------
    ndarray of int64, shape (n_turns,)
        Log-odds x 100 that an agent wrote it, -300 to 300; whole numbers, so that sums do not
        depend on how the turns were batched.

    Examples
    --------
    >>> weigh_turns(pa.array(["您好，很高兴为您服务", "你们怎么还不发货", "ok", None])).tolist()
    [300, -248, -194, 0]
    """
    batch = TextBatch.from_arrow(texts)
    folded = TextBatch(normalize(batch.codes), batch.offsets, batch.is_missing).to_arrow()
    evidence = np.zeros(len(batch), np.int64)
    for weight, pattern in _cues():
        matches = pc.match_substring_regex(folded, pattern).fill_null(False)
        evidence += weight * matches.to_numpy(zero_copy_only=False)
    return evidence.clip(-MAX_EVIDENCE, MAX_EVIDENCE)


@cache
def _cues() -> tuple[tuple[int, str], ...]:
    """Give weight and pattern of each cue."""
    return tuple((cue["weight"], cue["pattern"]) for cue in load_role_words()["cues"])
