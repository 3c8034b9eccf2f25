"""A material is saved whole, comes back as it was, and refuses what it cannot hold."""

import json

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.outcome import OutcomeTables
from nlp_cx.errors import InputError, OutputError
from nlp_cx.report.material import Material, load_material, save_material


@pytest.fixture
def material() -> Material:
    frame = pd.DataFrame(
        {
            "driver": ["service", "价格"],
            "share": [0.5, np.nan],
            "n": [3, 4],
            "period_start": pd.to_datetime(["2024-01-01", None]),
            "examples": [["a", "b"], []],
            "reason": [None, "few"],
        },
        index=[7, 9],
    )
    frame.attrs = {"note": "association", "left_out": {"no text": np.int64(3)}, "cut": (1, 2)}
    outcome = OutcomeTables("r_nps", "linear", {"importance": frame[["driver", "share"]]}, ("x",))
    return Material(
        {"driver_shares": frame},
        {"r_nps": outcome},
        {"title": "檐下", "n_texts": np.int64(5), "first_time": pd.Timestamp("2024-01-01")},
        {"gap": ("no expectation", "add r_expected")},
    )


def test_a_material_comes_back_as_it_was(material, tmp_path):
    save_material(material, tmp_path / "m")
    back = load_material(tmp_path / "m")
    expected = material.tables["driver_shares"].reset_index(drop=True)
    got = back.tables["driver_shares"]
    pd.testing.assert_frame_equal(got.drop(columns="examples"), expected.drop(columns="examples"))
    assert [list(each) for each in got["examples"]] == [["a", "b"], []]
    assert got.attrs == {"note": "association", "left_out": {"no text": 3}, "cut": [1, 2]}
    assert back.outcomes["r_nps"].notes == ("x",)
    assert list(back.outcomes["r_nps"].tables["importance"]) == ["driver", "share"]
    assert back.facts == {"title": "檐下", "n_texts": 5, "first_time": "2024-01-01T00:00:00"}
    assert back.missing == material.missing


def test_the_same_material_gives_the_same_bytes(material, tmp_path):
    for name in ("a", "b"):
        save_material(material, tmp_path / name)
    files = [
        sorted((p.relative_to(tmp_path / name), p.read_bytes()) for p in paths if p.is_file())
        for name in ("a", "b")
        for paths in [list((tmp_path / name).rglob("*"))]
    ]
    assert files[0] == files[1]
    assert len(files[0]) == 3


def test_an_earlier_material_is_replaced_and_nothing_is_left_beside(material, tmp_path):
    save_material(material, tmp_path / "m")
    save_material(Material(facts={"title": "new"}), tmp_path / "m")
    assert load_material(tmp_path / "m") == Material(facts={"title": "new"})
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_another_folder_is_not_replaced(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "thesis.txt").write_text("dear")
    with pytest.raises(OutputError, match="other content"):
        save_material(Material(), tmp_path / "m")
    assert (tmp_path / "m" / "thesis.txt").read_text() == "dear"


def test_what_stood_there_is_unchanged_when_a_table_cannot_be_written(material, tmp_path):
    save_material(material, tmp_path / "m")
    bad = Material({"mix": pd.DataFrame({"value": ["a", 1]})})
    with pytest.raises(OutputError, match="'mix' cannot be written"):
        save_material(bad, tmp_path / "m")
    assert load_material(tmp_path / "m").facts["title"] == "檐下"
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_a_table_cannot_be_named_out_of_the_folder(tmp_path):
    with pytest.raises(OutputError, match="name of a table"):
        save_material(Material({"../evil": pd.DataFrame({"a": [1]})}), tmp_path / "m")
    save_material(Material({"mix": pd.DataFrame({"a": [1]})}), tmp_path / "m")
    path = tmp_path / "m" / "material.json"
    path.write_text(path.read_text().replace('"mix"', '"../../mix"'))
    with pytest.raises(InputError, match="no name of a table"):
        load_material(tmp_path / "m")


def test_what_is_no_material_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no material\.json"):
        load_material(tmp_path)
    (tmp_path / "material.json").write_text("[]")
    with pytest.raises(InputError, match="not a whole material"):
        load_material(tmp_path)


def test_a_missing_table_is_named(material, tmp_path):
    save_material(material, tmp_path / "m")
    (tmp_path / "m" / "tables" / "driver_shares.parquet").unlink()
    with pytest.raises(InputError, match=r"driver_shares\.parquet"):
        load_material(tmp_path / "m")


def test_a_later_format_is_refused(tmp_path):
    save_material(Material(), tmp_path / "m")
    path = tmp_path / "m" / "material.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(InputError, match="Update nlp_cx"):
        load_material(tmp_path / "m")
