"""List labels that are probably wrong."""

from __future__ import annotations

import sys

import pyarrow as pa

from nlp_cx.cli.console import clean, open_console
from nlp_cx.cli.label_files import find_drivers, read_cells
from nlp_cx.errors import InputError
from nlp_cx.label.errors import find_label_errors
from nlp_cx.label.outputs import label_outputs
from nlp_cx.write.sink import open_sink
from nlp_cx.write.target import check_target

_SHOWN = 10
_KEYS = ("task_id", "doc_id", "annotator", "group")


def run_errors(
    labelled: str, output: str, *, taxonomy: str | None, folds: int, random_state: int
) -> None:
    """Find candidates, write them and print the first ones.

    Parameters
    ----------
    labelled, output : str
        Files.
    taxonomy : str or None
    folds, random_state : int

    Raises
    ------
    NlpCxError
        If the table cannot be used or the output cannot be written.
    """
    check_target(output)
    notes: list[str] = []
    table = read_cells(labelled, notes=notes)
    if "text" not in table:
        raise InputError(f"{labelled}: no column 'text'. Give labelled texts.")
    outputs = label_outputs(find_drivers(list(table.columns), taxonomy, labelled))
    for name in [name for name in outputs if name in table]:
        strange = sorted(set(table[name].dropna().astype(str)) - set(outputs[name]))
        if strange:
            raise InputError(
                f"{labelled}: {name} holds {strange[0]!r}, expected one of "
                f"{', '.join(outputs[name])}. Import the answers with nlp-cx label import first."
            )
    table["text"] = table["text"].fillna("").astype(str)
    found = find_label_errors(table, outputs, n_folds=folds, random_state=random_state)
    keys = [name for name in _KEYS if name in table.columns]
    for name in keys:
        found.insert(0, name, table[name].astype(str).to_numpy()[found["row"]])
    arrow = pa.Table.from_pandas(found, preserve_index=False)
    with open_sink(output, arrow.schema, excel_safe=True) as sink:
        for batch in arrow.to_batches():
            sink.write(batch)
    console = open_console(sys.stdout)
    n_labels = int(table[[name for name in outputs if name in table]].notna().sum().sum())
    console.print(
        f"{len(found):,} of {n_labels:,} labels of {len(table):,} texts are doubtful; the first "
        "ones:"
    )
    for row in found.head(_SHOWN).to_dict("records"):
        console.print(
            f"  {row['output']}: {row['given']} -> {row['suggested']} ({row['p_suggested']:.2f})  "
            f"{clean(str(row['text']))[:70]}"
        )
    for note in notes:
        console.print(f"  {clean(note)}")
    console.print(f"written: {clean(output)}. Read them: a hard text looks like a wrong label.")
