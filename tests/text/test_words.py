import gzip
import json
import marshal
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.errors import InputError
from nlp_cx.text.chinese_words import load_jieba, load_rjieba
from nlp_cx.text.folding import fold_text
from nlp_cx.text.words import WordSegmenter, WordSpec

SEGMENTER = WordSegmenter()
NUMBERS = [
    "16GB", "3.5mm", "10%", "$9.99", "￥299", "HK$20", "1,299.00", "2024-11-11", "10:30am", "7*24",
    "100MB/s", "1920x1080", "5-star", "2-in-1", "1st", "20€", "37℃", "192.168.1.1", "２９９", "4K",
]  # fmt: skip
EMOJI = [
    "👍", "👍🏽", "👨‍👩‍👧‍👦", "👩🏿‍🚀", "🏳️‍🌈", "❤️‍🔥", "🤷🏻‍♀️", "👁️‍🗨️", "🇨🇳", "🇭🇰", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣",
    "#️⃣", "❤️", "☺️", "⭐", "🆗", "🅰️",
]  # fmt: skip
FACES = [
    ":)", ":-(", ";D", ":'(", "XD", "<3", "T_T", "^_^", "(^_^)", ">_<", "-_-||", "(╯°□°)╯", "QAQ",
    "orz", "¯\\_(ツ)_/¯", "：）", "(*^__^*)", "o(╯□╰)o", "(≧▽≦)", "=_=", "^^",
]  # fmt: skip
HOSTILE = [
    "a" * 100_000, "a." * 50_000, "a-" * 50_000, "@" * 100_000, "1" * 100_000, "1." * 50_000,
    "(" * 100_000, "^_" * 50_000, "http://" * 15_000, "www.," * 20_000, "😀\u200d" * 50_000,
    "a'" * 50_000,
]  # fmt: skip
PIECES = [
    "房间", "很干净", "這間", "㗎", "𡃁", "T恤", "卡拉OK", "X光", "Ｗｉ－Ｆｉ", "don't", "check-in", "iPhone",
    "16GB", "￥299", "3点半", "3.5", "2024-11-11", "%", "&", "+", "#", "@", ".", "-", "_", "'", "’",
    "👨‍👩‍👧‍👦", "👍🏽", "🇨🇳", "1️⃣", "❤️", "\u200d", "\ufe0f", "🏻", ":)", "^_^", "(╯°□°)╯", "T_T",
    "皿", "益", "\r\n", " ", "\u3000", "\u200b", "https://x.cn/a", "a@b.com", "，", "。", "：", "（",
    "）", "!", "~",
]  # fmt: skip


def cut(text: str) -> list[str]:
    return [word.text for word in SEGMENTER.words(text)]


