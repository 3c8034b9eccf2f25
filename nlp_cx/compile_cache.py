"""Give compiled loops a place to be kept, also where nothing can be written."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

logger = logging.getLogger(__name__)


@cache
def ensure_compile_cache() -> str | None:
    """Make sure that numba finds a folder for compiled code; called before any is made.

    Returns
    -------
    str or None
        The folder that was made; None where numba finds one by itself.

    Notes
    -----
    numba keeps compiled code beside the package, or else in the user's cache folder, or else raises
    an error, as in a container with a read-only root and no home. Then, and only then, a private
    temporary folder is used until the process ends: a shared one would let others plant code. Set
    ``NUMBA_CACHE_DIR`` to keep the code.
    """
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    package = Path(__file__).resolve().parent
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    if _can_write(package / "__pycache__") or _can_write(Path(caches) / "numba"):
        return None
    folder = tempfile.mkdtemp(prefix="nlp_cx_")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = folder
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = folder
    logger.info("compiled code is kept in %s until the process ends", folder)
    return folder


def _can_write(folder: Path) -> bool:
    """Tell whether a file could be made in a folder that exists or could be made."""
    for place in (folder, *folder.parents):
        if place.exists():
            return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return False
