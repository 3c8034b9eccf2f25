"""The project's own small encoder, from scratch on the user's texts: own tokens, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from nlp_cx.errors import TrainingError
from nlp_cx.text.tokens import UNKNOWN, make_token_table
from nlp_cx.train.encoder.batches import Batch, Reader
from nlp_cx.train.encoder.corpus import Corpus, cut_windows, pack, read_corpus
from nlp_cx.train.encoder.fit import EncoderModel
from nlp_cx.train.encoder.network import ClauseHead, Encoder, EncoderShape, look
from nlp_cx.train.encoder.vocabulary import choose_tokens
from nlp_cx.train.targets import label_loss
from nlp_cx.train.transformer.pupil import Material
from nlp_cx.train.transformer.settings import TransformerConfig

_ROWS_AT_ONCE = 64


class ScratchPupil:
    """An encoder that begins from nothing: it guesses hidden tokens and learns the labels.

    Parameters
    ----------
    texts : sequence of str
        Examples first, then texts without labels.
    dev_texts : sequence of str
    material : Material
        `targets` of the examples.
    settings : TransformerConfig
    n_outputs : int
        K.

    Raises
    ------
    TrainingError
        If no token is frequent enough to learn from.
    """

    def __init__(
        self,
        texts: Sequence[str],
        dev_texts: Sequence[str],
        material: Material,
        settings: TransformerConfig,
        *,
        n_outputs: int,
    ) -> None:
        self.material, self.settings = material, settings
        own = settings.scratch
        self.vocabulary = choose_tokens(
            texts, n_chinese=own.n_words, n_english=own.n_words, n_pieces=own.n_pieces
        )
        table = make_token_table(self.vocabulary)
        self.corpus = read_corpus(texts, table)
        self.dev = read_corpus(dev_texts, table)
        if not (self.corpus.ids != UNKNOWN).any():
            raise TrainingError(
                "no character is frequent enough to be a token. Give more texts, or fine-tune a "
                "checkpoint."
            )
        shape = EncoderShape(
            n_tokens=len(self.vocabulary),
            n_layers=own.n_layers,
            width=own.width,
            n_heads=own.n_heads,
            n_positions=settings.length,
            n_hidden=settings.n_hidden,
        )
        n_sources = int(material.targets.source.max()) + 1
        head = ClauseHead(
            own.width, settings.n_hidden, n_outputs, n_sources, dropout=settings.dropout
        )
        self.network = nn.ModuleDict({"encoder": Encoder(shape, settings.dropout), "head": head})
        n = len(self.corpus.first_clause) - 1
        whole = np.zeros(n, bool)
        whole[: len(material.targets.source)] = True
        self._reader = Reader(
            self.corpus,
            whole,
            np.ones(n, np.int64),
            n_rows=settings.batch_size,
            length=settings.length,
            most_windows=settings.most_windows,
        )

    def group_parameters(self) -> list[dict[str, Any]]:
        """Give the groups of an optimizer; everything is new and learns at one rate."""
        rate, decay = self.settings.head_rate, self.settings.weight_decay
        parameters = list(self.network.parameters())
        return [
            {"params": own, "lr": rate, "rate": rate, "weight_decay": own_decay}
            for own, own_decay in (
                ([p for p in parameters if p.ndim >= 2], decay),
                ([p for p in parameters if p.ndim < 2], 0.0),
            )
        ]

    def plan(self, rng: np.random.Generator) -> list[Any]:
        """Draw the rows of each step."""
        return list(self._reader.epoch(int(rng.integers(2**31))))

    def loss(self, step: Any, rng: np.random.Generator) -> Tensor:
        """Compute the loss of some rows: labels, and the hidden tokens."""
        batch = self._reader.make(step, self.settings.scratch.mask_share, rng)
        states, logits = self._read(batch)
        targets = self.material.targets
        labelled = torch.nonzero(batch.texts < len(targets.source))[:, 0]
        own = targets.take(batch.texts[labelled])
        bias = self.network["head"].source_bias(own.source.to(logits.device))
        with_bias = (logits[labelled.to(logits.device)] + bias).cpu()
        n = max(len(batch.texts), 1)
        cost = label_loss(with_bias, own, class_weight=self.material.class_weight) / n
        if not len(batch.hidden_ids):
            return cost
        guesses = states[batch.hidden_places.to(states.device)].float()
        scores = guesses @ self.network["encoder"].tokens.weight.T
        wanted = batch.hidden_ids.to(states.device)
        return (
            cost
            + self.settings.scratch.mask_weight * functional.cross_entropy(scores, wanted).cpu()
        )

    def predict(self) -> npt.NDArray[np.float32]:
        """Compute the outputs of dev."""
        self.network.eval()
        n = len(self.dev.first_clause) - 1
        bias = self.network["head"].source_bias.weight
        logits = np.full((n, bias.shape[1]), np.nan, np.float32)
        known = _count_known(self.dev)
        text, first, last = cut_windows(self.dev, self.settings.length)
        ends = np.searchsorted(text, np.arange(n + 1))
        a = 0
        with torch.no_grad():
            while a < n:
                b = max(a + 1, int(np.searchsorted(ends, ends[a] + _ROWS_AT_ONCE, "right")) - 1)
                own = slice(ends[a], ends[b])
                if ends[b] > ends[a]:
                    windows = text[own], first[own], last[own]
                    # A row for each window: all find a place.
                    rows = pack(self.dev, windows, int(ends[b] - ends[a]), self.settings.length)
                    places = np.flatnonzero(rows.clause.reshape(-1) >= 0)
                    arrays = (
                        *(rows.ids, rows.text, rows.text, rows.position, places),
                        *(rows.clause.reshape(-1)[places], rows.clause_text, rows.texts),
                        *(np.empty(0), np.empty(0)),
                    )
                    batch = Batch(*(torch.from_numpy(x.astype(np.int64)) for x in arrays))
                    _, out = self._read(batch)
                    logits[rows.texts] = (out + bias[0]).cpu().numpy()
                a = b
        logits[known == 0] = np.nan
        return logits

    def finish(self) -> EncoderModel:
        """Give what is exported."""
        return EncoderModel(self.network["encoder"], self.network["head"])

    def _read(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Compute the states of all tokens, and the outputs of the texts."""
        encoder, head = self.network["encoder"], self.network["head"]
        device = encoder.tokens.weight.device
        on = Batch(*(x.to(device) for x in batch))
        is_bf16 = bool(getattr(self.network, "is_bf16", False))
        dtype = torch.bfloat16 if is_bf16 else torch.float32
        with torch.autocast(device.type, torch.bfloat16, enabled=is_bf16):
            states = encoder(on.ids, on.position, look(on.seen, on.text, dtype))
        states = states.reshape(-1, encoder.shape.width)
        out = head(states[on.places], on.clause, on.clause_text, len(on.texts))
        return states, out.logits


def _count_known(corpus: Corpus) -> npt.NDArray[np.int64]:
    """Count the tokens of each text that the vocabulary knows."""
    n_known = np.concatenate([[0], np.cumsum(corpus.ids != UNKNOWN)])
    return np.diff(n_known[corpus.clause_offsets[corpus.first_clause]])
