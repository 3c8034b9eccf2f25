"""Keep compiled loops where something can be written, and never use ones of another version."""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

PACKAGE = Path(__file__).resolve().parent

WITHOUT_LOOPS = ("analyze", "cli", "engine", "evaluate", "label", "report", "study", "write")
"""Parts of the package that hold no compiled function, and that none may import."""


@cache
def register_compile_cache() -> None:
    """Tell numba where this package's compiled code is kept; called before any is made.

    Notes
    -----
    numba takes compiled code as current while the file of the function itself is unchanged, but our
    functions call functions of other files: after an upgrade of one of them, old code would be
    mixed with new. So the stamp of every function here covers all sources of the package but those
    of `WITHOUT_LOOPS`. Functions of other packages are left alone.

    The folder is, of those that can be written, the first of: ``NUMBA_CACHE_DIR``, the package, the
    user's cache folder, and a private temporary one that lasts as long as the process (a shared one
    would let others plant code).
    """
    from numba.core import caching

    class PackageLocator(caching._CacheLocator):
        """Locate the compiled code of functions of this package."""

        def __init__(self, py_func: Any, py_file: str) -> None:
            self._file = py_file
            self._line = py_func.__code__.co_firstlineno

        def get_cache_path(self) -> str:
            """Give the folder."""
            return str(find_cache_folder())

        def get_source_stamp(self) -> str:
            """Give what changes whenever the code must be made anew."""
            return hash_sources()

        def get_disambiguator(self) -> str:
            """Tell functions of one name apart."""
            return f"{Path(self._file).relative_to(PACKAGE).as_posix()}:{self._line}".replace(
                "/", "."
            ).replace(":", "-")

        @classmethod
        def from_function(cls, py_func: Any, py_file: str) -> Any:
            """Give a locator for our functions; None for all others."""
            if PACKAGE not in Path(py_file).resolve().parents:
                return None
            return cls(py_func, str(Path(py_file).resolve()))

    implementation = getattr(caching, "CacheImpl", None) or caching._CacheImpl  # before 0.63
    implementation._locator_classes.insert(0, PackageLocator)


@cache
def hash_sources() -> str:
    """Hash every Python file of the package on which compiled code can depend.

    Returns
    -------
    str
    """
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] in WITHOUT_LOOPS:
            continue
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def find_cache_folder() -> Path:
    """Find the folder for compiled code.

    Returns
    -------
    Path
        A folder that exists and can be written.
    """
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    places = [PACKAGE / "__pycache__", Path(caches) / "nlp_cx"]
    if os.environ.get("NUMBA_CACHE_DIR"):
        places.insert(0, Path(os.environ["NUMBA_CACHE_DIR"]) / "nlp_cx")
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=place).close()
        except OSError:
            continue
        return place
    folder = Path(tempfile.mkdtemp(prefix="nlp_cx_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    logger.info("compiled code is kept in %s until the process ends", folder)
    return folder
