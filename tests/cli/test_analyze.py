import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from nlp_cx.cli.analyze import AnalyzeRequest, run_analyze
from nlp_cx.column_roles import set_roles
from nlp_cx.errors import AnalysisError, ConfigError


@pytest.fixture
def ox():
    rng = np.random.default_rng(1)
    n = 600
    frame = pd.DataFrame({"x_n_texts": 1, "store": rng.choice(["a", "b"], n)})
    frame["day"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 180, n), unit="D")
    stars = np.full(n, 4.0)
    for driver, slope in {"product": 0.3, "service": 1.0, "price": 0.1}.items():
        said = rng.choice([-1, 0, 1], n)
        stars += slope * said
        frame[f"x_{driver}_negative"] = (said < 0).astype(int)
        frame[f"x_{driver}_positive"] = (said > 0).astype(int)
        frame[f"x_{driver}_neutral"] = 0
        frame[f"x_{driver}_score"] = np.where(said == 0, np.nan, said)
    frame["r_stars"] = stars + rng.normal(0, 0.5, n)
    return frame


def _run(tmp_path, frame, **options):
    frame.to_parquet(tmp_path / "ox.parquet")
    defaults = {"outcome": "r_stars", "drivers": ("product", "service", "price"), "n_bootstrap": 50}
    request = AnalyzeRequest(
        table=str(tmp_path / "ox.parquet"), output=str(tmp_path / "out"), **defaults | options
    )
    run_analyze(request)
    return tmp_path / "out"


def test_tables_and_page_agree(tmp_path, ox, capsys):
    out = _run(tmp_path, ox, group="store", period="day")
    names = {path.stem for path in out.glob("*.parquet")}
    assert (
        names
        == {path.stem for path in out.glob("*.csv")}
        >= {
            "importance",
            "penalty_reward",
            "performance",
            "what_if",
            "leave_theme_out",
            "groups",
            "importance_by_group",
            "penalty_reward_by_group",
            "trends",
            "trend_tests",
            "penalty_reward_by_quarter",
            "kano_drift",
        }
    )
    importance = pd.read_parquet(out / "importance.parquet")
    assert importance.set_index("driver")["rank"].to_dict() == {
        "service": 1,
        "product": 2,
        "price": 3,
    }
    page = capsys.readouterr()
    lines = page.out.splitlines()
    first = next(line for line in lines if line.startswith("service"))
    assert f"{importance.set_index('driver').loc['service', 'share']:.0%}" in first
    assert max(map(len, lines[2:])) <= 80
    assert "not shown to cause it" in page.err


def test_every_table_says_that_it_is_association(tmp_path, ox):
    out = _run(tmp_path, ox)
    for path in out.glob("*.parquet"):
        metadata = pq.read_schema(path).metadata
        assert any(b"not shown to cause" in value for value in metadata.values()), path.name


def test_roles_of_the_table_fill_what_was_not_asked_for(tmp_path, ox, capsys):
    framed = set_roles(ox, {"r_stars": "outcome", "store": "group"})
    out = _run(tmp_path, framed, outcome=None)
    assert (out / "groups.csv").exists()
    said = " ".join(capsys.readouterr().err.split())
    assert "outcome: column 'r_stars', by its role in the table" in said


def test_two_columns_of_one_role_are_not_chosen_between(tmp_path, ox):
    framed = set_roles(ox.assign(r_nps=ox["r_stars"]), {"r_stars": "outcome", "r_nps": "outcome"})
    with pytest.raises(ConfigError, match="'r_stars', 'r_nps' have the role outcome: name one"):
        _run(tmp_path, framed, outcome=None)


def test_without_an_outcome_the_numbers_are_listed(tmp_path, ox):
    with pytest.raises(ConfigError, match="Name one with --outcome: r_stars"):
        _run(tmp_path, ox, outcome=None)
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_told_is_a_note_and_importance_is_an_error(tmp_path, ox, capsys):
    out = _run(tmp_path, ox.assign(store="a"), group="store")
    assert not (out / "groups.csv").exists()
    assert "groups: 'store' has 1 distinct values" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(AnalysisError, match="nothing to explain"):
        _run(tmp_path, ox.assign(r_stars=3.0))


def test_the_same_table_gives_the_same_bytes(tmp_path, ox):
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        _run(folder, ox)
    for path in (first / "out").glob("*.csv"):
        assert path.read_bytes() == (second / "out" / path.name).read_bytes()
