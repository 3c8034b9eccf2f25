"""Bad input ends with one clear message, exit code 2, and nothing written."""

import gzip
import json
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest

from nlp_cx.classify.store import find_model

GOOD = "id,review\n1,很好\n2,太贵了\n"


@pytest.fixture
def refused(nlp_cx, tmp_path):
    """Run a command that must fail, and give its message."""

    def run(*arguments, **options):
        before = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
        result = nlp_cx("score", *arguments, **options)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        assert result.stderr.startswith("error: ")
        assert result.stderr.count("\n") == 1
        assert "Traceback" not in result.stderr
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()} == before
        return result.stderr

    return run


@pytest.fixture
def good(tmp_path):
    """Write a file that can be scored."""
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    return "good.csv"


def test_a_wrong_path(refused, good):
    message = refused("god.csv", "-o", "out.csv")
    assert "god.csv: no such file" in message
    assert "good.csv" in message


@pytest.mark.parametrize("name", ["dump.xls", "dump.zip", "dump"])
def test_a_wrong_ending(refused, tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    assert name in refused(name, "-o", "out.csv")


def test_an_output_of_unknown_format(refused, good):
    assert "'.txt' names no format. Use .csv" in refused(good, "-o", "out.txt")


def test_a_missing_output_folder(refused, good):
    assert "nowhere does not exist. Create it first." in refused(good, "-o", "nowhere/out.csv")


def test_a_missing_folder_of_a_second_output(refused, good):
    message = refused(good, "-o", "out.csv", "--evidence", "nowhere/evidence.csv")
    assert message.startswith("error: nowhere/evidence.csv: ")


@pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.jsonl", "in.parquet", "in.xlsx"])
def test_an_empty_file(refused, tmp_path, name):
    (tmp_path / name).touch()
    assert name in refused(name, "-o", "out.csv")


def test_a_header_only(refused, tmp_path):
    (tmp_path / "in.csv").write_text("id,review\n")
    assert "in.csv: no rows" in refused("in.csv", "-o", "out.csv")


def test_no_text_column(refused, tmp_path):
    (tmp_path / "in.csv").write_text("a,b\n1,x\n")
    message = refused("in.csv", "-o", "out.csv")
    assert message.startswith("error: in.csv: no column is named like a text.")
    assert "--text" in message
    assert "'a', 'b'" in message


def test_the_message_on_columns_of_several_files_names_the_first(refused, tmp_path):
    for name in ("b.csv", "a.csv", "c.csv"):
        (tmp_path / name).write_text("a,b\n1,x\n")
    message = refused("b.csv", "a.csv", "c.csv", "-o", "out.csv")
    assert message.startswith("error: b.csv and 2 more: no column is named like a text.")


def test_two_text_columns_are_listed(refused, tmp_path):
    (tmp_path / "in.csv").write_text("review,评论\nx,y\n", encoding="utf-8")
    message = refused("in.csv", "-o", "out.csv")
    assert "'review', '评论' could each be the text" in message
    assert "--text" in message


def test_a_named_column_that_is_not_there(refused, good):
    message = refused(good, "-o", "out.csv", "--text", "reviews")
    assert "error: good.csv: there is no column 'reviews'. Did you mean 'review'?" in message


@pytest.mark.parametrize("values", [[1, 2], [1.5, None], [True, False]])
def test_a_text_column_of_another_type(refused, tmp_path, values):
    pd.DataFrame({"review": values}).to_parquet(tmp_path / "in.parquet")
    assert "'review'" in refused("in.parquet", "-o", "out.csv")


def test_a_text_column_of_numbers_in_csv(refused, tmp_path):
    (tmp_path / "in.csv").write_text("review\n" + "12.5\n" * 50)
    message = refused("in.csv", "-o", "out.csv")
    assert "'review' holds numbers" in message


def test_a_truncated_parquet(refused, tmp_path):
    pd.DataFrame({"review": ["很好"] * 1_000}).to_parquet(tmp_path / "whole.parquet")
    data = (tmp_path / "whole.parquet").read_bytes()
    (tmp_path / "in.parquet").write_bytes(data[: len(data) // 2])
    assert "in.parquet" in refused("in.parquet", "-o", "out.csv")


def test_a_parquet_damaged_inside(refused, tmp_path):
    texts = [f"评论 {i} {'很好' * 20}" for i in range(20_000)]
    pd.DataFrame({"review": texts}).to_parquet(tmp_path / "in.parquet", compression="zstd")
    data = bytearray((tmp_path / "in.parquet").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2_000] = bytes(2_000)
    (tmp_path / "in.parquet").write_bytes(data)
    assert "in.parquet" in refused("in.parquet", "-o", "out.csv")


def test_a_truncated_gzip(refused, tmp_path):
    data = gzip.compress(("review\n" + "很好\n" * 50_000).encode())
    (tmp_path / "in.csv.gz").write_bytes(data[: len(data) // 2])
    assert "in.csv.gz" in refused("in.csv.gz", "-o", "out.csv")


def test_an_xlsx_that_is_none(refused, tmp_path):
    (tmp_path / "in.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    assert "in.xlsx" in refused("in.xlsx", "-o", "out.csv")


def test_an_encoding_that_is_none(refused, good):
    assert "gb1803" in refused(good, "-o", "out.csv", "--encoding", "gb1803")


def test_json_lines_of_nothing_but_damage(refused, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"review": "x"\n{"review"\n')
    assert "in.jsonl" in refused("in.jsonl", "-o", "out.csv")


def test_nothing_on_standard_input(refused):
    refused("-", "-o", "out.csv", stdin=b"")


def test_an_unknown_model(refused, good):
    message = refused(good, "-o", "out.csv", "--model", "fats")
    assert "model 'fats'" in message


@pytest.fixture
def own_model(model, tmp_path_factory):
    """Copy the model, to be damaged."""
    folder = tmp_path_factory.mktemp("models") / "own"
    shutil.copytree(find_model(model), folder)
    return folder


def damage_spec(folder):
    """Cut model.json in the middle."""
    text = (folder / "model.json").read_text(encoding="utf-8")
    (folder / "model.json").write_text(text[: len(text) // 2], encoding="utf-8")


def damage_weights(folder):
    """Change one byte of the weights."""
    data = bytearray((folder / "weights.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "weights.safetensors").write_bytes(data)


def take_weights(folder):
    """Remove the weights."""
    (folder / "weights.safetensors").unlink()


def change_format(folder):
    """Pretend that a later version wrote it."""
    spec = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (folder / "model.json").write_text(json.dumps({**spec, "format": 99}), encoding="utf-8")


def make_foreign(folder):
    """Put somebody else's model.json there."""
    (folder / "model.json").write_text('{"architecture": "other"}', encoding="utf-8")


@pytest.mark.parametrize(
    "harm", [damage_spec, damage_weights, take_weights, change_format, make_foreign]
)
def test_a_damaged_or_foreign_model(refused, good, own_model, harm):
    harm(own_model)
    assert str(own_model) in refused(good, "-o", "out.csv", "--model", own_model)


def test_debug_shows_where_it_happened(nlp_cx):
    result = nlp_cx("score", "nothere.csv", "-o", "out.csv", "--debug")
    assert result.exit_code == 2
    assert "Traceback" in result.stderr


def scored(nlp_cx, tmp_path, name):
    """Score a file with some bad rows; give rows, rejected rows and the summary."""
    result = nlp_cx("score", name, "-o", "out.parquet")
    assert result.exit_code == 0, result.output
    rejected = tmp_path / "out.parquet.rejected.jsonl"
    lines = rejected.read_text(encoding="utf-8").splitlines() if rejected.exists() else []
    return (
        pq.read_table(tmp_path / "out.parquet").to_pylist(),
        [json.loads(line) for line in lines],
        result.stdout,
    )


def test_ragged_rows_are_set_aside(nlp_cx, tmp_path):
    (tmp_path / "in.csv").write_text(GOOD + "3\n4,a,b,c\n5,不错\n", encoding="utf-8")
    rows, rejected, text = scored(nlp_cx, tmp_path, "in.csv")
    assert [row["id"] for row in rows] == ["1", "2", "5"]
    assert [row["line"] for row in rejected] == [4, 5]
    assert "2 bad rows" in text


def test_nul_bytes_are_set_aside(nlp_cx, tmp_path):
    (tmp_path / "in.csv").write_bytes(GOOD.encode() + b"3,a\0b\n4,ok\n")
    rows, rejected, _ = scored(nlp_cx, tmp_path, "in.csv")
    assert [row["id"] for row in rows] == ["1", "2", "4"]
    assert [row["line"] for row in rejected] == [4]


def test_bytes_that_are_no_utf8_inside_a_good_file_are_set_aside(nlp_cx, tmp_path):
    many = "".join(f"{i},很好的酒店\n" for i in range(500))
    (tmp_path / "in.csv").write_bytes(
        b"id,review\n" + many.encode() + b"x,\xff\xfe\xff\n" + many.encode()
    )
    rows, rejected, text = scored(nlp_cx, tmp_path, "in.csv")
    assert len(rows) == 1_000
    assert [row["line"] for row in rejected] == [502]
    assert "1 bad row" in text


def test_a_cell_of_50_megabytes_is_set_aside(nlp_cx, tmp_path):
    with open(tmp_path / "in.csv", "w", encoding="utf-8") as file:
        file.write(GOOD + "3,")
        file.write("a" * 50_000_000)
        file.write("\n4,ok\n")
    rows, rejected, _ = scored(nlp_cx, tmp_path, "in.csv")
    assert [row["id"] for row in rows] == ["1", "2", "4"]
    assert [row["line"] for row in rejected] == [4]
    assert len(rejected[0]["raw"]) < 10_000


def test_json_lines_broken_in_the_middle_are_set_aside(nlp_cx, tmp_path):
    (tmp_path / "in.jsonl").write_text(
        '{"review": "好"}\n{"review": "ba\n[1]\n{"review": "坏"}\n', encoding="utf-8"
    )
    rows, rejected, _ = scored(nlp_cx, tmp_path, "in.jsonl")
    assert [row["review"] for row in rows] == ["好", "坏"]
    assert [row["line"] for row in rejected] == [2, 3]
