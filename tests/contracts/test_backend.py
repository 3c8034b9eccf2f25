"""What every backend of the classifier promises; a new one is added to `BACKENDS`."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.classify.checkpoint import CheckpointBackend
from nlp_cx.classify.decode import output_names
from nlp_cx.classify.encoder import EncoderBackend
from nlp_cx.classify.hashed import HashedBackend
from nlp_cx.classify.linear import N_BEFORE, LinearBackend
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.text.normalize import normalize

K = len(output_names(load_taxonomy().ids))
N_SENTIMENTS = 3


def make_hashed(request):
    """Make the tiny model with a network of noise behind its words."""
    weights = request.getfixturevalue("tiny_weights")
    rng = np.random.default_rng(0)
    shapes = {name: weights[name].shape for name in ("clause_in", "document_in", "position_in")}
    noise = {n: rng.normal(0, 0.2, shape).astype(np.float32) for n, shape in shapes.items()}
    out = rng.normal(0, 0.5, weights["clause_out"].shape).astype(np.float32)
    return HashedBackend({**weights, **noise, "clause_out": out}, K)


def make_encoder(request):
    """Make the tiny encoder, in 8-bit integers."""
    from nlp_cx.train.encoder.export import export_encoder

    texts = ["".join(CHINESE), "".join(ENGLISH), "好吃。但是态度差！the room was clean"]
    made = export_encoder(*request.getfixturevalue("tiny_encoder"), texts)
    return EncoderBackend(made.weights, made.files, made.architecture, K)


def make_linear(request):
    """Make a linear model of noise on the words of the tiny model."""
    weights = request.getfixturevalue("tiny_weights")
    rng = np.random.default_rng(0)
    n_labels = len(load_taxonomy().ids)
    rows = rng.normal(0, 0.4, (len(weights["fingerprints"]), N_BEFORE + n_labels + 6))
    bias = rng.normal(0, 0.2, rows.shape[1])
    rows[:, :3], bias[:3] = weights["table"][:, :3] / 25.0, 0
    return LinearBackend(
        {
            "fingerprints": weights["fingerprints"],
            "rows": rows.astype(np.float16),
            "bias": bias.astype(np.float32),
            "side_of": np.array([0, 0, 1, 0, 1, 0]),
        },
        K,
    )


def make_checkpoint(request):
    """Make a random BERT of two layers, and a head that follows the words of two kinds."""
    pytest.importorskip("onnxruntime", reason="serving a checkpoint needs the extra nlp_cx[train]")
    from nlp_cx.train.trainer import Run, TrainingData, load_trainer

    rows = [(praise, "positive") for praise in PRAISE] + [(blame, "negative") for blame in BLAME]
    examples = pd.DataFrame(rows, columns=["text", "sentiment"])
    examples = examples.assign(lang="mixed", source="mine", weight=1.0, is_full=True)
    examples[["loyalty", *load_taxonomy().ids]] = "not_mentioned"
    examples["loyalty"] = "none"
    trainer = load_trainer("transformer")
    settings = trainer.Settings(
        checkpoint=str(request.getfixturevalue("tiny_checkpoint")), epochs=6, batch_size=5,
        length=24, rate=3e-3, head_rate=1e-2, n_hidden=16, quantize="fp32", precision="fp32",
        device="cpu",
    )  # fmt: skip
    folder = request.getfixturevalue("tmp_path_factory").mktemp("run")
    model = trainer(settings).fit(TrainingData(examples, examples, load_taxonomy()), Run(folder))
    return CheckpointBackend(model.weights, model.files, model.spec["architecture"], K)


PRAISE = [
    "好吃",
    "干净",
    "房间干净",
    "clean",
    "the room was clean",
    "好",
    "nice room",
    "好吃，干净",
]
BLAME = ["态度差", "贵", "房间差", "rude", "the staff was rude", "差", "bad room", "态度差，贵"]

BACKENDS = {
    "hashed": make_hashed,
    "linear": make_linear,
    "encoder": make_encoder,
    "checkpoint": make_checkpoint,
}


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request):
    return BACKENDS[request.param](request)


CHINESE = ["好吃", "干净", "态度差", "贵", "但是", "的", "房间", "，", "。", "！", "𠮷"]
ENGLISH = ["clean", "rude", " but ", " never ", "expensive", "zzz", " ", "\r\n", "👍", "😡"]
words = st.sampled_from(CHINESE + ENGLISH)
texts = st.lists(words, max_size=12).map("".join)
batches = st.lists(texts, max_size=6)


def clauses_of(batch):
    batch = TextBatch.from_strings(batch)
    document, starts, ends = find_clauses(batch.codes, batch.offsets)
    first_clause = np.searchsorted(document, np.arange(len(batch) + 1))
    return normalize(batch.codes), first_clause, starts, ends


@given(batches)
def test_there_is_one_row_for_each_document_and_each_clause(backend, batch):
    codes, first_clause, starts, ends = clauses_of(batch)
    documents, clauses = backend.logits(codes, first_clause, starts, ends)
    assert documents.shape == (len(batch), K)
    assert clauses.shape == (len(starts), K)
    assert documents.dtype == clauses.dtype == np.float32


@given(batches)
def test_presences_of_a_document_are_the_greatest_of_its_clauses(backend, batch):
    _, first_clause, *_ = arguments = clauses_of(batch)
    documents, clauses = backend.logits(*arguments)
    for i in range(len(batch)):
        mine = clauses[first_clause[i] : first_clause[i + 1], N_SENTIMENTS:]
        if len(mine):
            assert np.array_equal(documents[i, N_SENTIMENTS:], mine.max(0), equal_nan=True)


@given(batches)
def test_sentiments_of_a_document_lie_between_those_of_its_clauses(backend, batch):
    _, first_clause, *_ = arguments = clauses_of(batch)
    documents, clauses = backend.logits(*arguments)
    for i in range(len(batch)):
        mine = clauses[first_clause[i] : first_clause[i + 1], :N_SENTIMENTS]
        if not np.isnan(documents[i, 0]):
            assert (documents[i, :N_SENTIMENTS] >= mine.min(0) - 1e-4).all()
            assert (documents[i, :N_SENTIMENTS] <= mine.max(0) + 1e-4).all()


@given(batches)
def test_nothing_or_everything_is_said_of_a_document(backend, batch):
    _, first_clause, *_ = arguments = clauses_of(batch)
    documents, clauses = backend.logits(*arguments)
    unknown = np.isnan(documents)
    assert (unknown.any(1) == unknown.all(1)).all()
    of_clauses = np.repeat(unknown[:, 0], np.diff(first_clause))
    assert np.array_equal(np.isnan(clauses), np.repeat(of_clauses[:, None], K, axis=1))
    assert unknown[np.diff(first_clause) == 0].all()


@given(batches, st.randoms(use_true_random=False))
def test_outputs_do_not_depend_on_the_batch_to_the_bit(backend, batch, random):
    documents, _ = backend.logits(*clauses_of(batch))
    order = list(range(len(batch)))
    random.shuffle(order)
    shuffled, _ = backend.logits(*clauses_of([batch[i] for i in order]))
    assert shuffled.tobytes() == documents[order].tobytes()
    for i, text in enumerate(batch):
        alone, alone_clauses = backend.logits(*clauses_of([text]))
        assert alone.tobytes() == documents[i].tobytes()
        assert alone_clauses.shape[1] == K


@given(texts)
def test_arguments_are_left_as_they_were(backend, text):
    arguments = clauses_of([text])
    before = [array.copy() for array in arguments]
    backend.logits(*arguments)
    for array, copy in zip(arguments, before, strict=True):
        assert np.array_equal(array, copy)


def test_what_was_learned_tells_texts_apart(backend):
    documents, _ = backend.logits(*clauses_of(["好吃", "态度差", "好吃，但是态度差"]))
    assert documents[0, 2] > documents[1, 2]
    assert documents[1, 0] > documents[0, 0]
    assert not np.isnan(documents).any()
