"""The three stages of a study, each kept and run once: score, join, analyze."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.report.material import save_material
from nlp_cx.study.analyses import analyze_study
from nlp_cx.study.joining import OX, SUMMARY, join_texts
from nlp_cx.study.plan import StudyPlan
from nlp_cx.study.scoring import OnProgress, ScoreTask, adopt_scored, score_input
from nlp_cx.study.spec import InputSpec
from nlp_cx.study.stages import Stage, StageBook, hash_file, make_key

MATERIAL = "material"


def run_score(
    plan: StudyPlan,
    spec: InputSpec,
    book: StageBook,
    pipeline: FeedbackPipeline,
    *,
    hashes: Mapping[str, Any],
    on_progress: OnProgress,
) -> Stage:
    """Score one input.

    Parameters
    ----------
    plan : StudyPlan
    spec : InputSpec
    book : StageBook
        Knows which stages were run before on the same.
    pipeline : FeedbackPipeline
    hashes : mapping
        Hashes of the files of every input.
    on_progress : callable

    Returns
    -------
    Stage
    """
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
        # A model may be trained again under its name: the card holds the hashes of its files.
        "card": make_key(pipeline.card),
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


def run_join(
    plan: StudyPlan,
    book: StageBook,
    pipeline: FeedbackPipeline | None,
    stages: list[Stage],
    *,
    hashes: Mapping[str, Any],
    on_progress: OnProgress,
) -> Stage | None:
    """Join texts and tables; None where there are no texts.

    Parameters
    ----------
    plan : StudyPlan
    book : StageBook
        Knows which stages were run before on the same.
    pipeline : FeedbackPipeline or None
        None where there are no texts.
    stages : list of Stage
        The stages before.
    hashes : mapping
        Hashes of the files of every input.
    on_progress : callable

    Returns
    -------
    Stage or None
    """
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


def run_analyze(
    plan: StudyPlan,
    book: StageBook,
    pipeline: FeedbackPipeline | None,
    stages: list[Stage],
    *,
    hashes: Mapping[str, Any],
    on_progress: OnProgress,
) -> Stage:
    """Run the analyses.

    Parameters
    ----------
    plan : StudyPlan
    book : StageBook
        Knows which stages were run before on the same.
    pipeline : FeedbackPipeline or None
        None where there are no texts.
    stages : list of Stage
        The stages before.
    hashes : mapping
        Hashes of the files of every input.
    on_progress : callable

    Returns
    -------
    Stage
    """
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
