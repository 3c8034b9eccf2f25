import pytest

from nlp_cx.corpus.datasets import (
    licenses,
    load_catalogue,
    load_driver_mapping,
    load_terms,
)
from nlp_cx.corpus.readers import READERS
from nlp_cx.errors import InputError
from nlp_cx.taxonomy import load_taxonomy

COMMERCIAL = ("Apache-2.0", "MIT", "CC BY", "CDLA-Permissive")


def test_every_entry_names_a_known_reader_and_known_drivers():
    drivers = set(load_taxonomy().ids)
    for dataset in load_catalogue().values():
        assert dataset.reader in {*READERS, "none"}
        assert {*dataset.partial, *dataset.unmapped_masks} <= drivers
        assert dataset.neutral in ("keep", "mention", "mask")
        assert dataset.mixed in ("keep", "mention")
        assert set(dataset.remap.values()) <= {"", *drivers}
        assert 0 < dataset.weight <= 1
        assert set(dataset.files) <= {"train", "dev", "test", "protect"}
        assert dataset.lang in ("zh", "en", "yue")


def test_permitted_means_that_a_permissive_licence_is_stated():
    for dataset in load_catalogue().values():
        assert dataset.is_permitted == dataset.licence.startswith(COMMERCIAL), dataset.name


def test_no_file_belongs_to_two_splits():
    for dataset in load_catalogue().values():
        files = [file for split in dataset.files.values() for file in split]
        assert len(files) == len(set(files)), dataset.name


def test_terms_speak_of_drivers_and_english_ones_are_single_words():
    for lang in ("zh", "yue", "en"):
        assert set(load_terms(lang)) <= {"whole", "unclear", *load_taxonomy().ids}
    for words in load_terms("en").values():
        assert all(word.isalpha() or word == "$" for word in words)


def test_licences_tell_what_is_there(root):
    table = licenses(root).set_index("dataset")
    assert table.loc["shop_zh", ["licence", "is_permitted", "is_present"]].tolist() == [
        "MIT",
        True,
        True,
    ]
    assert not table.loc["unused_zh", "is_present"]
    assert table.loc["loose_zh", "note"] == "only these parts are permitted: open"


def test_unknown_driver_in_the_mapping_is_named(root):
    path = root / "data" / "driver_mapping.csv"
    path.write_text("dataset,aspect,driver,note\naspects_en,ROOM,rooms,\n", encoding="utf-8")
    with pytest.raises(InputError, match="unknown driver 'rooms' of aspects_en"):
        load_driver_mapping(root)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sets.a]\ncolour = 1", "unexpected keyword argument 'colour'"),
        ("[sets.a]\nlang = 'zh'", "missing 5 required"),
        ("[sets.a", "not valid TOML"),
    ],
)
def test_faulty_catalogue_is_refused(tmp_path, text, message):
    path = tmp_path / "datasets.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_catalogue(path)


def test_missing_catalogue_is_refused(tmp_path):
    with pytest.raises(InputError, match="needs a checkout"):
        load_catalogue(tmp_path / "gone.toml")
