"""A chart's specification made ready for the page: its data, colours, words and formats."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from nlp_cx.errors import SchemaError
from nlp_cx.report.model import Chart, Column
from nlp_cx.report.page.cells import is_unknown, to_plain
from nlp_cx.report.page.palette import SERIES
from nlp_cx.report.page.words import read_meanings
from nlp_cx.report.visible_text import show_hidden

FONT = 'system-ui, "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif'
ROW = "_row"
"""Field with the number of the row, by which a tooltip finds the cells of the table."""

STEP = 26
"""Height of a row of a chart that gives none."""

_FORMATS = {"share": ".0%", "count": ",d", "signed": "+"}
_COLOURED = ("color", "fill", "stroke")
_UNITS = ("layer", "concat", "hconcat", "vconcat")


def prepare_spec(chart: Chart) -> dict[str, Any]:
    """Give a specification its data and the looks of the page.

    Parameters
    ----------
    chart : Chart
        Not changed.

    Returns
    -------
    dict
        Vega-Lite with ``data`` and ``config``; axes and legends are called as the table's columns
        where the chart does not say otherwise; negative, neutral and positive have their colours.

    Raises
    ------
    SchemaError
        If the specification would load something from an address.

    Notes
    -----
    Colours are names of CSS (``var(--negative)``), so that light, dark and printed pages need no
    new drawing. Scales between colours are made of one colour that fades, for the same reason.
    """
    spec = copy.deepcopy(dict(chart.spec))
    columns = {column.name: column for column in chart.table.columns}
    temporal = set()
    for part in _walk(spec):
        if isinstance(part.get("data"), Mapping) and "url" in part["data"]:
            raise SchemaError(
                f"chart {chart.table.id}: its specification loads {part['data']['url']!r}; "
                "data of a report stand in its table"
            )
        for channel, definition in part.get("encoding", {}).items():
            for one in definition if isinstance(definition, list) else [definition]:
                _fill_definition(one, channel, columns, chart)
                if isinstance(one, dict) and one.get("type") == "temporal":
                    temporal.add(one.get("field"))
    spec["data"] = {"values": _write_rows(chart, temporal)}
    spec["config"] = _merge(spec.get("config", {}), write_config())
    for key in ("width", "$schema", "background", "usermeta"):
        spec.pop(key, None)
    if "mark" in spec or "layer" in spec:
        _count_height(spec, chart)
    return spec


def has_data(chart: Chart) -> bool:
    """Say whether there is a number to draw."""
    fields = {
        one.get("field")
        for part in _walk(dict(chart.spec))
        for one in part.get("encoding", {}).values()
        if isinstance(one, Mapping)
    }
    places = [i for i, c in enumerate(chart.table.columns) if c.name in fields and _is_drawn(c)]
    if not places:
        return bool(chart.table.rows)
    return any(not is_unknown(row[i]) for row in chart.table.rows for i in places)


def write_config() -> dict[str, Any]:
    """Write the looks that all charts share."""
    ink, soft, grid, edge = (f"var(--{name})" for name in ("ink", "ink-soft", "grid", "edge"))
    words = {"labelFont": FONT, "titleFont": FONT, "labelColor": soft, "titleColor": soft}
    sizes = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 500}
    return {
        "background": None,
        "font": FONT,
        "aria": False,
        "padding": {"left": 2, "right": 10, "top": 6, "bottom": 4},
        "view": {"stroke": None, "continuousHeight": 260},
        "axis": {
            **words,
            **sizes,
            "domainColor": edge,
            "gridColor": grid,
            "tickColor": edge,
            "tickSize": 4,
            "labelPadding": 6,
            "titlePadding": 10,
            "labelLimit": 170,
            "labelOverlap": "greedy",
        },
        "axisY": {"domain": False, "ticks": False},
        "axisBand": {"grid": False},
        "axisX": {"tickCount": 6},
        "legend": {
            **words,
            **sizes,
            "orient": "top",
            "labelColor": ink,
            "symbolSize": 110,
            "symbolStrokeWidth": 2,
            "columnPadding": 18,
            "labelLimit": 170,
        },
        "header": {**words, **sizes, "labelColor": ink, "labelFontWeight": 600},
        "title": {"font": FONT, "color": ink, "fontSize": 13, "anchor": "start"},
        "range": {
            "category": list(SERIES),
            "ordinal": list(SERIES),
            "ramp": ["rgba(38,124,178,0.06)", "rgba(38,124,178,0.95)"],
            "heatmap": ["rgba(38,124,178,0.06)", "rgba(38,124,178,0.95)"],
            "diverging": [
                "rgba(205,92,44,0.95)",
                "rgba(140,140,140,0.10)",
                "rgba(38,124,178,0.95)",
            ],
        },
        "mark": {"color": SERIES[0], "tooltip": True},
        "bar": {"cornerRadiusEnd": 2, "discreteBandSize": {"band": 0.72}},
        "line": {"strokeWidth": 2.25, "point": {"filled": True, "size": 34}},
        "area": {"line": False, "fillOpacity": 0.16},
        "point": {"filled": True, "size": 64, "opacity": 1},
        "circle": {"size": 64, "opacity": 1},
        # Whiskers lie on bars: the colour of lines of the axes would not be seen there.
        "rule": {"color": ink},
        "errorbar": {"rule": {"color": ink}, "ticks": {"color": ink}},
        "errorband": {"band": {"opacity": 0.16}},
        "text": {"color": ink, "font": FONT, "fontSize": 12},
        "rect": {"stroke": "var(--card)", "strokeWidth": 1},
        "arc": {"stroke": "var(--card)", "strokeWidth": 1},
    }


def _fill_definition(one: Any, channel: str, columns: Mapping[str, Column], chart: Chart) -> None:
    """Name a channel as its column, choose its format and its colours; `one` is changed."""
    if not isinstance(one, dict) or one.get("field") not in columns:
        return
    column = columns[one["field"]]
    if channel in ("x", "y") and one.get("axis", {}) is not None:
        if "title" not in one and "title" not in one.get("axis", {}):
            # Names explain themselves; numbers do not.
            one["title"] = column.label if one.get("type") == "quantitative" else None
        if one.get("type") == "quantitative" and "format" not in one.get("axis", {}):
            form = _FORMATS.get(column.kind)
            if form is not None:
                one["axis"] = {**one.get("axis", {}), "format": form}
    elif channel in (*_COLOURED, "size", "shape", "opacity", "facet", "row", "column"):
        one.setdefault("title", column.label if one.get("type") == "quantitative" else None)
    if channel in _COLOURED and one.get("type", "nominal") in ("nominal", "ordinal"):
        _give_meaning(one, chart)


def _count_height(spec: dict[str, Any], chart: Chart) -> None:
    """Turn a height per row into a height; a chart that fits its box has no steps."""
    height = spec.get("height")
    if isinstance(height, int | float):
        return
    for part in _walk(spec):
        down = part.get("encoding", {}).get("y", {})
        if down.get("field") and down.get("type", "nominal") in ("nominal", "ordinal"):
            offset = part["encoding"].get("yOffset", {})
            names = {column.name for column in chart.table.columns}
            # A name that is worked out inside the specification is one of a row.
            n_rows = len(chart.table.rows)
            n = _count_values(chart, down["field"]) if down["field"] in names else n_rows
            n *= _count_values(chart, offset.get("field"))
            step = height.get("step", STEP) if isinstance(height, Mapping) else STEP
            spec["height"] = max(n, 1) * step
            return
    spec.pop("height", None)


def _count_values(chart: Chart, name: str | None) -> int:
    """Count the different values of a column; 1 where there is no such column."""
    places = [i for i, column in enumerate(chart.table.columns) if column.name == name]
    return len({row[places[0]] for row in chart.table.rows}) if places else 1


def _give_meaning(one: dict[str, Any], chart: Chart) -> None:
    """Colour negative as negative, and so on, if all values of a field have a known meaning."""
    scale = one.get("scale", {})
    if scale is None or "range" in scale or "scheme" in scale:
        return
    place = [column.name for column in chart.table.columns].index(one["field"])
    values = list(dict.fromkeys(row[place] for row in chart.table.rows if row[place] is not None))
    domain = scale.get("domain") or values
    meanings = read_meanings()
    found = [meanings.get(str(value).casefold()) for value in domain]
    if not found or None in found or len(set(found)) < len(found):
        return
    if "domain" not in scale:
        order = ("negative", "mixed", "neutral", "positive", "mentioned")
        pairs = sorted(zip(domain, found, strict=True), key=lambda pair: order.index(str(pair[1])))
        domain, found = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    one["scale"] = {**scale, "domain": list(domain), "range": [f"var(--{name})" for name in found]}


def _write_rows(chart: Chart, temporal: set[Any]) -> list[dict[str, Any]]:
    """Write the rows as records; days begin at midnight where the reader is."""
    rows = []
    for number, row in enumerate(chart.table.rows):
        record: dict[str, Any] = {ROW: number}
        for column, cell in zip(chart.table.columns, row, strict=True):
            value = to_plain(cell)
            if isinstance(value, str):
                value = show_hidden(value)
                if column.name in temporal:
                    value = _to_local(value)
            record[column.name] = value
        rows.append(record)
    return rows


def _to_local(text: str) -> str:
    """Keep a date on its day: a bare ISO date is midnight in Greenwich for a browser."""
    day = text[:10] if len(text) >= 10 else f"{text}-01"[:10]
    clock = text[11:19] if len(text) >= 19 else "00:00:00"
    return f"{day}T{clock}"


def _walk(spec: Any) -> Iterator[dict[str, Any]]:
    """Visit a specification and the specifications in it."""
    if not isinstance(spec, dict):
        return
    yield spec
    yield from _walk(spec.get("spec"))
    for key in _UNITS:
        for part in spec.get(key, ()):
            yield from _walk(part)


def _merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two configurations; the second wins."""
    merged = dict(one)
    for key, value in other.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _is_drawn(column: Column) -> bool:
    """Say whether a column holds numbers."""
    return column.kind not in ("text", "label", "time")
