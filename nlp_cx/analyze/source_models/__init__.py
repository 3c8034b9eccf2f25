"""The models of the sources, as far as the columns of a study allow them.

Where a model cannot be made, it says which column would make it possible; no parameter has a
default.
"""

from nlp_cx.analyze.source_models.inputs import ServqualInputs, SourceInputs
from nlp_cx.analyze.source_models.run import MODELS, run_source_models

__all__ = ["MODELS", "ServqualInputs", "SourceInputs", "run_source_models"]
