"""A study from its files to its report: stage after stage, each kept and run once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nlp_cx.pipeline import load
from nlp_cx.read.inputs import find_files
from nlp_cx.report.build import build_report
from nlp_cx.report.material import load_material
from nlp_cx.report.model import Language, Report
from nlp_cx.study.headers import Header
from nlp_cx.study.outputs import Outputs, check_outputs
from nlp_cx.study.plan import StudyPlan
from nlp_cx.study.record import Ran, write_record
from nlp_cx.study.scoring import OnProgress, find_roles
from nlp_cx.study.spec import Study
from nlp_cx.study.stage_runs import MATERIAL, run_analyze, run_join, run_score
from nlp_cx.study.stages import StageBook, hash_file, write_text

__all__ = ["Outputs", "Ran", "check_outputs", "run_study"]


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
        run_score(plan, spec, book, pipeline, hashes=hashes, on_progress=on_progress)
        for spec in plan.texts
        if pipeline is not None
    ]
    joined = run_join(plan, book, pipeline, stages, hashes=hashes, on_progress=on_progress)
    stages += [joined] if joined is not None else []
    stages.append(run_analyze(plan, book, pipeline, stages, hashes=hashes, on_progress=on_progress))
    material = load_material(book.path(MATERIAL))
    ran = Ran(material, stages=stages)
    on_progress("writing", None, 0)
    _write_reports(study, outputs, ran)
    write_record(study, outputs, ran, pipeline, hashes)
    return ran


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
