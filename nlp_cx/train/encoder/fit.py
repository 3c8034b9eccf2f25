"""Train an encoder: guess hidden tokens and learn every label at once."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from nlp_cx.train.encoder.batches import Batch, Reader
from nlp_cx.train.encoder.corpus import Corpus, Rows
from nlp_cx.train.encoder.network import N_STARS, ClauseHead, Encoder, EncoderShape, look
from nlp_cx.train.encoder.state import load_state, save_state
from nlp_cx.train.targets import Targets, label_loss, soft_loss

logger = logging.getLogger(__name__)

_WARM = 300
"""Steps in which the learning rate rises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSettings:
    """How an encoder is trained.

    Parameters
    ----------
    n_steps, n_decay : int
        Steps in all; in the last of them the learning rate falls to nothing and nothing is hidden.
    n_rows, length : int
        Rows of a step and tokens of a row.
    rate : float
        Learning rate, after 300 steps of warming up.
    mask_share : float
        Part of the tokens that are to be guessed.
    mask_weight, soft_weight, stars_weight : float
        Weight of guessing, of a teacher's probabilities and of stars beside the labels.
    dropout : float
    average : float
        Decay of the moving average of the weights, which is what is kept in the end.
    random_state : int
    """

    n_steps: int = 12_000
    n_decay: int = 3_000
    n_rows: int = 32
    length: int = 128
    rate: float = 1.2e-3
    mask_share: float = 0.15
    mask_weight: float = 0.5
    soft_weight: float = 0.5
    stars_weight: float = 0.1
    dropout: float = 0.05
    average: float = 0.998
    random_state: int = 0


class EncoderModel(NamedTuple):
    """A trained encoder with its head."""

    encoder: Encoder
    head: ClauseHead


class Lessons(NamedTuple):
    """What n texts teach.

    Parameters
    ----------
    corpus : Corpus
    targets : Targets
        Of the first ``len(targets.source)`` texts.
    soft : float16 (n, K)
        A teacher's probabilities.
    stars : float32 (n,)
        1 to 5; not a number where there are none.
    repeats : int64 (n,)
        How often a text is read in an epoch.
    """

    corpus: Corpus
    targets: Targets
    soft: npt.NDArray[np.float16]
    stars: npt.NDArray[np.float32]
    repeats: npt.NDArray[np.int64]


def fit_encoder(
    lessons: Lessons,
    shape: EncoderShape,
    settings: EncoderSettings,
    *,
    folder: Path,
    vectors: npt.NDArray[np.float32] | None = None,
    device: str = "cpu",
    on_step: Callable[[int, dict[str, float], EncoderModel], None] | None = None,
    save_every: int = 500,
) -> EncoderModel:
    """Train, or go on where a run was cut off.

    Parameters
    ----------
    lessons : Lessons
    shape : EncoderShape
    settings : EncoderSettings
        A longer ``n_steps`` than before continues a finished run.
    folder : Path
        Keeps the state every `save_every` steps.
    vectors : float32 (n_tokens, width), optional
        Token vectors to begin with.
    device : str, default="cpu"
        As torch names it.
    on_step : callable, optional
        Called every `save_every` steps with the step, mean losses and the averaged model.
    save_every : int, default=500

    Returns
    -------
    EncoderModel
        With averaged weights.

    Raises
    ------
    FloatingPointError
        If the loss is not a number.
    """
    training = _Training(lessons, shape, settings, device=device, vectors=vectors)
    training.resume(folder)
    seen: dict[str, float] = {}
    began, n_done = time.monotonic(), 0
    for rows in training.remaining():
        for name, value in training.run_step(rows).items():
            seen[name] = seen.get(name, 0.0) + value
        n_done += 1
        if training.step % save_every == 0 or training.step == settings.n_steps:
            means = {name: value / n_done for name, value in seen.items()}
            means["seconds_per_step"] = (time.monotonic() - began) / n_done
            logger.info("step %d: %s", training.step, means)
            training.save(folder)
            seen, began, n_done = {}, time.monotonic(), 0
            if on_step is not None:
                on_step(training.step, means, averaged(training.model, training.average))
    return averaged(training.model, training.average)