def kinds(text: str) -> list[str]:
    return [word.kind for word in SEGMENTER.words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("房间很干净", ["房间", "很", "干净"]),
        ("I don't think it's well-made", ["I", "don't", "think", "it's", "well-made"]),
        ("the hotel’s check‑in wasn´t", ["the", "hotel’s", "check‑in", "wasn´t"]),
        ("guests' rooms", ["guests", "'", "rooms"]),
        ("nice food—but cold", ["nice", "food", "—", "but", "cold"]),
        ("AT&T, B&B; food&drink", ["AT&T", ",", "B&B", ";", "food", "&", "drink"]),
        ("C++ e.g. U.S.A. covid-19", ["C++", "e.g.", "U.S.A.", "covid-19"]),
        ("café naïve ﬁne", ["café", "naïve", "ﬁne"]),
    ],
)
def test_words_are_cut_by_dictionary_and_rule(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@pytest.mark.parametrize(
    "word",
    NUMBERS,
)
def test_number_with_its_unit_is_one_word(word: str) -> None:
    assert [(w.text, w.kind) for w in SEGMENTER.words(f"好 {word} 的")][1:2] == [(word, "number")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("299元", ["299", "元"]),
        ("3点半", ["3", "点", "半"]),
        ("第1，2，3条", ["第", "1", "，", "2", "，", "3", "条"]),
        ("16G好", ["16G", "好"]),
    ],
)
def test_chinese_units_stay_words_of_their_own(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@pytest.mark.parametrize(
    "emoji",
    EMOJI,
)
def test_emoji_is_one_word_whatever_it_is_made_of(emoji: str) -> None:
    words = SEGMENTER.words(f"好{emoji}{emoji}ok")
    assert [(w.text, w.kind) for w in words] == [
        ("好", "zh"),
        (emoji, "emoji"),
        (emoji, "emoji"),
        ("ok", "en"),
    ]


@pytest.mark.parametrize(
    "face",
    FACES,
)
def test_emoticon_is_one_word(face: str) -> None:
    assert [(w.text, w.kind) for w in SEGMENTER.words(f"好 {face}")] == [
        ("好", "zh"),
        (face, "emoticon"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("如下：（1）", "size:P20", "10:30", "a <30 b", "wait:Please", "价格:D2"),
        *("做工粗糙；3.物流慢", "电脑放不下；3）早餐差", "评分:3 分", "差；3、太慢"),
    ],
)
def test_punctuation_beside_text_is_no_emoticon(text: str) -> None:
    assert "emoticon" not in kinds(text)


@pytest.mark.parametrize(
    "link",
    [
        "https://t.example/Ab3Cd",
        "http://a.example.cn/x?y=1&z=2",
        "www.example.com",
        "example.com/a",
        "jane.doe@example.com.cn",
        "@ShopHelp",
    ],
)
def test_link_is_one_mark(link: str) -> None:
    words = SEGMENTER.words(f"见{link}，好")
    assert [(w.text, w.kind) for w in words[1:]] == [(link, "mark"), ("，", "mark"), ("好", "zh")]


def test_hashtag_is_a_word() -> None:
    assert [(w.text, w.kind) for w in SEGMENTER.words("#CustomerService")] == [
        ("#CustomerService", "en")
    ]


def test_run_of_one_mark_is_one_word() -> None:
    assert cut("好!!!……？！") == ["好", "!!!", "……", "？", "！"]


def test_traditional_text_is_cut_as_its_simplified_twin_and_keeps_its_writing() -> None:
    assert cut("這間餐廳的服務員態度惡劣") == ["這", "間", "餐廳", "的", "服務員", "態度惡劣"]
    assert [len(w) for w in cut("這間餐廳的服務員態度惡劣")] == [
        len(w) for w in cut("这间餐厅的服务员态度恶劣")
    ]


def test_rare_and_cantonese_ideographs_are_chinese_words() -> None:
    assert kinds("𡃁㗎嘢") == ["zh", "zh", "zh"]


@pytest.mark.parametrize("word", ["T恤", "Ｔ恤", "SIM卡", "U盘", "4S店"])
def test_dictionary_word_with_letters_is_kept_whole(word: str) -> None:
    assert (word, "zh") in [(w.text, w.kind) for w in SEGMENTER.words(f"买了{word}，好")]


def test_letters_beside_chinese_stay_whole_where_the_dictionary_cuts_into_them() -> None:
    assert cut("iphoneX光片") == ["iphoneX", "光", "片"]


def test_line_breaks_and_exotic_blanks_separate_words_only() -> None:
    words = SEGMENTER.words("房间\r\n很\u3000干净\u200b好\tok\x00")
    assert [w.text for w in words] == ["房间", "很", "干净", "好", "ok"]
    assert words[1][:2] == (4, 5)


@pytest.mark.parametrize("text", ["", " \r\n\u3000"])
def test_blank_text_has_no_words(text: str) -> None:
    assert cut(text) == []


def test_lone_surrogate_is_a_mark() -> None:
    assert [(w.text, w.kind) for w in SEGMENTER.words("好\ud83d")] == [
        ("好", "zh"),
        ("\ud83d", "mark"),
    ]


@pytest.mark.parametrize(
    "text",
    HOSTILE,
    ids=lambda text: text[:6],
)
def test_hostile_repetition_is_cut_in_one_pass(text: str) -> None:
    words = SEGMENTER.words(text)
    assert words[0].start == 0
    assert words[-1].end == len(text)


TEXTS = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            PIECES,
        ),
    ),
    max_size=12,
).map("".join)


def check_cover(segmenter: WordSegmenter, text: str) -> None:
    words = segmenter.words(text)
    position = 0
    folded = fold_text(text)
    for word in words:
        assert position <= word.start < word.end
        assert text[word.start : word.end] == word.text
        assert folded[position : word.start].strip(" ") == ""
        position = word.end
    assert folded[position:].strip(" ") == ""


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_words_are_ordered_and_cover_all_but_blanks(text: str) -> None:
    check_cover(SEGMENTER, text)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_folding_keeps_length_and_blanks(text: str) -> None:
    folded = fold_text(text)
    assert len(folded) == len(text)
    assert all(f == " " for c, f in zip(text, folded, strict=True) if c.isspace())
    assert fold_text(folded) == folded


USER = WordSpec(user_words=(("雪梨蛋挞", None, None), ("双11", 2000, "n"), ("Face ID", None, None)))


@pytest.mark.parametrize("segmenter", ["rjieba", "jieba"])
def test_user_words_are_kept_whole_and_nobody_else_sees_them(segmenter: str) -> None:
    text = "双11的雪梨蛋撻，Face ID"  # the word was given in simplified writing
    own = WordSegmenter(WordSpec(user_words=USER.user_words, segmenter=segmenter))
    assert [w.text for w in own.words(text)] == ["双11", "的", "雪梨蛋撻", "，", "Face ID"]
    other = WordSegmenter(WordSpec(segmenter=segmenter))
    assert [w.text for w in other.words("雪梨蛋挞")] == ["雪梨", "蛋", "挞"]


