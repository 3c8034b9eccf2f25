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
    from nlp_cx.pipeline import FeedbackPipeline, load

__version__ = "0.1.0"
__all__ = ["FeedbackPipeline", "__version__", "load"]


def __getattr__(name: str) -> object:
    """Import the pipeline at first use, so that ``import nlp_cx`` stays instant."""
    if name in {"load", "FeedbackPipeline"}:
        from nlp_cx import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'nlp_cx' has no attribute {name!r}")
