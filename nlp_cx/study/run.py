"""A study from its files to its report: stage after stage, each kept and run once."""

from __future__ import annotations

import json
import os
import platform
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nlp_cx import __version__
from nlp_cx.errors import InputError, OutputError
from nlp_cx.pipeline import FeedbackPipeline, load
from nlp_cx.read.inputs import find_files
from nlp_cx.report.build import build_report
from nlp_cx.report.material import Material, load_material, save_material, tell_lack
from nlp_cx.report.model import Language, Report
from nlp_cx.study.analyses import analyze_study
from nlp_cx.study.headers import Header
from nlp_cx.study.joining import OX, SUMMARY, join_texts
from nlp_cx.study.plan import StudyPlan
from nlp_cx.study.scoring import ScoreTask, adopt_scored, find_roles, score_input
from nlp_cx.study.spec import InputSpec, Study
from nlp_cx.study.stages import Stage, StageBook, hash_file, write_json, write_text

MATERIAL = "material"
RUN = "run.json"
_LIBRARIES = ("numpy", "pandas", "pyarrow", "duckdb", "numba", "scipy", "statsmodels", "altair")

OnProgress = Callable[[str, float | None, int], object]
"""Gets what is being done, the part that is done (0 to 1, None where not known), and rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Where a report is written.

    Parameters
    ----------
    html : str
    xlsx, markdown, parquet_folder : str, optional
    work : str, optional
        Folder of what stages leave; ``NAME.study`` beside the report when not given.
    """

    html: str
    xlsx: str | None = None
    markdown: str | None = None
    parquet_folder: str | None = None
    work: str | None = None

    @property
    def files(self) -> list[str]:
        """All files, without folders."""
        return [path for path in (self.html, self.xlsx, self.markdown) if path is not None]

    @property
    def work_folder(self) -> Path:
        """Where stages leave their results."""
        if self.work is not None:
            return Path(self.work)
        path = Path(self.html)
        return path.with_name(f"{path.stem}.study")


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


def run_study(
    study: Study,
    headers: Mapping[str, Header],
    outputs: Outputs,
    *,
    is_forced: bool = False,
    on_progress: OnProgress = lambda doing, fraction, n: None,
) -> Ran:
    """Run a study and write its report.

    Parameters
    ----------
    study : Study
    headers : mapping of str to Header
        Both from `nlp_cx.study.load.load_study`.
    outputs : Outputs
    is_forced : bool, default=False
        Run every stage again.
    on_progress : callable

    Returns
    -------
    Ran

    Raises
    ------
    NlpCxError
        If inputs cannot be read or joined, or outputs cannot be written; the latter is found out
        before any work.

    Notes
    -----
    The same files, study and versions give the same bytes of every report.
    """
    plan = StudyPlan(study, dict(headers))
    check_outputs(study, outputs)
    for spec in plan.texts:  # what is not clear is asked before the model is loaded
        if spec.kind != "scored":
            header = headers[str(spec.name)]
            head = header.head.combine_chunks().to_batches()
            find_roles(spec, header.schema, head[0] if head else None)
    pipeline = load(study.model) if plan.texts else None
    book = StageBook(outputs.work_folder, is_forced=is_forced)
    hashes = {
        str(each.name): {file.path: hash_file(file.path) for file in find_files(each.path)}
        for each in study.inputs
    }
    stages = [
        _score(plan, spec, book, pipeline, hashes=hashes, on_progress=on_progress)
        for spec in plan.texts
        if pipeline is not None
    ]
    joined = _join(plan, book, pipeline, stages, hashes=hashes, on_progress=on_progress)
    stages += [joined] if joined is not None else []
    stages.append(_analyze(plan, book, pipeline, stages, hashes=hashes, on_progress=on_progress))
    material = load_material(book.path(MATERIAL))
    ran = Ran(material, stages=stages)
    on_progress("writing", None, 0)
    _write_reports(study, outputs, ran)
    _write_record(study, outputs, ran, pipeline, hashes)
    return ran


def check_outputs(study: Study, outputs: Outputs) -> None:
    """Raise if an output cannot be written, or would replace an input.

    Parameters
    ----------
    study : Study
    outputs : Outputs

    Raises
    ------
    OutputError, InputError
    """
    endings = {"html": (".html", ".htm"), "xlsx": (".xlsx",), "markdown": (".md", ".markdown")}
    for name, allowed in endings.items():
        path = getattr(outputs, name)
        if path is not None and not path.lower().endswith(allowed):
            raise OutputError(f"{path}: a report of this form ends in {allowed[0]}.")
    given = [file.path for each in study.inputs for file in find_files(each.path)]
    given += [path for path in (study.alerts, study.gold.path if study.gold else None) if path]
    for path in outputs.files:
        _check_file(path)
        if any(os.path.exists(path) and os.path.samefile(path, each) for each in given):
            raise InputError(
                f"{path}: would be replaced and is an input too. Give the output another name."
            )
    if len({os.path.realpath(path) for path in outputs.files}) < len(outputs.files):
        raise OutputError(f"{outputs.files[-1]}: two outputs have this name. Give each its own.")


def _check_file(path: str) -> None:
    """Raise if a file cannot be written."""
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise OutputError(f"{path}: the folder {folder} does not exist. Create it first.")
    if os.path.isdir(path):
        raise OutputError(f"{path}: is a folder. Give the name of a file in it.")
    probe = folder / f".nlp_cx-{secrets.token_hex(8)}.tmp"
    try:
        probe.touch()
        probe.unlink()
    except OSError as e:
        raise OutputError(
            f"{path}: the folder {folder} cannot be written to ({e.strerror}). Choose another "
            "folder or change its permissions."
        ) from e


