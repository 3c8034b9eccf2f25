"""The colours of the page as custom properties of CSS."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

SERIES = tuple(f"var(--series-{i})" for i in range(1, 9))
"""Colours of a chart's groups: names, so that light, dark and print need no new drawing."""


@cache
def read_palette() -> dict[str, dict[str, str]]:
    """Read the colours.

    Returns
    -------
    dict
        ``light`` and ``dark``: name to a colour like ``#1b1f24``; the same names in both.
    """
    path = resources.files("nlp_cx.report.page") / "palette.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def write_properties() -> str:
    """Write the colours for both modes: as the reader's system asks, or as the page was told.

    Paper is light always.

    Examples
    --------
    >>> ":root[data-theme=dark]" in write_properties()
    True
    """
    palette = read_palette()
    light, dark = (
        "".join(f"--{name}:{value};" for name, value in palette[mode].items())
        for mode in ("light", "dark")
    )
    return (
        f":root{{color-scheme:light;{light}}}\n"
        "@media screen and (prefers-color-scheme:dark){"
        f":root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
    )
