"""What onnxruntime serves is what torch trained, whatever else stands in the batch."""

import json
import multiprocessing
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch

from nlp_cx.classify.classifier import load_classifier
from nlp_cx.classify.decode import identity_calibration, output_names
from nlp_cx.classify.encoder import GRAPH_FILE, VOCABULARY_FILE, EncoderBackend
from nlp_cx.classify.store import load_model, save_model
from nlp_cx.errors import ModelError, TrainingError
from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.text.normalize import normalize
from nlp_cx.text.tokens import SEPARATOR, find_tokens, make_token_table
from nlp_cx.train.encoder.export import export_encoder, make_encoder_model
from nlp_cx.train.encoder.network import look

K = len(output_names(load_taxonomy().ids))
LONG_CLAUSE = "房间很" * 40
TEXTS = [
    "房间很干净，但是服务员态度差，手机很贵！",
    "The room was clean, but the service was rude",
    "",
    "   \r\n",
    "好吃",
    "👍👍👍 but 😡",
    "房间很，手机很。" * 9 + "态度差",
    LONG_CLAUSE,
    "好吃。" + LONG_CLAUSE + "。态度差",
    "ひらがな",
    "\ud800 𠮷 clean",
    "a" * 400,
]
UNKNOWN = ["", "   \r\n", "ひらがな"]


def clauses_of(texts):
    """Give normalised code points, the first clause of each text, and the clauses."""
    batch = TextBatch.from_strings(texts)
    document, starts, ends = find_clauses(batch.codes, batch.offsets)
    first_clause = np.searchsorted(document, np.arange(len(texts) + 1))
    return normalize(batch.codes), first_clause, starts, ends


def make_backend(tiny_encoder, texts):
    made = export_encoder(*tiny_encoder, texts)
    return EncoderBackend(made.weights, made.files, made.architecture, K)


@pytest.fixture(scope="module")
def in_floats(tiny_encoder):
    return make_backend(tiny_encoder, None)


@pytest.fixture(scope="module")
def in_integers(tiny_encoder):
    return make_backend(tiny_encoder, TEXTS)


@pytest.fixture(scope="module")
def folder(tiny_encoder, tmp_path_factory):
    made = make_encoder_model(
        *tiny_encoder,
        TEXTS,
        taxonomy=load_taxonomy(),
        recipe={},
        calibration=identity_calibration(len(load_taxonomy().ids)),
    )
    spec = {**made.spec, "name": "small", "version": "1"}
    place = tmp_path_factory.mktemp("models") / "small"
    return save_model(place, spec, made.weights, card="# small\n", files=made.files)


