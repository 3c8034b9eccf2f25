"""Errors and warnings: each says what was found, what was expected and what to do."""


class NlpCxError(Exception):
    """Base of every error that nlp_cx raises on purpose."""


class InputError(NlpCxError, ValueError):
    """A file, row or column that was given cannot be used."""


class SchemaError(NlpCxError, ValueError):
    """A table does not have the columns, types or values that its schema declares."""


class ModelError(NlpCxError, ValueError):
    """A model folder is missing, damaged, foreign or of a later format."""


class TaxonomyError(NlpCxError, ValueError):
    """A taxonomy file is malformed, or a label is not in the taxonomy."""


class ConfigError(NlpCxError, ValueError):
    """A configuration file or option is malformed; all mistakes are named at once."""


class JoinError(NlpCxError, ValueError):
    """Tables cannot be joined as asked without multiplying, losing or misdating rows."""


class AnalysisError(NlpCxError, ValueError):
    """The data cannot answer the question that was asked of it."""


class TrainingError(NlpCxError, ValueError):
    """A model cannot be trained from this data, or training has gone astray."""


class OutputError(NlpCxError, OSError):
    """An output cannot be written; whatever stood there before is unchanged."""


class MissingDependencyError(NlpCxError, ImportError):
    """An optional library is needed; the message holds the pip line."""


class DataWarning(UserWarning):
    """Something in the data deserves a look; counted, and given once a run."""
