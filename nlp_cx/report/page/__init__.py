"""The report as one HTML page: `render_page`; the only place of the package that writes HTML."""

from nlp_cx.report.page.render import render_page

__all__ = ["render_page"]
