"""Specifications of the charts; the only room that imports altair.

Every function gives Vega-Lite as a plain dict without data, width and colours. Fields are names of
the columns of the table that is drawn, words are passed in. Intervals are always drawn.
"""

from nlp_cx.report.charts.axis import FORMATS, Axis, Spec
from nlp_cx.report.charts.bars import draw_bars, draw_opposed, draw_tornado
from nlp_cx.report.charts.heat import draw_heat
from nlp_cx.report.charts.quadrants import Quadrants, draw_quadrants
from nlp_cx.report.charts.series import draw_arc, draw_columns, draw_series, draw_small_series

__all__ = [
    "FORMATS",
    "Axis",
    "Quadrants",
    "Spec",
    "draw_arc",
    "draw_bars",
    "draw_columns",
    "draw_heat",
    "draw_opposed",
    "draw_quadrants",
    "draw_series",
    "draw_small_series",
    "draw_tornado",
]
