import gzip

import pytest

from nlp_cx.corpus.lexicons import lexicon_entries
from nlp_cx.errors import InputError

FILES = {
    "vader_lexicon.txt": "dreadful\t-2.1\t0.8\t[]\nlovely\t2.8\t0.4\t[]\nplain\t0.0\t0.1\t[]\n:)\t2.0\t1\t[]\n",
    "bingliu_positive-words.txt": ";;;; a note\n\nSturdy\nenvious\n",
    "bingliu_negative-words.txt": ";;;; a note\n\nflimsy\nenvious\n",
    "hownet_en_pos_evaluation.txt": "英文正面评价词语\t2\n\n(of tea) fragrant \nat  ease \n",
    "hownet_en_neg_evaluation.txt": "英文正面评价词语\t1\n\nstale \n",
    "hownet_zh_pos_evaluation.txt": "中文正面评价词语\t1\n\n耐用 \n",
    "hownet_zh_neg_evaluation.txt": "中文负面评价词语\t1\n\n粗糙 \n",
    "hownet_zh_pos_emotion.txt": "中文正面情感词语\t1\n\n欢喜 \n",
    "hownet_zh_neg_emotion.txt": "中文负面情感词语\t1\n\n恼火 \n",
    "ntusd_pos_simplified.txt": "\ufeff一流\n一流\n",
    "ntusd_neg_simplified.txt": "糟糕\n",
    "tsinghua_lijun_pos.txt": "得意\n",
    "tsinghua_lijun_neg.txt": "下流\n",
}
DUTIR = """词语, 词性种类, 词义数, 词义序号, 情感分类, 强度, 极性, 辅助情感分类, 强度, 极性, , ,
脏乱, adj, 1.0, 1.0, NN, 7.0, 2.0, , , , , ,
干净, adj, 1.0, 1.0, PH, 5.0, 1.0, , , , , ,
一般, adj, 1.0, 1.0, PH, 5.0, 0.0, , , , , ,
老实, adj, 2.0, 1.0, PH, 5.0, 1.0, , , , , ,
老实, adj, 2.0, 2.0, NN, 5.0, 2.0, , , , , ,
"""


@pytest.fixture
def folder(tmp_path):
    lexicons = tmp_path / "data" / "lexicons"
    lexicons.mkdir(parents=True)
    for name, text in FILES.items():
        (lexicons / name).write_text(text, encoding="utf-8")
    with gzip.open(lexicons / "dutir_emotion_ontology.csv.gz", "wt", encoding="utf-8") as file:
        file.write(DUTIR)
    return tmp_path


def words(entries, source, lang=None):
    rows = entries[entries["source"] == source]
    rows = rows if lang is None else rows[rows["lang"] == lang]
    return dict(zip(rows["word"], rows["sentiment"], strict=True))


def test_each_lexicon_gives_its_plain_words(folder):
    entries = lexicon_entries(folder)
    assert words(entries, "vader") == {"dreadful": "negative", "lovely": "positive"}
    assert words(entries, "bingliu") == {"sturdy": "positive", "flimsy": "negative"}
    assert words(entries, "hownet_evaluation", "en") == {"at ease": "positive", "stale": "negative"}
    assert words(entries, "hownet_evaluation", "zh") == {"耐用": "positive", "粗糙": "negative"}
    assert words(entries, "hownet_emotion") == {"欢喜": "positive", "恼火": "negative"}
    assert words(entries, "ntusd") == {"一流": "positive", "糟糕": "negative"}
    assert words(entries, "tsinghua") == {"得意": "positive", "下流": "negative"}
    assert words(entries, "dutir") == {"脏乱": "negative", "干净": "positive"}


def test_only_licensed_leaves_the_lexicon_whose_licence_permits_it(folder):
    entries = lexicon_entries(folder, only_licensed=True)
    assert set(entries["source"]) == {"vader"}


def test_missing_lexicon_is_named(folder):
    (folder / "data" / "lexicons" / "ntusd_pos_simplified.txt").unlink()
    with pytest.raises(InputError, match=r"ntusd_pos_simplified\.txt: cannot be read"):
        lexicon_entries(folder)