class _Training:
    """Where a training stands."""

    def __init__(
        self,
        lessons: Lessons,
        shape: EncoderShape,
        settings: EncoderSettings,
        *,
        device: str,
        vectors: npt.NDArray[np.float32] | None,
    ) -> None:
        torch.manual_seed(settings.random_state)
        self.lessons, self.settings, self.step = lessons, settings, 0
        encoder = Encoder(shape, settings.dropout)
        if vectors is not None:
            with torch.no_grad():
                encoder.tokens.weight.copy_(torch.from_numpy(vectors))
        n_sources = int(lessons.targets.source.max()) + 1
        head = ClauseHead(shape.width, shape.n_hidden, lessons.soft.shape[1], n_sources)
        self.model = nn.ModuleDict({"encoder": encoder, "head": head}).to(device)
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        plain = [p for p in self.model.parameters() if p.ndim < 2]
        matrices = [p for p in self.model.parameters() if p.ndim >= 2]
        self.optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}],
            lr=settings.rate,
            betas=(0.9, 0.98),
            fused=True,
        )
        whole = np.zeros(len(lessons.repeats), bool)
        is_labelled = (~torch.isnan(lessons.targets.presence)).any(1).numpy()
        whole[: len(is_labelled)] = is_labelled
        self.reader = Reader(
            lessons.corpus, whole, lessons.repeats, n_rows=settings.n_rows, length=settings.length
        )
        self.learner = _Learner(self.model, lessons, settings, device)
        self.model.train()

    def resume(self, folder: Path) -> None:
        """Take up what was kept."""
        self.step = load_state(folder, self.model, self.optimizer, self.average)

    def save(self, folder: Path) -> None:
        """Keep where it stands."""
        save_state(folder, self.model, self.optimizer, self.average, self.step)

    def remaining(self) -> Iterator[Rows]:
        """Give the rows of the steps that are left, epoch after epoch."""
        begun, epoch = self.step, 0
        position = 0
        while position < self.settings.n_steps:
            for rows in self.reader.epoch(self.settings.random_state + 1_000_003 * epoch):
                if begun <= position < self.settings.n_steps:
                    yield rows
                position += 1
            epoch += 1

    def run_step(self, rows: Rows) -> dict[str, float]:
        """Train on one batch; give its losses."""
        settings, step = self.settings, self.step
        # Each step has its own seed, so that a run that was cut off draws the same.
        rng = np.random.default_rng((settings.random_state, step))
        torch.manual_seed(settings.random_state * 1_000_003 + step)
        left = settings.n_steps - step
        factor = min(1.0, (step + 1) / _WARM, left / max(settings.n_decay, 1))
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate * max(factor, 0.01)
        mask_share = settings.mask_share if left > settings.n_decay else 0.0
        losses = self.learner.loss(self.reader.make(rows, mask_share, rng), rng)
        total = torch.stack(list(losses.values())).sum()
        if not math.isfinite(float(total.detach())):
            raise FloatingPointError(
                f"the loss is {float(total.detach())} at step {step}; expected a number. Lower "
                "the learning rate."
            )
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        with torch.no_grad():
            keep = min(settings.average, self.step / (self.step + 20))
            for name, p in self.model.named_parameters():
                self.average[name].lerp_(p, 1 - keep)
        return {name: float(value.detach()) for name, value in losses.items()}


def averaged(model: nn.ModuleDict, average: dict[str, Tensor]) -> EncoderModel:
    """Give a copy with averaged weights, on the CPU, to be used and not trained."""
    import copy

    copied = copy.deepcopy(model)
    with torch.no_grad():
        for name, p in copied.named_parameters():
            p.copy_(average[name])
    copied = copied.cpu().eval()
    return EncoderModel(copied["encoder"], copied["head"])


class _Learner:
    """The losses of a batch."""

    def __init__(
        self, model: nn.ModuleDict, lessons: Lessons, settings: EncoderSettings, device: str
    ) -> None:
        self.model, self.lessons, self.settings, self.device = model, lessons, settings, device
        ids = lessons.corpus.ids
        frequency = np.bincount(ids, minlength=model["encoder"].shape.n_tokens).astype(float)
        self.draw = frequency**0.5 / (frequency**0.5).sum()
        self.draw_sum = np.cumsum(self.draw)

    def loss(self, batch: Batch, rng: np.random.Generator) -> dict[str, Tensor]:
        """Compute the losses."""
        settings, lessons = self.settings, self.lessons
        encoder, head = self.model["encoder"], self.model["head"]
        texts = batch.texts
        on = Batch(*(x.to(self.device) for x in batch))
        with torch.autocast(torch.device(self.device).type, torch.bfloat16):
            attended = look(on.seen, on.text, torch.bfloat16)
            states = encoder(on.ids, on.position, attended).reshape(-1, encoder.shape.width)
        out = head(states[on.places], on.clause, on.clause_text, len(texts))
        n_labelled = len(lessons.targets.source)
        labelled = torch.nonzero(texts < n_labelled)[:, 0]
        targets = Targets(*(x.to(self.device) for x in lessons.targets.take(texts[labelled])))
        bias = head.source_bias
        offset = bias(targets.source) - bias.weight[0]
        logits = out.logits + bias.weight[0]
        taught = torch.from_numpy(lessons.soft[texts.numpy()].astype(np.float32)).to(self.device)
        n = max(len(texts), 1)
        labelled = labelled.to(self.device)
        losses = {
            "labels": label_loss(logits[labelled] + offset, targets) / n,
            "soft": settings.soft_weight * soft_loss(logits, taught) / n,
        }
        stars = torch.from_numpy(lessons.stars[texts.numpy()]).to(self.device)
        rated = ~torch.isnan(stars)
        if bool(rated.any()):
            wanted = (stars[rated].round().long() - 1).clamp(0, N_STARS - 1)
            cost = functional.cross_entropy(out.stars[rated], wanted, reduction="sum")
            losses["stars"] = settings.stars_weight * cost / n
        if len(batch.hidden_ids):
            losses["hidden"] = settings.mask_weight * self._guess(
                encoder, states[on.hidden_places], batch.hidden_ids, rng
            )
        return losses

    def _guess(
        self, encoder: Encoder, states: Tensor, wanted: Tensor, rng: np.random.Generator
    ) -> Tensor:
        """Cross-entropy of the hidden tokens among themselves and some more."""
        drawn = np.searchsorted(self.draw_sum, rng.random(3_000))
        candidates = np.unique(np.concatenate([wanted.numpy(), drawn.clip(0, len(self.draw) - 1)]))
        place = torch.from_numpy(np.searchsorted(candidates, wanted.numpy())).to(self.device)
        rows = encoder.tokens.weight[torch.from_numpy(candidates).to(self.device)]
        with torch.autocast(torch.device(self.device).type, torch.bfloat16):
            scores = states @ rows.T
        return functional.cross_entropy(scores.float(), place)
