"""How a command ends when it cannot go on: one message, one exit code, no traceback."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

import typer

from nlp_cx.errors import ConfigError, JoinError, NlpCxError

BAD_INPUT = 2
BUG = 1
BROKEN_PIPE = 141  # 128 + SIGPIPE, which not every system has
"""Exit codes, as shells know them; a signal ends the command with 128 and its number."""

_received: list[int] = []
"""Signals that asked the command to stop. Code that is called from C (the compiler of the scoring
loops) swallows the exception of the handler, and something else fails a little later."""


@contextlib.contextmanager
def plain_failures(*, debug: bool) -> Iterator[None]:
    """Turn exceptions of a command into a message on standard error and an exit code.

    Parameters
    ----------
    debug : bool
        Show the traceback too.

    Raises
    ------
    typer.Exit
        With code 2 for what is to be mended outside, 130 for an interrupt, 141 where the reader of
        standard output went away, 1 for everything else, which is a bug.
    """
    from nlp_cx.cli.console import say

    try:
        yield
    except (typer.Exit, SystemExit):
        raise
    except NlpCxError as e:
        _trace(debug)
        # Mistakes of a configuration stand on lines of their own; nothing else breaks lines.
        first, *more = str(e).split("\n  ") if isinstance(e, ConfigError | JoinError) else [str(e)]
        say(first, label="error: ", style="bold red")
        for line in more:
            say(f"  {line}")
        raise typer.Exit(BAD_INPUT) from e
    except BrokenPipeError as e:
        # Python would complain once more when it flushes standard output at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(BROKEN_PIPE) from e
    except (KeyboardInterrupt, Exception) as e:
        _trace(debug)
        if _received or isinstance(e, KeyboardInterrupt):
            say("stopped; outputs are as they were before.")
            raise typer.Exit(128 + (_received or [signal.SIGINT])[0]) from e
        hint = "" if debug else " Run again with --debug to see where."
        if isinstance(e, OSError):
            # Not a file of the user's, which every part reports itself: a cache, a temporary file.
            say(f"the system refused: {e}.{hint}", label="error: ", style="bold red")
            raise typer.Exit(BAD_INPUT) from e
        what = f"{type(e).__name__}: {e}. This is a bug in nlp_cx; please report it.{hint}"
        say(what, label="error: ", style="bold red")
        raise typer.Exit(BUG) from e


def unwind_on_signals() -> None:
    """Let requests to stop unwind like an exception, so that temporary files are removed."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        del frame
        _received.append(number)
        raise KeyboardInterrupt

    def report(unraisable: sys.UnraisableHookArgs) -> None:
        if not isinstance(unraisable.exc_value, KeyboardInterrupt):
            sys.__unraisablehook__(unraisable)

    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored
        signal.signal(signal.SIGINT, stop)
    sys.unraisablehook = report


def _trace(wanted: bool) -> None:
    """Print the traceback of the exception being handled."""
    if wanted:
        traceback.print_exc()
