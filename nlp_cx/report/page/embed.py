"""JSON that may stand in a page."""

from __future__ import annotations

import json
from typing import Any


def write_json(value: Any) -> str:
    r"""Write JSON that may stand in a script element: it can neither end it nor begin a comment.

    Parameters
    ----------
    value : JSON
        Without NaN and infinity.

    Returns
    -------
    str
        Without ``<``, ``>``, ``&`` and the two line ends that JavaScript once took for such.

    Examples
    --------
    >>> write_json("</script><!--\u2028")
    '"\\u003c/script\\u003e\\u003c!--\\u2028"'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
