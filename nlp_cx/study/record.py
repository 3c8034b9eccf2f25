"""The record of a run: what was run on what, beside the report."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nlp_cx import __version__
from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.report.material import Material, tell_lack
from nlp_cx.report.model import Report
from nlp_cx.study.outputs import Outputs
from nlp_cx.study.spec import Study
from nlp_cx.study.stages import Stage, write_json

RUN = "run.json"
_LIBRARIES = ("numpy", "pandas", "pyarrow", "duckdb", "numba", "scipy", "statsmodels", "altair")


@dataclass(slots=True)
class Ran:
    """What a run did.

    Attributes
    ----------
    material : Material
    reports : tuple of Report
        One per language.
    stages : list of Stage
    written : list of str
        Paths.
    notes : list of str
    """

    material: Material
    reports: tuple[Report, ...] = ()
    stages: list[Stage] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def write_record(
    study: Study,
    outputs: Outputs,
    ran: Ran,
    pipeline: FeedbackPipeline | None,
    hashes: Mapping[str, Any],
) -> None:
    """Write what was run on what, beside the report.

    Parameters
    ----------
    study : Study
    outputs : Outputs
    ran : Ran
        Gets the path.
    pipeline : FeedbackPipeline or None
        None where there are no texts.
    hashes : mapping
        Hashes of the files of every input.
    """
    path = find_record(outputs.html)
    record = {
        "output": Path(outputs.html).name,
        "written": ran.written,
        "study": asdict(study),
        "versions": {"nlp_cx": __version__, "python": platform.python_version(), **_versions()},
        "model": None if pipeline is None else pipeline.model_id,
        "inputs": hashes,
        "rows": {
            stage.name: stage.facts["n_rows"] for stage in ran.stages if "n_rows" in stage.facts
        },
        "stages": {
            stage.name: {
                "key": stage.key,
                "seconds": stage.seconds,
                "was_run": stage.is_fresh,
            }
            for stage in ran.stages
        },
        "missing": {name: list(tell_lack(given)) for name, given in ran.material.missing.items()},
        "notes": ran.material.facts.get("notes", []),
    }
    write_json(path, record)
    ran.written.append(str(path))


def find_record(html: str) -> Path:
    """Give where the record of a run is written: ``run.json`` beside the report.

    Parameters
    ----------
    html : str

    Returns
    -------
    Path
        ``NAME.run.json`` where a record of another report stands there already.
    """
    path = Path(html).with_name(RUN)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return path
    except (OSError, ValueError):
        found = None
    is_own = isinstance(found, dict) and found.get("output") == Path(html).name
    return path if is_own else path.with_name(f"{Path(html).stem}.{RUN}")


def _versions() -> dict[str, str]:
    """Give the versions of the libraries that numbers depend on."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # pragma: no cover
            continue
    return found
