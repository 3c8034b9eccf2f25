"""The scripts that draw the charts, as one text; the only file that imports vl_convert here."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from nlp_cx.errors import MissingDependencyError
from nlp_cx.report.model import Language

_LICENCE = (
    "/*! Vega, Vega-Lite, Vega-Embed (c) University of Washington Interactive Data Lab and "
    "contributors, BSD-3-Clause, https://vega.github.io */\n"
)


@cache
def bundle_vega() -> str:
    """Bundle Vega, Vega-Lite and Vega-Embed with the interpreter of expressions.

    Returns
    -------
    str
        A module's text of about 900 kB that sets ``window.nlpCxEmbed`` and loads nothing.

    Raises
    ------
    MissingDependencyError
        If vl-convert-python is not there.
    """
    try:
        import vl_convert
    except ImportError as e:
        message = "the charts of the page need vl-convert: pip install vl-convert-python"
        raise MissingDependencyError(message) from e
    bundle: str = vl_convert.javascript_bundle("window.nlpCxEmbed = vegaEmbed;")
    # An HTML parser ends a script at this, wherever it stands.
    return _LICENCE + bundle.replace("\r", "").replace("</script", r"<\/script")


@cache
def read_locale(language: Language) -> dict[str, Any]:
    """Read how charts write numbers and dates.

    Returns
    -------
    dict
        ``number`` and ``time``: locales of d3-format and d3-time-format.
    """
    import vl_convert

    name: Literal["en-GB", "zh-CN"] = "zh-CN" if language == "zh" else "en-GB"
    time = dict(vl_convert.get_time_format_locale(name))
    if language == "zh":
        time["months"] = time["shortMonths"] = [f"{month}月" for month in range(1, 13)]
    return {"number": vl_convert.get_format_locale(name), "time": time}
