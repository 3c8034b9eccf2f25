"""Shares corrected by a labelled sample, cell by cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nlp_cx.analyze.drivers.prevalence import prevalence
from nlp_cx.analyze.overview.texts import take_columns

NO_SAMPLE = "no labelled sample"
MIXED = "mixed is not corrected: it is part of negative and of positive"

_METHODS = {"powered": "powered", "corrected": "rogan-gladen"}
_CELL = "nlp_cx cell"


def correct_shares(
    scored: pd.DataFrame | pa.Table,
    labelled: pd.DataFrame,
    cell: npt.NDArray[np.int64],
    shares: pd.DataFrame,
    *,
    options: dict[str, Any],
) -> pd.DataFrame:
    """Correct shares for what the classifier gets wrong.

    Parameters
    ----------
    scored : DataFrame or pyarrow.Table
    labelled : DataFrame
        As for `prevalence`.
    cell : ndarray of int64, shape (n_rows of `scored`,)
        -1 for none.
    shares : DataFrame
        ``cell``, ``driver``, ``polarity``.
    options : dict
        ``sampling``, ``key``, ``cluster``, ``confidence`` of `prevalence`.

    Returns
    -------
    DataFrame, index of `shares`
        ``corrected``, ``corrected_low``, ``corrected_high`` within 0 to 1; ``correction``; the
        prediction-powered estimate where there is one, which assumes nothing of the errors, else
        Rogan-Gladen; ``n_labelled``; ``doubt``: why there is neither.
    """
    drivers = list(shares["driver"].unique())
    names = [options["key"], "sentiment", *drivers]
    if options["cluster"] is not None:
        names.append(options["cluster"])
    frame = take_columns(scored, names).loc[cell >= 0].reset_index(drop=True)
    frame[_CELL] = cell[cell >= 0]
    found = prevalence(frame, labelled, drivers=drivers, group=_CELL, **options)
    found = found.rename(columns={"group": "cell", "label": "driver"})
    places = ["cell", "driver", "polarity"]
    found["cell"] = found["cell"].astype(np.int64)
    both = shares[places].merge(found, on=places, how="left", validate="one_to_one")
    result = pd.DataFrame(index=shares.index)
    for end in ("", "_low", "_high"):
        best = both[f"powered{end}"].where(both["powered"].notna(), both[f"corrected{end}"])
        # Unbiased estimates of rare things may fall below 0; a share that is shown cannot.
        result[f"corrected{end}"] = best.clip(0, 1).to_numpy(np.float64)
    method = np.where(both["powered"].notna(), _METHODS["powered"], _METHODS["corrected"])
    is_there = both["powered"].notna() | both["corrected"].notna()
    result["correction"] = pd.Series(method, dtype=object).where(is_there, None).to_numpy()
    result["n_labelled"] = both["n_labelled"].fillna(0).to_numpy(np.int64)
    doubt = both["reason"].astype(object).where(~is_there, None)
    doubt = doubt.mask(both["polarity"] == "mixed", MIXED)
    result["doubt"] = doubt.to_numpy()
    return result
