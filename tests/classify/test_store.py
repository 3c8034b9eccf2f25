"""Model folders: what goes in comes out, and whatever is wrong with a folder is said."""

import hashlib
import json
import os

import numpy as np
import pytest

from nlp_cx.classify.classifier import load_classifier
from nlp_cx.classify.store import (
    CARD_FILE,
    FORMAT,
    SPEC_FILE,
    WEIGHTS_FILE,
    find_model,
    load_model,
    save_model,
    shipped_models,
)
from nlp_cx.errors import ModelError, NlpCxError, OutputError


@pytest.fixture
def folder(tmp_path, tiny_spec, tiny_weights):
    return save_model(tmp_path / "mine", tiny_spec, tiny_weights, card="# card\n")


def change_spec(folder, **fields):
    """Change fields of model.json; None takes one out."""
    path = folder / SPEC_FILE
    spec = json.loads(path.read_text("utf-8")) | fields
    spec = {name: value for name, value in spec.items() if value is not None}
    path.write_text(json.dumps(spec), "utf-8")


def put_weights(folder, data):
    """Put other bytes in the place of the weights, with the digest that they have."""
    (folder / WEIGHTS_FILE).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    change_spec(folder, weights={"file": WEIGHTS_FILE, "sha256": digest})


def test_a_model_comes_back_as_it_was_saved(folder, tiny_spec, tiny_weights):
    model = load_model(folder)
    assert model.id == "tiny-1"
    assert model.folder == folder
    assert {name: model.spec[name] for name in tiny_spec} == tiny_spec
    assert model.spec["format"] == FORMAT
    assert model.spec["weights"]["n_bytes"] == (folder / WEIGHTS_FILE).stat().st_size
    assert model.weights.keys() == tiny_weights.keys()
    for name, array in tiny_weights.items():
        assert model.weights[name].dtype == array.dtype
        assert np.array_equal(model.weights[name], array)
    assert (folder / CARD_FILE).read_text("utf-8") == "# card\n"


def test_the_same_model_gives_the_same_bytes(folder, tmp_path, tiny_spec, tiny_weights):
    reversed_order = dict(reversed(tiny_weights.items()))
    again = save_model(tmp_path / "again", tiny_spec, reversed_order, card="# card\n")
    for file in (SPEC_FILE, WEIGHTS_FILE, CARD_FILE):
        assert (folder / file).read_bytes() == (again / file).read_bytes()


def test_a_loaded_model_can_be_saved_again(folder, tmp_path):
    model = load_model(folder)
    again = save_model(tmp_path / "again", model.spec, model.weights, card="# card\n")
    assert (again / SPEC_FILE).read_bytes() == (folder / SPEC_FILE).read_bytes()


def test_a_model_is_replaced_as_a_whole(folder, tiny_spec, tiny_weights):
    (folder / "stray.txt").write_text("of the old model")
    save_model(folder, {**tiny_spec, "version": "2"}, tiny_weights, card="new\n")
    assert load_model(folder).id == "tiny-2"
    assert sorted(os.listdir(folder)) == [CARD_FILE, SPEC_FILE, WEIGHTS_FILE]
    assert os.listdir(folder.parent) == ["mine"]


@pytest.mark.parametrize("fails_at", ["write_text", "write_bytes", "rename"])
def test_a_failed_save_leaves_the_old_model_and_nothing_else(
    folder, tiny_spec, tiny_weights, monkeypatch, fails_at
):
    original = getattr(type(folder), fails_at)

    def fail(path, *arguments, **options):
        if fails_at != "rename" or (path.name.startswith(".mine") and "old" not in path.name):
            raise OSError(28, "No space left on device")
        return original(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(type(folder), fails_at, fail)
        with pytest.raises(OutputError, match=r"mine: cannot be written \(No space left"):
            save_model(folder, {**tiny_spec, "version": "2"}, tiny_weights, card="new\n")
    assert load_model(folder).id == "tiny-1"
    assert os.listdir(folder.parent) == ["mine"]


def test_a_half_written_model_is_never_where_models_are_looked_for(
    tmp_path, tiny_spec, tiny_weights, monkeypatch
):
    seen = []
    target = tmp_path / "new"
    original = type(target).write_text

    def watch(path, *arguments, **options):
        seen.append(target.exists())
        return original(path, *arguments, **options)

    monkeypatch.setattr(type(target), "write_text", watch)
    save_model(target, tiny_spec, tiny_weights, card="card\n")
    assert seen == [False, False]
    assert target.exists()


def test_a_folder_that_is_no_model_is_not_replaced(tmp_path, tiny_spec, tiny_weights):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(OutputError, match="exists and is not a model folder"):
        save_model(tmp_path, tiny_spec, tiny_weights, card="")
    assert os.listdir(tmp_path) == ["thesis.docx"]


def test_a_file_in_the_place_of_the_parent_is_named(tmp_path, tiny_spec, tiny_weights):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file: cannot be written"):
        save_model(tmp_path / "file" / "model", tiny_spec, tiny_weights, card="")


def test_damaged_weights_are_noticed(folder):
    path = folder / WEIGHTS_FILE
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"weights.*damaged or not this model's \(sha256"):
        load_model(folder)


