"""Units of a study without texts: the rows of its first table."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from nlp_cx.join.spec import split_how
from nlp_cx.read.table_file import read_arrow
from nlp_cx.study.plan import StudyPlan


def read_table_units(plan: StudyPlan) -> pd.DataFrame | None:
    """Read the first table of a study that has no texts.

    Parameters
    ----------
    plan : StudyPlan

    Returns
    -------
    DataFrame or None
        Columns are named as in an O+X table (``r_…``, ``o_…``); None where there are texts, or no
        table.

    Raises
    ------
    InputError
        If the table cannot be read.

    Notes
    -----
    Without texts there is nothing to join tables to; further ones are left out, and the report
    says so.
    """
    spec = next(iter(plan.base_tables), None)
    if plan.texts or spec is None:
        return None
    table, _ = read_arrow(spec.path, encoding=spec.encoding)
    if spec.columns is not None:
        columns = {
            to: split_how(text, table.column_names.__contains__)[0]
            for to, text in spec.columns.items()
        }
    else:
        columns = {str(plan.unit_column(name)): name for name in table.column_names}
    return pa.table({to: table[name] for to, name in columns.items()}).to_pandas()
