"""What is missing for one reason is told once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from nlp_cx.report.model import Block, Missing, Section
from nlp_cx.report.words import Words


def fold_lacks(section: Section, words: Words) -> Section:
    """Put all that is missing in a section for the same reason into one block.

    Parameters
    ----------
    section : Section
    words : Words

    Returns
    -------
    Section
        The block stands where the first of them stood, and names all of them.
    """
    titles: dict[tuple[str, str], list[str]] = defaultdict(list)
    for block in section.blocks:
        if isinstance(block, Missing):
            titles[block.reason, block.remedy].append(block.title)
    blocks: list[Block] = []
    told: set[tuple[str, str]] = set()
    for block in section.blocks:
        if not isinstance(block, Missing):
            blocks.append(block)
            continue
        why = (block.reason, block.remedy)
        if why not in told:
            told.add(why)
            names = list(dict.fromkeys(titles[why]))
            title = words.list_all(names) if len(names) > 1 else block.title
            blocks.append(replace(block, title=title))
    return replace(section, blocks=tuple(blocks))
