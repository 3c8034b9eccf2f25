"""The columns of an input: those that are named, and by their names the others."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.read.columns import ColumnRoles, find_columns
from nlp_cx.study.spec import InputSpec


def find_roles(
    spec: InputSpec, schema: pa.Schema, head: pa.RecordBatch | None = None
) -> ColumnRoles:
    """Find the columns of an input: those that are named, and by their names the others.

    Parameters
    ----------
    spec : InputSpec
    schema : pyarrow.Schema
    head : RecordBatch, optional

    Returns
    -------
    ColumnRoles

    Raises
    ------
    InputError
        If the text is not clear, or chats have no speaker or no conversation.
    """
    found = find_columns(
        schema,
        text=spec.text,
        id=spec.id,
        interaction=spec.interaction,
        head=head,
        where=spec.path,
    )
    roles = replace(
        found,
        created_at=spec.time or found.created_at,
        speaker=spec.speaker or found.speaker,
        turn=spec.turn or found.turn,
    )
    if spec.kind == "reviews":
        return replace(roles, speaker=None, turn=None)
    if roles.speaker is None or roles.interaction is None:
        what = "who speaks (speaker)" if roles.speaker is None else "conversations (interaction)"
        raise InputError(
            f"{spec.path}: chats, but no column tells {what}. Name it in the study file, or call "
            'the input reviews (kind = "reviews").'
        )
    return roles
