"""Files are joined from the command line, and every row is accounted for."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app
from nlp_cx.cli.table_files import read_table
from nlp_cx.column_roles import read_roles

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
TABLES = [f"--with={SAMPLES / name}.csv" for name in ("customers", "ratings", "orders")]
KEYS = ["--on=interaction_id=order_id", "--on=customer_id"]


def run(*arguments):
    """Run ``nlp-cx``."""
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """Score the sample reviews and chats."""
    folder = tmp_path_factory.mktemp("scored")
    for name in ("reviews.csv", "chats.jsonl"):
        path = folder / f"{name.split('.')[0]}.parquet"
        assert run("score", SAMPLES / name, "-o", path).exit_code == 0
    return folder


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def join(scored, *options, output="ox.parquet"):
    """Join the sample reviews with all tables."""
    return run("join", scored / "reviews.parquet", *TABLES, *KEYS, "-o", output, *options)


def test_samples_from_texts_to_a_table_that_knows_its_roles(scored):
    result = join(
        scored, "--carry=r_stars=stars:mean", "--keep=orders", "--time=ratings:answered_at",
        "--look-ahead=drop", "--role=r_nps=outcome", "--role=o_segment=group",
        "--weights=response:o_segment", "--summary=summary.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    ox = read_table("ox.parquet")
    orders = pd.read_csv(SAMPLES / "orders.csv")
    assert sorted(ox["interaction_id"]) == sorted(orders["order_id"])
    assert ox["x_n_documents"].sum() == 345
    assert ox["o_amount"].sum() == pytest.approx(orders["amount"].sum())
    assert read_roles(ox) == {
        "customer_id": "customer", "x_last_at": "time", "r_nps": "outcome", "o_segment": "group",
        "w_response": "weight",
    }  # fmt: skip
    summary = json.loads(Path("summary.json").read_text(encoding="utf-8"))
    assert (summary["n_rows"], summary["n_silent"]) == (620, 280)
    told = {table["name"]: table for table in summary["tables"]}
    assert list(told) == ["ratings", "orders", "customers"]
    assert told["customers"]["cardinality"] == "m:1"
    assert told["ratings"]["n_rows_dropped"] == 4
    for line in (
        "Joined 345 documents into 620 rows, one per interaction_id.",
        "units of orders: 620, 280 of them without a document",
        "units to rows m:1 (found)",
        "4 outcomes older than feedback of their unit (4 than the last of it only): dropped",
        "338 of 620 units gave text (54.5%)",
        "effective sample size",
    ):
        assert line in result.output


def test_outcomes_before_the_feedback_stop_the_join_and_change_no_file(scored):
    Path("ox.parquet").write_text("before")
    result = join(scored, "--time=ratings:answered_at")
    assert result.exit_code == 2
    assert "Feedback cannot explain what came before it" in result.output
    assert Path("ox.parquet").read_text() == "before"
    assert sorted(path.name for path in Path().iterdir()) == ["ox.parquet"]


def test_a_specification_in_toml_gives_the_same_bytes_as_options(scored):
    Path("ox.toml").write_text(
        """
        keep = "orders"
        carry = {r_stars = "stars:mean"}
        [tables.orders]
        on = ["interaction_id=order_id"]
        cardinality = "1:1"
        columns = {o_amount = "amount", o_store = "store"}
        [tables.customers]
        on = ["customer_id"]
        [tables.ratings]
        on = ["interaction_id=order_id"]
        columns = {r_nps = "nps"}
        """
    )
    assert join(scored, "--spec=ox.toml", output="a.parquet").exit_code == 0
    options = [
        "--keep=orders", "--carry=r_stars=stars:mean", "--cardinality=orders=1:1",
        "--take=orders:o_amount=amount", "--take=orders:o_store=store", "--take=ratings:r_nps=nps",
        "--workers=1",
    ]  # fmt: skip
    assert join(scored, *options, output="b.parquet").exit_code == 0
    assert Path("a.parquet").read_bytes() == Path("b.parquet").read_bytes()


def test_mistakes_of_a_specification_are_named_at_once(scored):
    Path("ox.toml").write_text('kep = "orders"\n[tables.orders]\nfamily = "x"\n')
    result = join(scored, "--spec=ox.toml")
    assert result.exit_code == 2
    assert "ox.toml: 2 mistakes" in result.output
    assert "kep: unknown; did you mean 'keep'?" in result.output
    assert "tables.orders.family" in result.output


def test_chats_are_joined_by_turn(scored):
    result = run("join", scored / "chats.parquet", "-o", "ox.csv")
    assert result.exit_code == 0, result.output
    ox = read_table("ox.csv")
    assert len(ox) == 24
    chats = pq.read_table(scored / "chats.parquet").to_pandas()
    customer = chats[(chats["speaker"] == "customer") & chats["sentiment_score"].notna()]
    first = customer.sort_values("turn").groupby("interaction_id")["sentiment_score"].first()
    found = ox.set_index("interaction_id")["x_first_sentiment"].dropna()
    assert found.to_dict() == pytest.approx(first.to_dict())


def test_store_by_month(scored):
    result = run(
        "join", scored / "reviews.parquet", f"--with={SAMPLES / 'orders.csv'}", "-o", "ox.tsv",
        "--grain=store", "--lookup=orders:interaction_id=order_id:store", "--period=month",
        "--time-zone=Asia/Shanghai", "--on=orders:store", "--time=orders:ordered_at",
        "--take=orders:o_amount=amount:sum", "--keep=orders",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    ox = read_table("ox.tsv")
    orders = pd.read_csv(SAMPLES / "orders.csv", parse_dates=["ordered_at"])
    expected = orders.groupby(["store", orders["ordered_at"].dt.to_period("M")])["amount"].sum()
    assert ox["o_amount"].tolist() == pytest.approx(expected.tolist())
    assert ox["x_n_documents"].sum() == 345
    assert "period of ordered_at" in result.output


def test_hostile_cells_and_names_do_not_act_on_the_terminal(scored):
    Path("bad.csv").write_text("no,\x1b[2Jcol\n\x1b[31mX,1\n[red]Y,2\n")
    result = run(
        "join",
        scored / "reviews.parquet",
        "--with=bad.csv",
        "--on=interaction_id=no",
        "-o",
        "x.csv",
    )
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
    assert "[red]Y" in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--with=nowhere.csv"], "no such file"),
        (["--role=r_nps"], "--role 'r_nps': expected NAME=VALUE"),
        (["--take=lines:a=b"], "begins with no table; given: customers, ratings, orders"),
        (["--as-of=ratings:forward"], "expected TABLE:DIRECTION:WINDOW"),
        (["--as-of=ratings:sideways:3d"], "tables.ratings.asof.direction"),
        (["--cardinality=orders=2:1"], "tables.orders.cardinality"),
        (["--look-ahead=rating=drop"], "no table 'rating'"),
        (["--lookup=orders:store"], "expected TABLE:KEY"),
        ([f"--with={SAMPLES / 'orders.csv'}"], "two tables are named 'orders'"),
        (["--memory-limit=lots"], "the memory limit 'lots'"),
        (["--summary=no/where.json"], "the folder does not exist"),
    ],
)
def test_options_that_make_no_sense_say_what_would(scored, options, message):
    result = join(scored, *options)
    assert result.exit_code == 2
    assert message in result.output
    assert not Path("ox.parquet").exists()


def test_an_input_is_not_overwritten(scored):
    pd.DataFrame({"order_id": ["O1"]}).to_csv("t.csv")
    result = run("join", scored / "reviews.parquet", "--with=t.csv", *KEYS, "-o", "t.csv")
    assert result.exit_code == 2
    assert "would be replaced and is an input too" in result.output


def test_rows_go_to_standard_output_and_the_summary_does_not(scored):
    result = join(scored, "--keep=orders", output="-")
    assert result.exit_code == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(rows) == 620