def windows_by_hand(lengths, n_most):
    """Cut the clauses of a document into windows: lists of (clause, from, to)."""
    windows, room = [], 0
    for c, n in enumerate(lengths):
        if n > n_most:
            parts = -(-n // n_most)
            windows += [[(c, n * k // parts, n * (k + 1) // parts)] for k in range(parts)]
            room = 0
        elif n <= room:
            windows[-1].append((c, 0, n))
            room -= n
        elif n:
            windows.append([(c, 0, n)])
            room = n_most - n
    return windows


def by_hand(tiny_encoder, text):
    """Compute a document's outputs and its clauses' with the torch modules, window by window."""
    (encoder, head), vocabulary = tiny_encoder
    codes, _, starts, ends = clauses_of([text])
    tokens = find_tokens(codes, starts, ends, make_token_table(vocabulary))
    states, clause = [], []
    for window in windows_by_hand(np.diff(tokens.offsets), encoder.shape.n_positions - 1):
        ids = [SEPARATOR]
        for c, a, b in window:
            ids += tokens.ids[tokens.offsets[c] + a : tokens.offsets[c] + b].tolist()
            clause += [c] * (b - a)
        same = torch.zeros(1, len(ids), dtype=torch.long)
        position = torch.arange(len(ids))[None]
        with torch.no_grad():
            states.append(encoder(torch.tensor([ids]), position, look(same, same))[0, 1:])
    with torch.no_grad():
        document = torch.zeros(len(starts), dtype=torch.long)
        out = head(torch.cat(states), torch.tensor(clause), document, 1)
        bias = head.source_bias.weight[0].detach()
    return (out.logits[0] + bias).numpy(), (out.clause_logits + bias).numpy()


def test_the_graph_in_floats_gives_what_torch_gives(in_floats, tiny_encoder):
    documents, clauses = in_floats.logits(*clauses_of(TEXTS))
    first_clause = clauses_of(TEXTS)[1]
    for i, text in enumerate(TEXTS):
        if text not in UNKNOWN:
            expected, of_clauses = by_hand(tiny_encoder, text)
            np.testing.assert_allclose(documents[i], expected, atol=1e-4)
            mine = clauses[first_clause[i] : first_clause[i + 1]]
            np.testing.assert_allclose(mine, of_clauses, atol=1e-4)
    assert np.nanstd(documents, axis=0).min() > 0.01


def test_the_graph_in_integers_is_close_to_it(in_floats, in_integers):
    exact, _ = in_floats.logits(*clauses_of(TEXTS))
    rounded, _ = in_integers.logits(*clauses_of(TEXTS))
    known = ~np.isnan(exact[:, 0])
    error = np.abs(exact[known] - rounded[known])
    assert error.mean() < 0.05 * exact[known].std()
    assert error.max() > 0  # it is another graph


def test_nothing_is_said_of_texts_without_a_known_token(in_integers):
    documents, _ = in_integers.logits(*clauses_of(TEXTS))
    unknown = np.isnan(documents).all(1)
    assert [text for text, is_unknown in zip(TEXTS, unknown, strict=True) if is_unknown] == UNKNOWN
    assert not np.isnan(documents[~unknown]).any()


@pytest.mark.parametrize("numbers", ["in_floats", "in_integers"])
@pytest.mark.parametrize("random_state", range(3))
def test_a_document_has_the_same_bits_in_every_batch(request, numbers, random_state):
    backend = request.getfixturevalue(numbers)
    documents, clauses = backend.logits(*clauses_of(TEXTS))
    first_clause = clauses_of(TEXTS)[1]
    rng = np.random.default_rng(random_state)
    chosen = rng.permutation(np.repeat(np.arange(len(TEXTS)), 9))
    for part in np.array_split(chosen, rng.integers(1, 40)):
        some, some_clauses = backend.logits(*clauses_of([TEXTS[i] for i in part]))
        assert some.tobytes() == documents[part].tobytes()
        own = [range(first_clause[i], first_clause[i + 1]) for i in part]
        assert some_clauses.tobytes() == clauses[np.concatenate(own).astype(int)].tobytes()


@pytest.mark.parametrize("place", [0, 60, 119])
def test_no_token_of_a_long_clause_is_left_out(in_integers, place):
    changed = LONG_CLAUSE[:place] + "贵" + LONG_CLAUSE[place + 1 :]
    _, _, starts, ends = arguments = clauses_of([LONG_CLAUSE, changed])
    assert (ends - starts).max() > 30  # two windows and more
    documents, _ = in_integers.logits(*arguments)
    assert documents[1, 0] > documents[0, 0] + 0.5


def test_a_clause_is_read_in_its_window_and_not_beyond(in_floats):
    near, far = "好吃，手机很。", "手机很，" * 5 + "手机很。"
    _, clauses = in_floats.logits(*clauses_of([near + far, "态度差，手机很。" + far]))
    half = len(clauses) // 2
    is_same = (np.abs(clauses[:half] - clauses[half:]) < 1e-6).all(1)
    assert not is_same[1]  # same words, another neighbour
    assert is_same[-1]  # same words, the neighbour is in the window before


def test_no_documents_give_no_outputs(in_integers):
    documents, clauses = in_integers.logits(*clauses_of([]))
    assert documents.shape == clauses.shape == (0, K)


def test_a_saved_model_scores_and_travels_by_its_name(folder):
    pipeline = FeedbackPipeline(folder)
    scored = pipeline.score_texts(TEXTS)
    assert scored.loc[4, "p_positive"] > scored.loc[6, "p_positive"]
    assert scored["sentiment"].isna().tolist() == [text in UNKNOWN for text in TEXTS]
    travelled = pickle.loads(pickle.dumps(pipeline))  # noqa: S301
    assert travelled.score_texts(TEXTS).equals(scored)
    many = ["好吃", "态度差", "was rude"] * 5_500  # more than one batch of the engine
    alone, shared = (pipeline.score_texts(many, workers=n) for n in (1, 3))
    assert shared.equals(alone)


def test_a_forked_process_scores_too(in_integers):
    here, _ = in_integers.logits(*clauses_of(TEXTS))
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def score():
        theirs.send_bytes(in_integers.logits(*clauses_of(TEXTS))[0].tobytes())

    process = context.Process(target=score)
    process.start()
    assert ours.poll(60)
    assert ours.recv_bytes() == here.tobytes()
    process.join(60)


def test_it_is_served_without_torch_and_onnx(folder):
    program = (
        "import sys\n"
        "for name in ('torch', 'onnx', 'transformers'): sys.modules[name] = None\n"
        "import nlp_cx\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "print(nlp_cx.load(sys.argv[1]).score_texts(['好吃'])['p_positive'].item())\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True
    )
    assert 0 < float(found.stdout) < 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m["files"].pop(GRAPH_FILE), "lacks the files model.onnx"),
        (lambda m: m["files"].update({VOCABULARY_FILE: b"{"}), "not valid JSON"),
        (lambda m: m["files"].update({VOCABULARY_FILE: b"[1]"}), "no list of strings"),
        (lambda m: m["files"].update({VOCABULARY_FILE: b'["a"]'}), "1 entries, expected"),
        (lambda m: m["weights"].pop("out"), "out is missing"),
        (
            lambda m: m["weights"].update(out=m["weights"]["out"].astype(float)),
            r"out is float64.*expected float32",
        ),
        (lambda m: m["sizes"].update(width="32"), "width is '32'"),
        (lambda m: m["sizes"].pop("n_positions"), "n_positions is None"),
    ],
)
def test_parts_that_do_not_fit_are_named(tiny_encoder, change, message):
    made = export_encoder(*tiny_encoder, None)
    parts = {
        "weights": dict(made.weights),
        "files": dict(made.files),
        "sizes": dict(made.architecture),
    }
    change(parts)
    with pytest.raises(ModelError, match=message):
        EncoderBackend(parts["weights"], parts["files"], parts["sizes"], K)


@pytest.mark.parametrize("n_positions", [15, 17])
def test_a_graph_of_another_size_is_refused_at_the_first_text(tiny_encoder, n_positions):
    made = export_encoder(*tiny_encoder, None)
    sizes = {**made.architecture, "n_positions": n_positions}
    backend = EncoderBackend(made.weights, made.files, sizes, K)
    if n_positions == 15:  # shorter windows than it could read are no fault
        assert backend.logits(*clauses_of(["好吃"]))[0].shape == (1, K)
    else:
        with pytest.raises(ModelError, match="cannot be run"):
            backend.logits(*clauses_of(["好吃"]))


def test_a_file_that_is_no_graph_is_refused(tiny_encoder):
    made = export_encoder(*tiny_encoder, None)
    backend = EncoderBackend(
        made.weights, {**made.files, GRAPH_FILE: b"none"}, made.architecture, K
    )
    with pytest.raises(ModelError, match="cannot be loaded by onnxruntime"):
        backend.logits(*clauses_of(["好吃"]))


@pytest.mark.parametrize("file", [GRAPH_FILE, VOCABULARY_FILE])
def test_a_changed_file_of_a_folder_is_noticed(folder, tmp_path, file):
    model = load_model(folder)
    copy = save_model(tmp_path / "copy", model.spec, model.weights, card="", files=model.files)
    assert load_classifier(copy).id == "small-1"
    (copy / file).write_bytes((copy / file).read_bytes() + b" ")
    with pytest.raises(ModelError, match=f"{file}: damaged"):
        load_classifier(copy)


def test_the_same_training_gives_the_same_bytes(tiny_encoder):
    first, second = (export_encoder(*tiny_encoder, TEXTS) for _ in range(2))
    assert first.files == second.files


def test_an_export_needs_its_own_vocabulary_and_texts_with_tokens(tiny_encoder):
    model, vocabulary = tiny_encoder
    with pytest.raises(TrainingError, match="the encoder"):
        export_encoder(model, vocabulary[:-1], TEXTS)
    with pytest.raises(TrainingError, match="hold no token"):
        export_encoder(model, vocabulary, ["", "  "])
    assert json.loads(export_encoder(model, vocabulary, None).files[VOCABULARY_FILE]) == vocabulary
