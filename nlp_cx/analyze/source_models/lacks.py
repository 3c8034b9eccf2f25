"""Why a model could not be made, for people of any language."""

from __future__ import annotations

from typing import TypedDict


class Lack(TypedDict):
    """What is missing.

    Attributes
    ----------
    code : str
        ``needs_columns``, ``needs_scale``, ``needs_texts``, ``needs_evidence``, ``needs_outcome``,
        ``too_few`` or ``cannot``.
    columns : list of str
        Fields of `inputs.SourceInputs` that would name the columns, e.g. ``complained``,
        ``expectation.service``, ``cost.complaint_share`` (a number to type in).
    reason, remedy : str
        Sentences in English.
    detail : str
        With ``too_few`` and ``cannot``: what the model said; else empty.
    """

    code: str
    columns: list[str]
    reason: str
    remedy: str
    detail: str


class LackError(Exception):
    """Leaves a model that cannot be made; never leaves `run.run_source_models`."""

    def __init__(self, lack: Lack) -> None:
        super().__init__(lack["reason"])
        self.lack = lack


def needs_columns(columns: list[str], reason: str, remedy: str) -> LackError:
    """Say that columns are not there.

    Parameters
    ----------
    columns : list of str
    reason, remedy : str

    Returns
    -------
    LackError
        To be raised.
    """
    return LackError(lack("needs_columns", reason, remedy, columns=columns))


def lack(
    code: str, reason: str, remedy: str, *, columns: list[str] | None = None, detail: str = ""
) -> Lack:
    """Put a lack together.

    Parameters
    ----------
    code, reason, remedy : str
    columns : list of str, optional
    detail : str

    Returns
    -------
    Lack
    """
    return Lack(code=code, columns=columns or [], reason=reason, remedy=remedy, detail=detail)
