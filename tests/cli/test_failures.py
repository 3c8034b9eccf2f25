"""Exit codes and messages when a command cannot go on."""

import os
import signal
import subprocess
import sys

import pytest
import typer

from nlp_cx.cli.failures import plain_failures
from nlp_cx.errors import ConfigError, InputError, MissingDependencyError, OutputError


def outcome(error, *, debug=False):
    """Give the exit code of a command that ends with `error`."""
    with pytest.raises(typer.Exit) as ended, plain_failures(debug=debug):
        raise error
    return ended.value.exit_code


@pytest.mark.parametrize("kind", [InputError, OutputError, MissingDependencyError])
def test_what_the_user_can_mend_is_one_line_and_code_2(capsys, kind):
    assert outcome(kind("reviews.csv, line 7: 2 cells, expected 3.")) == 2
    captured = capsys.readouterr()
    assert captured.err == "error: reviews.csv, line 7: 2 cells, expected 3.\n"
    assert captured.out == ""


def test_debug_shows_the_traceback_too(capsys):
    assert outcome(InputError("bad cell"), debug=True) == 2
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert err.endswith("error: bad cell\n")


def test_a_hostile_name_in_a_message_cannot_act_on_the_terminal(capsys):
    outcome(InputError("\x1b[2J\x1b]0;title\x07evil\u202e.csv\nerror: all is well"))
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err
    assert err.count("\n") == 1


def test_an_interrupt_ends_with_130(capsys):
    assert outcome(KeyboardInterrupt()) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_anything_else_is_called_a_bug_and_names_debug(capsys):
    assert outcome(ZeroDivisionError("division by zero")) == 1
    err = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero. This is a bug in nlp_cx; please report it." in err
    assert "--debug" in err
    assert "Traceback" not in err


def test_a_refusal_of_the_system_is_no_bug(capsys):
    assert outcome(OSError(28, "No space left on device", "/root/.cache/x")) == 2
    err = capsys.readouterr().err
    assert "the system refused: [Errno 28] No space left on device: '/root/.cache/x'" in err
    assert "a bug" not in err


def test_a_bug_shows_its_traceback_with_debug(capsys):
    assert outcome(ZeroDivisionError("x"), debug=True) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_planned_exit_passes_through():
    assert outcome(typer.Exit(7)) == 7


def test_a_reader_that_goes_away_ends_the_command_quietly():
    code = """
import sys, typer
from nlp_cx.cli.failures import plain_failures
def write_on():
    with plain_failures(debug=False):
        while True:
            sys.stdout.buffer.write(b"x" * 4096)
            sys.stdout.buffer.flush()
typer.run(write_on)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("called", ["stop()", "from_c()"])
def test_a_request_to_stop_unwinds_even_where_c_code_swallows_it(tmp_path, number, called):
    code = f"""
import ctypes, os, signal, typer
from nlp_cx.cli.failures import plain_failures, unwind_on_signals

def stop():
    os.kill(os.getpid(), {int(number)})

def from_c():
    ctypes.CFUNCTYPE(None)(stop)()
    raise RuntimeError("nothing came back from C")

def command():
    with plain_failures(debug=False):
        try:
            {called}
        finally:
            open({str(tmp_path / "cleaned")!r}, "w").close()

signal.signal(signal.SIGINT, signal.default_int_handler)
unwind_on_signals()
typer.run(command)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, timeout=60
    )
    assert ended.stderr == b"stopped; outputs are as they were before.\n"
    assert ended.returncode == 128 + number
    assert (tmp_path / "cleaned").exists()


def test_every_mistake_of_a_configuration_is_a_line_of_its_own(capsys):
    outcome(ConfigError("rules.toml: 2 mistakes.\n  owner: missing\n  key: unknown\x1b[2J"))
    assert capsys.readouterr().err.splitlines() == [
        "error: rules.toml: 2 mistakes.",
        "  owner: missing",
        "  key: unknown\\x1b[2J",
    ]
