"""Training the encoder: what it reads, that it learns, and that a cut does not show."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from nlp_cx.classify.decode import output_names
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.tokens import SEPARATOR, make_token_table
from nlp_cx.train.encoder.batches import Reader
from nlp_cx.train.encoder.corpus import cut_windows, pack, read_corpus
from nlp_cx.train.encoder.fit import EncoderSettings, Lessons, fit_encoder
from nlp_cx.train.encoder.network import EncoderShape
from nlp_cx.train.encoder.vectors import count_vectors
from nlp_cx.train.encoder.vocabulary import choose_tokens
from nlp_cx.train.targets import make_targets

PRAISE = ["房间很干净，服务也好", "great food and kind staff", "价格实惠，下次还来", "love it!"]
CRITICISM = ["房间很脏，服务太差", "awful food and rude staff", "价格太贵，不会再来", "hate it!"]
TEXTS = (PRAISE + CRITICISM) * 24
DRIVERS = load_taxonomy().ids
SHAPE = {"n_layers": 1, "width": 16, "n_heads": 2, "n_positions": 24, "n_hidden": 8}
SMALL = EncoderSettings(n_steps=12, n_decay=4, n_rows=4, length=24, soft_weight=0.1)


@pytest.fixture(scope="module")
def lessons():
    vocabulary = choose_tokens(TEXTS)
    corpus = read_corpus(TEXTS, make_token_table(vocabulary))
    examples = pd.DataFrame({"text": TEXTS, "source": "gold", "weight": 1.0, "loyalty": "none"})
    examples["sentiment"] = (["positive"] * 4 + ["negative"] * 4) * 24
    for driver in DRIVERS:
        examples[driver] = "not_mentioned"
    n, k = len(TEXTS), len(output_names(DRIVERS))
    return vocabulary, Lessons(
        corpus,
        make_targets(examples, DRIVERS),
        np.full((n, k), 1 / 3, np.float16),
        np.full(n, np.nan, np.float32),
        np.ones(n, np.int64),
    )


def weights(model):
    parts = {"encoder": model.encoder, "head": model.head}
    return {
        f"{part}.{name}": p.detach().numpy()
        for part, module in parts.items()
        for name, p in module.named_parameters()
    }


def test_every_token_of_every_window_is_packed_once(lessons):
    _, (corpus, *_) = lessons
    text, first, last = cut_windows(corpus, 24)
    rows = pack(corpus, (text[:20], first[:20], last[:20]), 16, 24)
    n_tokens = corpus.clause_offsets[last[19]] - corpus.clause_offsets[first[0]]
    assert (rows.clause >= 0).sum() == n_tokens
    assert (rows.ids == SEPARATOR).sum() == 20
    assert rows.texts.tolist() == list(dict.fromkeys(text[:20].tolist()))
    for number, i in enumerate(rows.texts):
        begin, end = corpus.clause_offsets[corpus.first_clause[[i, i + 1]]]
        assert rows.ids[(rows.text == number) & (rows.clause >= 0)].tolist() == (
            corpus.ids[begin:end].tolist()
        )


def test_an_epoch_reads_every_text_as_often_as_told(lessons):
    _, (corpus, *_) = lessons
    repeats = np.arange(len(TEXTS)) % 3
    reader = Reader(corpus, np.ones(len(TEXTS), bool), repeats, n_rows=4, length=24)
    read = np.concatenate([rows.texts for rows in reader.epoch(3)])
    counts = np.bincount(read, minlength=len(TEXTS))
    assert (counts <= repeats).all()
    assert counts.sum() >= 0.9 * repeats.sum()  # a row that is full leaves some out


def test_vectors_of_words_in_the_same_places_are_alike(lessons):
    vocabulary, (corpus, *_) = lessons
    vectors = count_vectors(corpus, len(vocabulary), 8)
    assert vectors.shape == (len(vocabulary), 8)
    assert np.isfinite(vectors).all()
    assert vectors.std() == pytest.approx(0.05, rel=0.01)


def test_vectors_are_as_long_as_asked_for_however_few_the_tokens():
    vocabulary = choose_tokens(TEXTS)
    corpus = read_corpus(TEXTS, make_token_table(vocabulary))
    vectors = count_vectors(corpus, len(vocabulary), 2 * len(vocabulary))
    assert vectors.shape == (len(vocabulary), 2 * len(vocabulary))
    assert np.isfinite(vectors).all()
    assert vectors.std() == pytest.approx(0.05)


def test_it_learns(lessons, tmp_path):
    vocabulary, given = lessons
    shape = EncoderShape(n_tokens=len(vocabulary), **SHAPE)
    losses = []
    settings = EncoderSettings(
        n_steps=120, n_decay=40, n_rows=4, length=24, soft_weight=0.0, rate=5e-3, mask_share=0.1
    )
    fit_encoder(
        given,
        shape,
        settings,
        folder=tmp_path,
        on_step=lambda _step, means, _model: losses.append(means["labels"]),
        save_every=40,
    )
    assert losses[-1] < 0.6 * losses[0]


def test_a_run_that_was_cut_gives_the_same_weights(lessons, tmp_path):
    vocabulary, given = lessons
    shape = EncoderShape(n_tokens=len(vocabulary), **SHAPE)
    straight = fit_encoder(given, shape, SMALL, folder=tmp_path / "a", save_every=5)

    def cut(step, _means, _model):
        if step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_encoder(given, shape, SMALL, folder=tmp_path / "b", save_every=5, on_step=cut)
    resumed = fit_encoder(given, shape, SMALL, folder=tmp_path / "b", save_every=5)
    for name, value in weights(straight).items():
        assert np.array_equal(value, weights(resumed)[name]), name


def test_a_loss_that_is_no_number_stops_the_run(lessons, tmp_path):
    vocabulary, given = lessons
    broken = given._replace(soft=np.full_like(given.soft, np.nan))
    with pytest.raises(FloatingPointError, match="the loss is nan at step 0"):
        fit_encoder(
            broken,
            EncoderShape(n_tokens=len(vocabulary), **SHAPE),
            SMALL,
            folder=tmp_path,
        )
