"""Score customer feedback in Chinese and English, with the words that show it.

Examples
--------
>>> import nlp_cx
>>> pipeline = nlp_cx.load("fast")
>>> pipeline.score_texts(["味道很好，就是太贵了"])[["product", "price"]].values.tolist()
[['positive', 'negative']]
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlp_cx.join.ox import join_ox
    from nlp_cx.pipeline import FeedbackPipeline, load

__version__ = "0.1.0"
__all__ = ["FeedbackPipeline", "__version__", "join_ox", "load"]

_HOMES = {
    "FeedbackPipeline": "nlp_cx.pipeline",
    "load": "nlp_cx.pipeline",
    "join_ox": "nlp_cx.join.ox",
}
"""Module by name: imported at first use, so that ``import nlp_cx`` stays instant."""


def __getattr__(name: str) -> object:
    """Import what is asked for."""
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nlp_cx' has no attribute {name!r}")
