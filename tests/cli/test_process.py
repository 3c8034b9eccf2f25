"""The command as a process: start, streams, signals, a full disk."""

import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time

import pytest

RUN = "from nlp_cx.cli.app import main; main()"


def start(*arguments, **options):
    """Start ``nlp-cx`` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=options.pop("stderr", subprocess.PIPE),
        **options,
    )


def finish(process, stdin=b""):
    """Wait; give exit code, output and errors."""
    stdout, stderr = process.communicate(stdin, timeout=300)
    return process.returncode, stdout, stderr


def rows(n):
    """Make JSON lines."""
    return b"".join(
        json.dumps({"n": i, "review": f"第{i}次来，服务很好"}).encode() + b"\n" for i in range(n)
    )


def test_help_is_there_without_loading_anything_heavy():
    code = (
        "import sys; from nlp_cx.cli.app import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'numba', 'jieba', 'sklearn', 'torch'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    assert b"score" in ended.stdout


def test_version_is_printed():
    code, stdout, _ = finish(start("--version"))
    assert code == 0
    assert stdout.startswith(b"nlp-cx 0.")


def test_a_missing_option_is_a_usage_error():
    code, _, stderr = finish(start("score", "in.csv"))
    assert code == 2
    assert b"--output" in stderr


def test_nothing_but_the_summary_off_terminals(model, tmp_path):
    code, stdout, stderr = finish(
        start("score", "-", "-o", tmp_path / "out.csv", "--model", model), rows(50)
    )
    assert (code, stderr) == (0, b"")
    assert stdout.startswith(b"Scored 50 reviews in ")
    assert b"\x1b" not in stdout


def test_progress_is_drawn_on_a_terminal(model, tmp_path):
    (tmp_path / "in.jsonl").write_bytes(rows(2_000))
    ours, theirs = pty.openpty()
    process = start(
        *("score", tmp_path / "in.jsonl", "-o", tmp_path / "out.csv", "--model", model),
        *("--chunk-rows", 100),
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    drawn = b""
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not piece:
            break
        drawn += piece
    os.close(ours)
    code, stdout, _ = finish(process)
    assert code == 0
    assert b"scoring" in drawn
    assert b"rows/s" in drawn
    assert b"rows/s" in stdout


def hear_interrupts():
    """Undo what a shell does to commands in its background: they ignore interrupts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_an_interrupted_run_leaves_the_previous_outputs(model, tmp_path, number, expected):
    (tmp_path / "in.jsonl").write_bytes(rows(50_000))
    (tmp_path / "out.jsonl").write_text("before")
    arguments = ("score", "in.jsonl", "-o", "out.jsonl", "--evidence", "e.csv", "--model", model)
    process = start(*arguments, "--chunk-rows", 1, cwd=tmp_path, preexec_fn=hear_interrupts)
    while not any(p.suffix == ".tmp" and p.stat().st_size for p in tmp_path.iterdir()):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    code, stdout, stderr = finish(process)
    assert code == expected
    assert stdout == b""
    assert b"Traceback" not in stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]
    assert (tmp_path / "out.jsonl").read_text() == "before"


def limit_files():
    """Let every file end at 20,000 bytes, as a full disk would."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


@pytest.fixture(scope="module")
def compiled(model, tmp_path_factory):
    """Have all loops compiled and cached, which takes room on the disk too."""
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "in.jsonl").write_bytes(rows(10))
    arguments = ("score", "in.jsonl", "-o", "out.csv", "--evidence", "e.csv", "--model", model)
    assert finish(start(*arguments, cwd=folder))[0] == 0


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xlsx"])
def test_a_full_disk_leaves_the_previous_outputs(model, tmp_path, ending):
    (tmp_path / "in.jsonl").write_bytes(rows(3_000))
    (tmp_path / f"out{ending}").write_text("before")
    code, stdout, stderr = finish(
        start(
            *("score", "in.jsonl", "-o", f"out{ending}", "--evidence", "evidence.csv"),
            *("--model", model),
            cwd=tmp_path,
            preexec_fn=limit_files,
        )
    )
    assert code == 2
    assert stdout == b""
    assert stderr.startswith(b"error: ")
    assert b"Free some space" in stderr
    assert b"Traceback" not in stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", f"out{ending}"]
    assert (tmp_path / f"out{ending}").read_text() == "before"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_standard_output_is_an_error(model):
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", RUN, "score", "-", "-o", "-", "--model", model],
            input=rows(5),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=300,
        )
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"error: standard output: ")


def test_a_reader_that_goes_away_ends_the_run_quietly(model, tmp_path):
    (tmp_path / "in.jsonl").write_bytes(rows(20_000))
    process = start(
        *("score", tmp_path / "in.jsonl", "-o", "-", "--model", model, "--chunk-rows", 100)
    )
    process.stdout.readline()
    process.stdout.close()
    process.stdin.close()
    assert process.stderr.read() == b""
    assert process.wait(300) == 141
