"""A pre-trained encoder, fine-tuned on the gold labels, that teaches the small models."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nlp_cx.errors import MissingDependencyError, ModelError
from nlp_cx.train.fit_hashed import check_finite
from nlp_cx.train.targets import Targets, label_loss, to_probabilities

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherSettings:
    """How the encoder is fine-tuned.

    Parameters
    ----------
    n_tokens : int
        A longer text is cut: this model teaches, it does not serve.
    n_batch : int
        Texts of a step.
    rate, head_rate : float
        Learning rates of the encoder and of the new outputs, falling linearly to nothing.
    n_epochs : int
    random_state : int
    """

    n_tokens: int = 96
    n_batch: int = 32
    rate: float = 6e-5
    head_rate: float = 1e-3
    n_epochs: int = 2
    random_state: int = 0


class TransformerTeacher(nn.Module):
    """Mean-pooled encoder with linear outputs.

    Parameters
    ----------
    checkpoint : str or path
        Folder with a Hugging Face encoder and its tokenizer (safetensors weights).
    n_outputs, n_sources : int
    settings : TeacherSettings

    Raises
    ------
    MissingDependencyError
        If transformers is not installed.
    ModelError
        If the checkpoint cannot be loaded.
    """

    def __init__(
        self,
        checkpoint: str | os.PathLike[str],
        n_outputs: int,
        n_sources: int,
        settings: TeacherSettings,
    ) -> None:
        super().__init__()
        try:
            from transformers import AutoModel, AutoTokenizer
        except ImportError as e:
            raise MissingDependencyError(
                "transformers is not installed; run: pip install 'nlp_cx[train]'"
            ) from e
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(checkpoint, local_files_only=True)
            self.encoder = AutoModel.from_pretrained(
                checkpoint, local_files_only=True, use_safetensors=True
            )
        except (OSError, ValueError) as e:
            raise ModelError(f"{checkpoint}: not a checkpoint that can be loaded ({e}).") from e
        self.settings = settings
        torch.manual_seed(settings.random_state)
        self.head = nn.Linear(self.encoder.config.hidden_size, n_outputs)
        self.source_bias = nn.Embedding(n_sources, n_outputs)
        self.dropout = nn.Dropout(0.1)
        with torch.no_grad():
            self.source_bias.weight.zero_()

    def forward(self, texts: Sequence[str], source: Tensor) -> Tensor:
        """Compute logits (n_texts, K)."""
        tokens = self.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self.settings.n_tokens,
            return_tensors="pt",
        )
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.encoder(**tokens).last_hidden_state
        mask = tokens["attention_mask"][:, :, None].to(torch.float32)
        pooled = (hidden.float() * mask).sum(1) / mask.sum(1)
        logits: Tensor = self.head(self.dropout(pooled)) + self.source_bias(source)
        return logits

    def fit(self, texts: Sequence[str], targets: Targets) -> TransformerTeacher:
        """Fine-tune on labelled texts.

        Parameters
        ----------
        texts : sequence of str, length n
        targets : Targets
            Of the n texts.

        Returns
        -------
        TransformerTeacher
            Itself.
        """
        settings = self.settings
        rng = np.random.default_rng(settings.random_state)
        optimizer = torch.optim.AdamW(
            [
                {"params": self.encoder.parameters(), "lr": settings.rate},
                {"params": self.head.parameters(), "lr": settings.head_rate},
                {"params": self.source_bias.parameters(), "lr": settings.head_rate},
            ],
            weight_decay=1e-2,
        )
        rates = [group["lr"] for group in optimizer.param_groups]
        n_steps = settings.n_epochs * -(-len(texts) // settings.n_batch)
        step = 0
        for epoch in range(settings.n_epochs):
            self.train()
            total = 0.0
            for rows in _batches(texts, settings.n_batch, rng):
                left = min(1.0, 10 * (step + 1) / n_steps) * (1 - step / n_steps)
                for group, rate in zip(optimizer.param_groups, rates, strict=True):
                    group["lr"] = rate * left
                step += 1
                batch = targets.take(torch.from_numpy(rows))
                loss = label_loss(self([texts[i] for i in rows], batch.source), batch) / len(rows)
                check_finite(float(loss.detach()), epoch)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.parameters(), 1.0)
                optimizer.step()
                total += float(loss.detach()) * len(rows)
            logger.info("transformer epoch %d: loss %.4f", epoch, total / len(texts))
        return self

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Compute probabilities as :func:`nlp_cx.train.targets.soft_loss` takes them.

        Parameters
        ----------
        texts : sequence of str, length n

        Returns
        -------
        ndarray of float32, shape (n, K)
        """
        self.eval()
        order = np.argsort([len(text) for text in texts], kind="stable")
        logits = np.empty((len(texts), self.head.out_features), np.float32)
        with torch.inference_mode():
            for a in range(0, len(order), 64):
                rows = order[a : a + 64]
                source = torch.zeros(len(rows), dtype=torch.int64)
                logits[rows] = self([texts[i] for i in rows], source).numpy()
        return to_probabilities(logits)


def _batches(
    texts: Sequence[str], n_batch: int, rng: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    """Cut a random order into batches of texts of like length, in random order."""
    lengths = np.array([len(text) for text in texts])
    order = rng.permutation(len(texts))
    batches = []
    for a in range(0, len(order), 50 * n_batch):
        block = order[a : a + 50 * n_batch]
        block = block[np.argsort(lengths[block], kind="stable")]
        batches += [block[b : b + n_batch] for b in range(0, len(block), n_batch)]
    return [batches[i] for i in rng.permutation(len(batches))]
