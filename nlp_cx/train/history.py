"""The metrics of every epoch, in a file that a resumed run goes on with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nlp_cx.errors import OutputError
from nlp_cx.train.trainer import Epoch

METRICS_FILE = "metrics.jsonl"


class History:
    """Keep the metrics of every epoch.

    Parameters
    ----------
    path : Path
        One JSON object a line; need not exist.
    tell : callable
        Gets every epoch once its line is written.
    """

    def __init__(self, path: Path, tell: Callable[[Epoch], None]) -> None:
        self._path, self._tell = path, tell

    def add(self, epoch: Epoch) -> None:
        """Write a line in its place, and tell.

        Parameters
        ----------
        epoch : Epoch
            Takes the place of lines of the same epoch and of later ones.

        Raises
        ------
        OutputError
            If the file cannot be written; it is then unchanged.
        """
        lines = [line for line in self.read().splitlines() if _epoch_of(line) < epoch.epoch]
        row: Mapping[str, Any] = {
            "epoch": epoch.epoch,
            "n_epochs": epoch.n_epochs,
            **{k: round(float(v), 6) for k, v in epoch.metrics.items()},
            "is_best": epoch.is_best,
        }
        lines.append(json.dumps(row).encode())
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._path.with_suffix(".part")
            beside.write_bytes(b"".join(line + b"\n" for line in lines))
            beside.replace(self._path)
        except OSError as e:
            raise OutputError(f"{self._path}: cannot be written ({e.strerror}).") from e
        self._tell(epoch)

    def read(self) -> bytes:
        """Give the file.

        Returns
        -------
        bytes
            Empty where there is none.
        """
        return self._path.read_bytes() if self._path.is_file() else b""


def _epoch_of(line: bytes) -> int:
    """Read the number of an epoch."""
    try:
        return int(json.loads(line)["epoch"])
    except (ValueError, KeyError, TypeError):
        return 0