def test_truncated_weights_are_noticed(folder):
    data = (folder / WEIGHTS_FILE).read_bytes()
    (folder / WEIGHTS_FILE).write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="damaged"):
        load_model(folder)
    put_weights(folder, data[: len(data) // 2])
    with pytest.raises(ModelError, match="not a safetensors file"):
        load_model(folder)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\xff" * 100, b"\x80\x04K\x01."])
def test_foreign_weights_are_noticed(folder, data):
    put_weights(folder, data)
    with pytest.raises(ModelError, match="not a safetensors file"):
        load_model(folder)


def test_missing_weights_are_noticed(folder):
    (folder / WEIGHTS_FILE).unlink()
    with pytest.raises(ModelError, match=r"safetensors: cannot be read \(No such file"):
        load_model(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "damaged, not valid JSON"),
        ("", "damaged, not valid JSON"),
        ("[" * 100_000, "damaged, not valid JSON"),
        ("[1, 2]", "not a model of nlp_cx"),
        ('{"architectures": ["BertModel"]}', "not a model of nlp_cx"),
        ('{"format": 2}', "format 2, but this version reads format 1. Update nlp_cx"),
        ('{"format": "1"}', "format 1, but"),
        ('{"format": 1}', "'backend' is no string; 'name' is no string"),
    ],
)
def test_a_foreign_or_later_specification_is_named(folder, text, message):
    (folder / SPEC_FILE).write_text(text, "utf-8")
    with pytest.raises(ModelError, match=r"model\.json: .*" + message):
        load_model(folder)


def test_a_specification_in_another_encoding_is_named(folder):
    (folder / SPEC_FILE).write_bytes('{"format": 1, "name": "模型"}'.encode("gb18030"))
    with pytest.raises(ModelError, match="damaged, not valid JSON"):
        load_model(folder)


@pytest.mark.parametrize(
    "field", [{"taxonomy": "drivers"}, {"taxonomy": {}}, {"weights": "w"}, {"weights": {}}]
)
def test_fields_of_another_kind_are_named(folder, field):
    change_spec(folder, **field)
    (name,) = field
    with pytest.raises(ModelError, match=f"'{name}' has no "):
        load_model(folder)


@pytest.mark.parametrize(
    "file", ["../mine/weights.safetensors", "/etc/passwd", "..", ".", "", "a/b", "a\0b", None, 5]
)
def test_weights_outside_the_folder_are_refused(folder, file):
    digest = hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
    change_spec(folder, weights={"file": file, "sha256": digest})
    with pytest.raises(ModelError, match=r"model\.json: 'weights' names no file of the folder"):
        load_model(folder)


def test_a_model_is_found_by_name_or_folder(folder, tmp_path):
    for name, path in shipped_models().items():
        assert find_model(name) == path
    assert find_model(str(folder)) == find_model(folder) == folder


def test_a_model_that_does_not_exist_is_named_with_those_that_do(tmp_path):
    names = ", ".join(shipped_models()) or "none"
    with pytest.raises(ModelError, match=rf"'fsat': no such folder\..*\({names}\)"):
        find_model("fsat")
    with pytest.raises(ModelError, match=r"has no model\.json"):
        find_model(tmp_path)


def test_errors_of_models_are_errors_of_the_package_and_of_values():
    assert issubclass(ModelError, NlpCxError)
    assert issubclass(ModelError, ValueError)


def test_a_taxonomy_that_the_weights_do_not_fit_is_refused(folder):
    change_spec(folder, taxonomy={"labels": ["product", "warmth"]})
    with pytest.raises(ModelError, match=r"clause_out is float32.*expected float32"):
        load_classifier(folder)


def test_another_backend_is_refused(folder):
    change_spec(folder, backend="onnx")
    with pytest.raises(ModelError, match=r"backend 'onnx'; this version has 'hashed'"):
        load_classifier(folder)


def change_array(name, change):
    """Give a change of the weights."""
    return lambda weights: {**weights, name: change(weights[name])}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: {n: a for n, a in w.items() if n != "table"}, "lacks the arrays table"),
        (lambda w: {n: a for n, a in w.items() if "scale" not in n}, "lacks the arrays scale"),
        (change_array("table", lambda a: a[:-1]), "255 rows, expected a positive multiple of 4"),
        (change_array("table", lambda a: a[0]), "table is int8.*0 rows"),
        (change_array("table", lambda a: a.astype(np.float32)), "table is float32"),
        (change_array("clause_in", lambda a: a.T), r"clause_in is float32\(2, 25\), expected"),
        (change_array("clause_skip", lambda a: a[:, :-1]), r"clause_skip is float32\(25, 25\)"),
        (change_array("clause_out_bias", lambda a: a.astype(np.float64)), "clause_out_bias is"),
        (
            lambda w: {n: a for n, a in w.items() if n != "calibration.bias"},
            "calibration.bias is missing",
        ),
        (change_array("calibration.scale", lambda a: a[:4]), r"calibration.scale is float32\(4, "),
        (change_array("calibration.scale", lambda a: -a), "scale holds -1.0 .* above 0"),
        (change_array("calibration.bias", lambda a: a / 0), "bias holds nan to nan, expected fin"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_arrays_that_do_not_fit_are_named(tmp_path, tiny_spec, tiny_weights, change, message):
    folder = save_model(tmp_path / "odd", tiny_spec, change(tiny_weights), card="")
    with pytest.raises(ModelError, match="odd: .*" + message):
        load_classifier(folder)
