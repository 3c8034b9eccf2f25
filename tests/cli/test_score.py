"""The main job: files in, tables and a summary out."""

import json

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from nlp_cx.schema import conversations_schema, scored_schema

REVIEWS = """\
order,评论,note
A1,房间很干净，但是前台态度差,"a ""quoted"" cell"
A2,Delivery took three weeks!,=1+1
A3,,"two
lines"
A4,😀👍,-5
A5,電話打不通，退款也唔返,
"""

CHATS = [
    {
        "id": "c1",
        "turns": [
            {"speaker": "客户", "text": "快递三天了还没到，太慢了"},
            {"speaker": "客服", "text": "非常抱歉，马上为您查询"},
            {"speaker": "客户", "text": "好的，谢谢"},
        ],
    },
    {
        "id": "c2",
        "turns": [
            {"speaker": "Mika", "text": "hmm"},
            {"speaker": "Robin", "text": "hm"},
        ],
    },
]


@pytest.fixture
def reviews(tmp_path):
    """Write a small csv file."""
    path = tmp_path / "reviews.csv"
    path.write_text(REVIEWS, encoding="utf-8", newline="")
    return path


@pytest.fixture
def chats(tmp_path):
    """Write a small file of nested chats."""
    path = tmp_path / "chats.jsonl"
    lines = (json.dumps(chat, ensure_ascii=False) for chat in CHATS)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path):
    """Read any output as a table of strings or of its own types."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".xlsx":
        header, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        return [dict(zip(header, row, strict=True)) for row in rows]
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    table = pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(
            delimiter="\t" if path.suffix == ".tsv" else ",", newlines_in_values=True
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    return table.to_pylist()


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".parquet", ".xlsx"])
def test_every_row_comes_back_in_order_with_its_columns_and_labels(
    nlp_cx, reviews, tmp_path, ending
):
    result = nlp_cx("score", reviews, "-o", f"out{ending}")
    assert result.exit_code == 0, result.output
    rows = read(tmp_path / f"out{ending}")
    assert [row["order"] for row in rows] == ["A1", "A2", "A3", "A4", "A5"]
    assert rows[0]["评论"] == "房间很干净，但是前台态度差"
    assert rows[0]["note"] == 'a "quoted" cell'
    assert rows[2]["note"] == "two\nlines"
    assert [row["lang"] for row in rows[:2]] == ["zh-Hans", "en"]
    assert rows[2]["sentiment"] is None
    assert rows[0]["sentiment"] in ("negative", "neutral", "positive")
    names = list(rows[0])
    assert names[:3] == ["order", "评论", "note"]
    assert [n for n in scored_schema().names if n in names] == names[3:]


def test_the_summary_names_what_was_taken_and_found(nlp_cx, reviews):
    text = nlp_cx("score", reviews, "-o", "out.csv").stdout
    assert text.startswith("Scored 5 reviews in ")
    assert f"{reviews}: csv, utf-8\n" in text
    assert "The text is column '评论'." in text
    assert "nothing to score in " in text
    assert "out.csv: 1 text cell with = + - @" in text
    assert "--excel-safe" in text
    assert "out.csv (5 rows)\n" in text


def test_quiet_says_nothing(nlp_cx, reviews):
    result = nlp_cx("score", reviews, "-o", "out.csv", "--quiet")
    assert result.output == ""
    assert result.exit_code == 0


def test_excel_safe_escapes_cells_that_a_spreadsheet_would_run(nlp_cx, reviews, tmp_path):
    result = nlp_cx("score", reviews, "-o", "out.csv", "--excel-safe")
    assert [row["note"] for row in read(tmp_path / "out.csv")][1:4:2] == ["'=1+1", "-5"]
    assert "got a ' before it" in result.stdout


def test_lean_gives_labels_without_the_input(nlp_cx, reviews, tmp_path):
    nlp_cx("score", reviews, "-o", "out.parquet", "--columns", "lean")
    names = pq.read_schema(tmp_path / "out.parquet").names
    assert "评论" not in names
    assert not [name for name in names if name.startswith("p_")]
    assert {"doc_id", "lang", "sentiment", "price", "price_score", "model"} <= set(names)


def test_evidence_points_into_the_original_text(nlp_cx, reviews, tmp_path):
    result = nlp_cx(
        "score", reviews, "-o", "out.parquet", "--id", "order", "--evidence", "evidence.parquet"
    )
    assert result.exit_code == 0, result.output
    texts = {row["doc_id"]: row["评论"] for row in read(tmp_path / "out.parquet")}
    rows = read(tmp_path / "evidence.parquet")
    assert rows
    assert all(texts[r["doc_id"]][r["start"] : r["end"]] == r["clause"] for r in rows)
    assert f"evidence.parquet ({len(rows)} rows)" in result.stdout


def test_evidence_of_a_workbook_points_into_the_text_that_is_given_out(nlp_cx, tmp_path):
    texts = ["太贵了_x000D_\n客服态度很差", "_x000D_ 很好用", "房间很干净\r\n但是前台态度差"]
    book = openpyxl.Workbook()
    for row in [
        ["id", "text"],
        *([i, text.replace("\r", "_x000D_")] for i, text in enumerate(texts)),
    ]:
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    result = nlp_cx("score", "in.xlsx", "-o", "out.xlsx", "--evidence", "e.xlsx")
    assert result.exit_code == 0, result.output
    # Scored again, what was written is the text that the offsets point into.
    nlp_cx("score", "out.xlsx", "-o", "out.jsonl", "--text", "text", "--id", "id")
    nlp_cx("score", "e.xlsx", "-o", "e.jsonl", "--text", "clause", "--id", "doc_id")
    given = {row["doc_id"]: row["text"] for row in read(tmp_path / "out.jsonl")}
    assert given == {i: text.replace("_x000D_", "\r") for i, text in enumerate(texts)}
    rows = read(tmp_path / "e.jsonl")
    assert len(rows) >= 3
    assert all(given[r["doc_id"]][r["start"] : r["end"]] == r["clause"] for r in rows)


def test_the_bytes_do_not_depend_on_threads_and_chunks(nlp_cx, samples, tmp_path):
    written = set()
    for workers, chunk_rows in ((1, 16_384), (2, 7), (3, 50)):
        for name in ("out.parquet", "evidence.csv"):
            (tmp_path / name).unlink(missing_ok=True)
        result = nlp_cx(
            *("score", samples / "reviews.csv", "-o", "out.parquet", "--evidence", "evidence.csv"),
            *("--workers", workers, "--chunk-rows", chunk_rows),
        )
        assert result.exit_code == 0, result.output
        written.add(
            ((tmp_path / "out.parquet").read_bytes(), (tmp_path / "evidence.csv").read_bytes())
        )
    assert len(written) == 1


def test_the_bytes_of_masked_chats_do_not_either(nlp_cx, tmp_path):
    lines = [
        {
            "id": f"c{i}",
            "title": ["找王先生 13700137001", "找李先生 13700137001", "好"][i % 3],
            "buyer_name": f"买家{i}",
            "turns": [
                {"speaker": "客户", "text": f"太慢了 {i}"},
                {"speaker": "小李", "text": "好"},
            ],
        }
        for i in range(40)
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    written = set()
    for workers, chunk_rows in ((1, 16_384), (2, 5)):
        nlp_cx(
            *("score", "in.jsonl", "-o", "out.parquet", "--mask-pii"),
            *("--workers", workers, "--chunk-rows", chunk_rows),
        )
        written.add((tmp_path / "out.parquet").read_bytes())
        assert set(pq.read_table(tmp_path / "out.parquet")["title"].to_pylist()) == {
            "找*先生 ***********",
            "好",
        }
    assert len(written) == 1


def test_the_bytes_of_chats_do_not_either(nlp_cx, samples, tmp_path):
    written = set()
    for workers, chunk_rows in ((1, 16_384), (2, 5)):
        result = nlp_cx(
            *("score", samples / "chats.jsonl", "-o", "out.csv", "--conversations", "conv.csv"),
            *("--workers", workers, "--chunk-rows", chunk_rows),
        )
        assert result.exit_code == 0, result.output
        written.add(((tmp_path / "out.csv").read_bytes(), (tmp_path / "conv.csv").read_bytes()))
    assert len(written) == 1


def test_only_customer_turns_are_scored_and_all_are_kept(nlp_cx, chats, tmp_path):
    result = nlp_cx("score", chats, "-o", "out.parquet", "--customer", "Mika", "--agent", "Robin")
    assert result.exit_code == 0, result.output
    rows = read(tmp_path / "out.parquet")
    assert [row["speaker"] for row in rows] == [
        "customer",
        "agent",
        "customer",
        "customer",
        "agent",
    ]
    assert [row["turn"] for row in rows] == [0, 1, 2, 0, 1]
    assert [row["interaction_id"] for row in rows] == ["c1"] * 3 + ["c2"] * 2
    assert all(row["sentiment"] is None for row in rows if row["speaker"] == "agent")
    assert rows[0]["sentiment"] is not None
    assert result.stdout.startswith("Scored 3 customer turns among 5 turns in ")


def test_speakers_of_unknown_role_are_named_with_the_remedy(nlp_cx, chats):
    text = nlp_cx("score", chats, "-o", "out.parquet").stdout
    assert 'speaker "Mika" in 1 turn: role unknown; say --customer Mika or --agent Mika' in text


def test_one_row_per_conversation_is_written_where_asked(nlp_cx, chats, tmp_path):
    result = nlp_cx("score", chats, "-o", "out.csv", "--conversations", "conv.parquet")
    assert result.exit_code == 0, result.output
    table = pq.read_table(tmp_path / "conv.parquet")
    assert tuple(table.column_names) == conversations_schema().names
    for column in conversations_schema().columns:
        if column.type is not None:
            assert table.schema.field(column.name).type == column.type
    rows = table.to_pylist()
    assert [row["interaction_id"] for row in rows] == ["c1", "c2"]
    assert [row["n_turns"] for row in rows] == [3, 2]
    assert rows[0]["said_thanks"] is True
    assert "conv.parquet (2 rows)" in result.stdout


def test_whole_number_ids_stay_whole_numbers(nlp_cx, tmp_path):
    frame = pd.DataFrame(
        {
            "session": pd.array([2**60, None, 7], "Int64"),
            "speaker": ["customer", "customer", "agent"],
            "text": ["太慢了", "你好", "好的"],
        }
    )
    frame.to_parquet(tmp_path / "log.parquet")
    result = nlp_cx("score", "log.parquet", "-o", "out.csv", "--conversations", "conv.parquet")
    assert result.exit_code == 0, result.output
    ids = pq.read_table(tmp_path / "conv.parquet")["interaction_id"]
    assert ids.type == pa.int64()
    assert ids.to_pylist() == [2**60, 7]
    assert "1 rows without interaction_id left out" in result.stdout


def test_options_for_chats_are_refused_for_reviews(nlp_cx, reviews, tmp_path):
    result = nlp_cx("score", reviews, "-o", "out.csv", "--conversations", "conv.csv")
    assert result.exit_code == 2
    assert "holds no chats" in result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["reviews.csv"]


def test_personal_data_is_masked_in_place_and_counted(nlp_cx, tmp_path):
    text = "请联系我，手机 13800138000，邮箱 buyer@example.com"
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": text}) + "\n", encoding="utf-8")
    result = nlp_cx("score", "in.jsonl", "-o", "out.jsonl", "--mask-pii", "--evidence", "e.jsonl")
    masked = read(tmp_path / "out.jsonl")[0]["text"]
    assert len(masked) == len(text)
    for path in ("out.jsonl", "e.jsonl"):
        written = (tmp_path / path).read_text(encoding="utf-8")
        assert "13800138000" not in written
        assert "buyer@example.com" not in written
    assert "Masked" in result.stdout
    assert "mobile 1" in result.stdout


PERSONAL = """\
order_id,title,conversation_text,phone,created_at,review
13800138000,找王先生 13700137001,"客户: 我叫李小红, 邮箱 a.b@example.com",2125550142,2024-05-01 10:02:33,太贵了
A2,Ms Lee called,身份证11010519491231002X,,2024-05-02 10:02:33,"还行, 微信号 abc_12345"
A3,x,y,13700137002,2024-05-03,好,张小红 13700137003
"""
SECRETS = (
    "13700137001", "李小红", "a.b@example.com", "2125550142", "Lee", "11010519491231002X",
    "abc_12345", "13700137002", "13700137003", "张小红",
)  # fmt: skip


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_personal_data_of_all_columns_and_bad_rows_are_masked(nlp_cx, tmp_path, ending):
    (tmp_path / "in.csv").write_text(PERSONAL, encoding="utf-8")
    result = nlp_cx("score", "in.csv", "-o", f"out{ending}", "--mask-pii")
    assert result.exit_code == 0, result.output
    given = [line.split(",") for line in PERSONAL.splitlines()]
    rows = read(tmp_path / f"out{ending}")
    shown = "\n".join(
        [*(str(row) for row in rows), (tmp_path / f"out{ending}.rejected.jsonl").read_text("utf-8")]
    )
    assert [secret for secret in SECRETS if secret in shown] == []
    assert [row["order_id"] for row in rows] == ["13800138000", "A2"]
    assert [str(row["created_at"])[:19] for row in rows] == [given[1][5], given[2][4]]
    assert rows[1]["title"] == "Ms *** called"
    said = " ".join(result.stdout.split())
    assert "Masked email 1, id_card 1, landline 1, mobile 3, name 3, wechat_id 1 in" in said
    assert "in 'review' 1, 'title' 3, 'conversation_text' 3, 'phone' 1, rejected rows 2 " in said
    assert result.stdout.count("Column 'order_id' holds what looks like personal data") == 1
    assert "(mobile 1): keys are not masked. Take another with --interaction" in result.stdout
    assert "(1 masked as a whole: cells cannot be told apart there)" in result.stdout


def test_a_bad_row_that_ends_the_run_is_shown_masked(nlp_cx, tmp_path):
    (tmp_path / "in.csv").write_text(
        "id,review\n1,好\n2,我叫李小红,13700137001\n", encoding="utf-8"
    )
    result = nlp_cx("score", "in.csv", "-o", "out.csv", "--mask-pii", "--on-bad-row", "fail")
    assert result.exit_code == 2
    assert "'2,我叫***,***********'" in result.stderr


def test_names_of_speakers_are_masked_and_roles_still_told(nlp_cx, tmp_path):
    turns = [
        {"speaker": "客服小李", "text": "您好", "note": {"full_name": "李小红"}},
        {"speaker": "客户", "text": "太慢了"},
    ]
    (tmp_path / "in.jsonl").write_text(
        json.dumps({"id": "c1", "turns": turns}, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    result = nlp_cx("score", "in.jsonl", "-o", "out.jsonl", "--mask-pii")
    assert result.exit_code == 0, result.output
    rows = read(tmp_path / "out.jsonl")
    assert [(row["input_speaker"], row["speaker"]) for row in rows] == [
        ("****", "agent"),
        ("客户", "customer"),
    ]
    assert "李小红" not in (tmp_path / "out.jsonl").read_text("utf-8")


def test_bad_rows_are_set_aside_with_line_and_reason(nlp_cx, tmp_path):
    (tmp_path / "in.csv").write_text("id,review\n1,好\n2,a,b\n3,不好\n", encoding="utf-8")
    result = nlp_cx("score", "in.csv", "-o", "out.csv")
    assert result.exit_code == 0, result.output
    assert [row["id"] for row in read(tmp_path / "out.csv")] == [1, 3]
    (rejected,) = read(tmp_path / "out.csv.rejected.jsonl")
    assert rejected["line"] == 3
    assert "1 bad row, set aside in out.csv.rejected.jsonl" in result.stdout


def test_a_bad_row_can_end_the_run_before_anything_is_written(nlp_cx, tmp_path):
    (tmp_path / "in.csv").write_text("id,review\n1,好\n2,a,b\n3,不好\n", encoding="utf-8")
    result = nlp_cx("score", "in.csv", "-o", "out.csv", "--on-bad-row", "fail")
    assert result.exit_code == 2
    assert "in.csv, line 3" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def test_no_rejected_file_is_left_from_an_earlier_run(nlp_cx, reviews, tmp_path):
    (tmp_path / "out.csv.rejected.jsonl").write_text("old\n")
    nlp_cx("score", reviews, "-o", "out.csv")
    assert not (tmp_path / "out.csv.rejected.jsonl").exists()


def test_several_files_and_folders_are_one_table(nlp_cx, tmp_path):
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "b.csv").write_text("review\n坏\n", encoding="utf-8")
    (tmp_path / "dump" / "a.csv").write_bytes("review\n很好用\n".encode("gb18030"))
    result = nlp_cx("score", "dump", "-o", "out.jsonl")
    assert result.exit_code == 0, result.output
    rows = read(tmp_path / "out.jsonl")
    assert [(row["doc_id"], row["review"]) for row in rows] == [(0, "很好用"), (1, "坏")]
    assert "gb18030" in result.stdout


@pytest.mark.parametrize("target", ["reviews.csv", "link.csv"])
def test_an_input_is_never_replaced(nlp_cx, reviews, tmp_path, target):
    (tmp_path / "link.csv").symlink_to(reviews)
    before = reviews.read_bytes()
    result = nlp_cx("score", reviews, "-o", target)
    assert result.exit_code == 2
    assert "is an input too" in result.stderr
    assert reviews.read_bytes() == before


def test_two_outputs_cannot_be_one_file(nlp_cx, reviews):
    result = nlp_cx("score", reviews, "-o", "out.csv", "--evidence", "./out.csv")
    assert result.exit_code == 2
    assert "two outputs have this name" in result.stderr


def test_rows_go_to_standard_output_and_the_summary_to_standard_error(nlp_cx):
    lines = '{"review": "很好", "n": 1}\n{"review": "bad", "n": 2}\n'
    result = nlp_cx("score", "-", "-o", "-", stdin=lines.encode())
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["review"], row["n"]) for row in rows] == [("很好", 1), ("bad", 2)]
    assert result.stderr.startswith("Scored 2 reviews in ")


def test_a_file_with_the_name_of_a_scored_column_keeps_it_under_another(nlp_cx, tmp_path):
    (tmp_path / "in.csv").write_text("review,sentiment\n很好,A\n", encoding="utf-8")
    nlp_cx("score", "in.csv", "-o", "out.csv")
    assert read(tmp_path / "out.csv")[0]["input_sentiment"] == "A"
