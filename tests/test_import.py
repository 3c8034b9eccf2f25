"""``import nlp_cx`` loads nothing heavy, and what is heavy comes when it is used."""

import subprocess
import sys

HEAVY = [
    *("torch", "transformers", "jieba", "rjieba", "numba", "pandas", "pyarrow", "sklearn", "numpy"),
    *("openpyxl", "xlsxwriter", "typer", "rich", "pyspark", "safetensors"),
]


def run(code):
    """Run code in a process of its own and give what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, nlp_cx; print(sorted(set({HEAVY}) & set(sys.modules)))"
    assert run(code) == "[]"


def test_importing_the_package_is_instant():
    code = "import time; t = time.perf_counter(); import nlp_cx; print(time.perf_counter() - t)"
    assert min(float(run(code)) for _ in range(3)) < 0.3


def test_the_pipeline_loads_neither_torch_nor_segmenters():
    never = ["torch", "transformers", "jieba", "rjieba", "sklearn", "openpyxl", "xlsxwriter"]
    code = f"import sys, nlp_cx; nlp_cx.load; print(sorted(set({never}) & set(sys.modules)))"
    assert run(code) == "[]"


def test_a_name_that_is_not_there_is_an_attribute_error():
    code = "import nlp_cx\ntry: nlp_cx.laod\nexcept AttributeError as e: print(e)"
    assert run(code) == "module 'nlp_cx' has no attribute 'laod'"


def test_public_names_are_there():
    code = "import nlp_cx; print(all(hasattr(nlp_cx, name) for name in nlp_cx.__all__))"
    assert run(code) == "True"
