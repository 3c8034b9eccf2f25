"""Labels by people come from sheets and from nlp-cx label import, and find their texts."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app
from nlp_cx.errors import SchemaError
from nlp_cx.report.material import load_material
from nlp_cx.study.gold import read_gold
from nlp_cx.study.spec import Gold

DRIVERS = ("product", "price")
DOCUMENTS = pd.DataFrame({"doc_id": ["shop:a", "shop:b", "shop:c", "app:d"]})


def read(tmp_path, frame, id="id"):
    path = tmp_path / "gold.csv"
    pd.DataFrame(frame).to_csv(path, index=False)
    notes: list[str] = []
    found = read_gold(Gold(path=str(path), id=id), DOCUMENTS, DRIVERS, notes)
    return found, notes


def test_empty_means_not_mentioned_where_nothing_else_says_it(tmp_path):
    found, notes = read(
        tmp_path, {"id": ["a", "d"], "product": ["positive", None], "price": [None, "negative"]}
    )
    assert found["doc_id"].tolist() == ["shop:a", "app:d"]
    assert found["product"].isna().tolist() == [False, True]
    assert not notes


def test_not_mentioned_is_an_answer_and_an_empty_cell_is_none(tmp_path):
    found, notes = read(
        tmp_path,
        {
            "id": ["shop:a", "shop:b", "shop:c"],
            "product": ["positive", "not_mentioned", "negative"],
            "price": ["not_mentioned", "negative", None],
        },
    )
    assert found["doc_id"].tolist() == ["shop:a", "shop:b"]
    assert found["product"].isna().tolist() == [False, True]
    assert notes == ["1 labelled texts have no answer for some driver and do not correct shares."]


def test_picked_texts_count_only_where_they_were_random(tmp_path):
    found, notes = read(
        tmp_path,
        {"id": ["a", "b", "x"], "product": "positive", "is_random": [True, False, True]},
    )
    assert found["doc_id"].tolist() == ["shop:a"]
    assert len(notes) == 2


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ({"key": ["a"], "product": ["positive"]}, "no column 'id'"),
        ({"id": ["a"], "text": ["x"]}, "no column of a driver"),
        ({"id": ["zz"], "product": ["positive"]}, "no text has an id"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path, frame, said):
    with pytest.raises(SchemaError, match=said):
        read(tmp_path, frame)


def test_a_study_corrects_its_shares_and_bad_labels_leave_them_as_they_are(tmp_path):
    n = 240
    reviews = pd.DataFrame(
        {
            "review_id": [f"r{i}" for i in range(n)],
            "customer_id": [f"c{i % 60}" for i in range(n)],
            "review": [("太贵了", "味道很好", "服务态度差")[i % 3] for i in range(n)],
            "stars": [1 + i % 5 for i in range(n)],
        }
    )
    reviews.to_csv(tmp_path / "reviews.csv", index=False)
    labels = reviews[["review_id"]].assign(
        price=["negative" if i % 3 == 0 else "not_mentioned" for i in range(n)],
        product=["positive" if i % 3 == 1 else "not_mentioned" for i in range(n)],
    )
    for name in ("service", "relationship", "convenience", "brand"):
        labels[name] = "not_mentioned"
    labels.iloc[:90].to_csv(tmp_path / "gold.csv", index=False)
    study = tmp_path / "study.toml"
    study.write_text(
        'language = "en"\nn_bootstrap = 20\n'
        '[[inputs]]\npath = "reviews.csv"\nname = "reviews"\nkind = "reviews"\ntext = "review"\n'
        'id = "review_id"\n[[outcomes]]\ncolumn = "stars"\n'
        '[gold]\npath = "gold.csv"\nid = "review_id"\n',
        encoding="utf-8",
    )

    def shares():
        out = tmp_path / "r.html"
        result = CliRunner().invoke(app, ["report", str(study), "-o", str(out)])
        assert result.exit_code == 0, result.output
        material = load_material(tmp_path / "r.study" / "material")
        table = material.tables["driver_shares"].set_index(["driver", "polarity"])
        return table.loc[("price", "mentioned")], material.facts["notes"]

    row, _ = shares()
    assert row["corrected"] == pytest.approx(1 / 3, abs=0.05)
    assert row["corrected_low"] < 1 / 3 < row["corrected_high"]
    labels.iloc[:90].replace("negative", "bad").to_csv(tmp_path / "gold.csv", index=False)
    row, notes = shares()
    assert pd.isna(row["corrected"])
    assert row["share"] > 0
    assert any(note.startswith("Labels by people do not correct") for note in notes)