def test_global_jieba_does_not_see_user_words() -> None:
    import jieba
    import rjieba

    WordSegmenter(WordSpec(user_words=USER.user_words, segmenter="jieba")).words("雪梨蛋挞")
    WordSegmenter(USER).words("雪梨蛋挞")
    assert not jieba.dt.initialized
    assert not jieba.finalseg.Force_Split_Words
    assert not rjieba.has_word("雪梨蛋挞")


def test_hidden_markov_model_joins_unknown_names() -> None:
    spec = WordSpec(segmenter="jieba", use_hmm=True)
    assert [w.text for w in WordSegmenter(spec).words("他来到了网易杭研大厦")] == [
        "他", "来到", "了", "网易", "杭研", "大厦",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"segmenter": "pkuseg"}, "'pkuseg' is not known"),
        ({"use_hmm": True}, "segmenter='jieba'"),
        ({"user_words": (("", None, None),)}, "is empty"),
        ({"user_words": (("好 吃", None, None),)}, "blank or mark"),
        ({"user_words": (("蛋挞", 0, None),)}, "frequency 0"),
    ],
)
def test_impossible_specification_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        WordSpec(**arguments)


def test_segmenter_pickles_to_its_specification() -> None:
    segmenter = WordSegmenter(USER)
    expected = segmenter.words("双11的雪梨蛋挞")
    data = pickle.dumps(segmenter)
    assert len(data) < 500
    restored = pickle.loads(data)  # noqa: S301
    assert restored.spec == USER
    assert "_cut" not in vars(restored)
    assert restored.words("双11的雪梨蛋挞") == expected


WATCHED = """
import sys
folder = sys.argv[1]
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
from nlp_cx.text.words import WordSegmenter, WordSpec
words = WordSegmenter(WordSpec(segmenter="jieba")).words("房间很干净")
print(len(words), any(name.startswith(folder) for name in opened))
print(any(name.endswith("dict.txt") for name in opened))
"""


def test_jieba_reads_and_writes_no_cache_and_logs_nothing(tmp_path: Path) -> None:
    poison = marshal.dumps(({"房间很干净": 10**9}, 10**9))
    (tmp_path / "jieba.cache").write_bytes(poison)
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["3", "False", "True"], "")
    assert [path.name for path in tmp_path.iterdir()] == ["jieba.cache"]
    assert (tmp_path / "jieba.cache").read_bytes() == poison


def test_both_segmenters_give_the_same_words_with_user_words() -> None:
    words = [
        ("雪梨蛋挞", None, None),
        ("双11", 50, None),
        ("很好", 1, None),
        ("房间很", 10**6, None),
    ]
    slow, fast = load_jieba(words, use_hmm=False), load_rjieba(words)
    for text in ["双11的雪梨蛋挞", "房间很好很干净", "雪梨蛋挞雪梨蛋挞房间很很好吃"]:
        assert fast(text) == slow(text)


def read_texts(folder: Path, names: list[str], n_texts: int) -> list[str]:
    texts = []
    for name in names:
        rows: list[str] = []
        for path in sorted((folder / "data" / name).glob("*.jsonl*")):
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rt", encoding="utf-8") as lines:
                rows += [json.loads(line)["text"] for line in lines]
        texts += random.Random(0).sample(rows, min(n_texts, len(rows)))
    return texts


CHINESE_SETS = [
    "waimai10k_zh", "chnsenticorp_htl_all_zh", "jd_goods_zh", "stc3_helpdesk_zh", "openrice_senti_yue",
    "dimabsa2026_zho_restaurant", "dimabsa2026_zho_laptop", "aichallenger2018_zh", "bdci2017_ecommerce_zh",
    "conversation_sentiment_zh", "amazoncn_digital_stars_zh",
]  # fmt: skip


@pytest.mark.data
@pytest.mark.skipif("NLP_CX_DATA" not in os.environ, reason="NLP_CX_DATA names no data folder")
def test_rjieba_gives_the_words_of_jieba_on_real_texts() -> None:
    texts = read_texts(Path(os.environ["NLP_CX_DATA"]), CHINESE_SETS, 600)
    assert len(texts) >= 5_000
    slow, fast = load_jieba([], use_hmm=False), load_rjieba([])
    for text in texts:
        assert fast(text) == slow(text)
        folded = fold_text(text)
        assert fast(folded) == slow(folded)


@pytest.mark.data
@pytest.mark.skipif("NLP_CX_DATA" not in os.environ, reason="NLP_CX_DATA names no data folder")
def test_words_cover_real_texts() -> None:
    sets = [*CHINESE_SETS, "fabsa_en", "support_tweets_topics_en"]
    for text in read_texts(Path(os.environ["NLP_CX_DATA"]), sets, 300):
        check_cover(SEGMENTER, text)