def _score(
    plan: StudyPlan,
    spec: InputSpec,
    book: StageBook,
    pipeline: FeedbackPipeline,
    *,
    hashes: Mapping[str, Any],
    on_progress: OnProgress,
) -> Stage:
    """Score one input."""
    carry = plan.carried(spec)
    task = ScoreTask(
        spec, carry, book.folder, plan.study.privacy.mask_pii, is_prefixed=len(plan.texts) > 1
    )
    rests_on = {
        "spec": {k: v for k, v in asdict(spec).items() if k not in ("path", "on", "columns")},
        "carry": carry,
        "mask_pii": task.mask_pii,
        "is_prefixed": task.is_prefixed,
        "model": pipeline.model_id,
        "inputs": list(hashes[str(spec.name)].values()),
        "evidence": None if spec.evidence is None else hash_file(spec.evidence),
    }
    outputs = [f"scored.{spec.name}.parquet"]
    if spec.kind != "scored":
        outputs.append(f"evidence.{spec.name}.parquet")

    def make() -> dict[str, Any]:
        if spec.kind == "scored":
            return adopt_scored(task, pipeline.drivers, on_progress)
        return score_input(task, pipeline, on_progress)

    return book.run(f"score {spec.name}", rests_on, outputs, make)


def _join(
    plan: StudyPlan,
    book: StageBook,
    pipeline: FeedbackPipeline | None,
    stages: list[Stage],
    *,
    hashes: Mapping[str, Any],
    on_progress: OnProgress,
) -> Stage | None:
    """Join texts and tables; None where there are no texts."""
    if pipeline is None:
        return None
    rests_on = {
        "join": asdict(plan.join_spec()),
        "texts": [each.name for each in plan.joined_texts],
        "tables": {
            str(each.name): list(hashes[str(each.name)].values()) for each in plan.joined_tables
        },
        "drivers": pipeline.drivers,
        "scored": [stage.key for stage in stages],
    }

    def make() -> dict[str, Any]:
        on_progress("joining", None, 0)
        return join_texts(plan, book.folder, pipeline.drivers)

    return book.run("join", rests_on, [OX, SUMMARY], make)


def _analyze(
    plan: StudyPlan,
    book: StageBook,
    pipeline: FeedbackPipeline | None,
    stages: list[Stage],
    *,
    hashes: Mapping[str, Any],
    on_progress: OnProgress,
) -> Stage:
    """Run the analyses."""
    study = plan.study
    config = asdict(study)
    for name in ("language", "inputs", "join"):  # of the report, and of earlier stages
        config.pop(name)
    rests_on = {
        "study": config,
        "stages": [stage.key for stage in stages],
        "inputs": [(Path(each.path).name, each.kind) for each in study.inputs],
        # With texts the tables are part of the join.
        "tables": None if plan.texts else list(hashes.values()),
        "files": [
            hash_file(path)
            for path in (study.alerts, study.gold.path if study.gold else None, study.taxonomy)
            if path is not None and Path(path).is_file()
        ],
    }
    scored = {stage.name.removeprefix("score "): stage.facts for stage in stages}

    def say(name: str) -> None:
        on_progress(f"analysing {name}", None, 0)

    def make() -> dict[str, Any]:
        material = analyze_study(
            plan,
            book.folder,
            pipeline,
            scored=scored,
            on_table=say,
        )
        save_material(material, book.path(MATERIAL))
        return {"tables": list(material.tables), "missing": list(material.missing)}

    return book.run("analyze", rests_on, [f"{MATERIAL}/material.json"], make)


def _write_reports(study: Study, outputs: Outputs, ran: Ran) -> None:
    """Write the report in every form that was asked for."""
    from nlp_cx.report.page import render_page

    languages: tuple[Language, ...] = (
        ("zh", "en") if study.language == "both" else (study.language,)
    )
    ran.reports = tuple(build_report(ran.material, language) for language in languages)
    write_text(Path(outputs.html), render_page(ran.reports))
    ran.written.append(outputs.html)
    for report in ran.reports:
        if outputs.xlsx is not None:
            from nlp_cx.report.workbook import write_workbook

            ran.written.append(_of_language(outputs.xlsx, report, ran))
            write_workbook(report, ran.written[-1])
        if outputs.markdown is not None:
            from nlp_cx.report.markdown import render_markdown

            ran.written.append(_of_language(outputs.markdown, report, ran))
            write_text(Path(ran.written[-1]), render_markdown(report))
        if outputs.parquet_folder is not None:
            from nlp_cx.report.parquet import write_report_tables

            ran.written.append(_of_language(outputs.parquet_folder, report, ran))
            write_report_tables(report, ran.written[-1])


def _of_language(path: str, report: Report, ran: Ran) -> str:
    """Give the path for a language: the first keeps the name."""
    if report is ran.reports[0]:
        return path
    whole = Path(path)
    return str(whole.with_name(f"{whole.stem}.{report.language}{whole.suffix}"))


def _write_record(
    study: Study,
    outputs: Outputs,
    ran: Ran,
    pipeline: FeedbackPipeline | None,
    hashes: Mapping[str, Any],
) -> None:
    """Write what was run on what, beside the report."""
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
