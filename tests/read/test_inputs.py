from pathlib import Path

import pytest

from nlp_cx.errors import InputError
from nlp_cx.read.inputs import find_files


def _names(files):
    return [Path(file.path).name for file in files]


def test_files_keep_the_order_given(write):
    paths = [write("b.csv", "x"), write("a.jsonl.gz", "x")]
    assert [(f.path, f.format) for f in find_files(paths)] == [
        (str(paths[0]), "csv"),
        (str(paths[1]), "jsonl"),
    ]


def test_folder_gives_its_files_by_name_but_not_hidden_ones(write, tmp_path):
    for name in ("d/2.csv", "d/1.TSV", "d/.hidden.csv", "d/~$open.xlsx", "d/x.rejected.jsonl"):
        write(name, "x")
    write("d/below/3.csv", "x")
    assert _names(find_files(tmp_path / "d")) == ["1.TSV", "2.csv"]


def test_pattern_gives_files_by_name(write, tmp_path):
    for name in ("2.csv", "1.csv", "1.txt", "1.rejected.jsonl"):
        write(name, "x")
    assert _names(find_files(str(tmp_path / "*.csv"))) == ["1.csv", "2.csv"]


def test_file_whose_name_is_a_pattern_is_taken_as_it_is(write):
    assert _names(find_files(write("[1].csv", "x"))) == ["[1].csv"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.xls", r"a\.xls: cannot read files that end in \.xls\. Save it as \.xlsx"),
        ("a.zip", "Unpack it first"),
        ("a.doc", r"Expected one of \.csv"),
        ("noending", "a file without an ending"),
        ("a.gz", "a file without an ending"),
        ("a.parquet.gz", "packed by themselves"),
    ],
)
def test_wrong_endings_are_refused(write, name, message):
    with pytest.raises(InputError, match=message):
        find_files(write(name, "x"))


def test_missing_file_is_refused_with_similar_names(write, tmp_path):
    write("reviews_2024.csv", "x")
    with pytest.raises(InputError, match=r"no such file.*Did you mean reviews_2024\.csv"):
        find_files(tmp_path / "review_2024.csv")
    with pytest.raises(InputError, match="There is no folder"):
        find_files(tmp_path / "no" / "a.csv")
    with pytest.raises(InputError, match="no file fits"):
        find_files(str(tmp_path / "*.tsv"))
    with pytest.raises(InputError, match="not a usable path"):
        find_files("a" * 5_000 + ".csv")


def test_folder_that_cannot_be_read_names_what_is_wrong(write, tmp_path):
    write("d/notes.docx", "x")
    with pytest.raises(InputError, match=r"holds no file that can be read \(found notes\.docx\)"):
        find_files(tmp_path / "d")
    write("d/a.csv", "x")
    with pytest.raises(InputError, match=r"notes\.docx cannot be read"):
        find_files(tmp_path / "d")


def test_same_file_twice_is_refused(write, tmp_path):
    path = write("a.csv", "x")
    (tmp_path / "b.csv").symlink_to(path)
    with pytest.raises(InputError, match="named twice"):
        find_files([path, path])
    with pytest.raises(InputError, match=r"b\.csv is named twice \(also as .*a\.csv\)"):
        find_files([path, tmp_path / "b.csv"])
    with pytest.raises(InputError, match="named twice"):
        find_files(["-", "-"])


def test_nothing_given_is_refused():
    with pytest.raises(InputError, match="no input"):
        find_files([])
