import pyarrow as pa
import pytest

from nlp_cx.errors import InputError
from nlp_cx.read.columns import find_columns, is_chat_table


def _schema(*names, **typed):
    fields = [(name, pa.string()) for name in names]
    return pa.schema(fields + list(typed.items()))


@pytest.mark.parametrize(
    "name",
    ["text", "Review Text", "reviewText", "COMMENTS", "评论内容", "評價", "feedback-text", "原文"],
)
def test_text_is_found_by_its_name(name):
    roles = find_columns(_schema("x", name))
    assert roles.text == name
    assert roles.notes == (f"The text is column {name!r}.",)


def test_title_beside_the_text_is_not_the_text_and_is_said():
    roles = find_columns(_schema("title", "content"))
    assert roles.text == "content"
    assert "'title' may hold text too and is not scored." in roles.notes


def test_weak_names_count_only_where_there_is_no_better_one():
    assert find_columns(_schema("描述", "评论")).text == "评论"
    assert find_columns(_schema("id", "描述")).text == "描述"


@pytest.mark.parametrize("names", [("review", "comment"), ("评论", "评价"), ("Text", "text")])
def test_two_texts_are_a_question(names):
    with pytest.raises(InputError, match=rf"'{names[0]}', '{names[1]}' could each be the text"):
        find_columns(_schema("id", *names))


def test_column_of_numbers_is_no_second_text():
    roles = find_columns(_schema("review", comments=pa.int64()))
    assert roles.text == "review"
    assert "Column 'comments' holds numbers (int64) and is not scored." in roles.notes


def test_no_text_column_lists_what_there_is():
    with pytest.raises(
        InputError, match=r"shop\.csv: no column is named like a text.*'id', 'title'"
    ):
        find_columns(_schema("id", "title"), where="shop.csv")


def test_header_that_looks_like_a_row_is_asked_about():
    with pytest.raises(InputError, match="Is the first line a header"):
        find_columns(
            _schema("shop", "The room was clean but the staff at the desk did not care at all")
        )


@pytest.mark.parametrize("role", ["text", "id", "interaction"])
def test_named_column_that_does_not_exist_is_refused_with_close_ones(role):
    with pytest.raises(InputError, match=r"no column 'revew'. Did you mean 'Review'\?"):
        find_columns(_schema("Review", "id"), **{role: "revew"})


def test_named_columns_are_taken():
    roles = find_columns(_schema("a", "b", "c", "text"), text="a", id="b", interaction="c")
    assert (roles.text, roles.id, roles.interaction, roles.notes) == ("a", "b", "c", ())


def test_one_column_cannot_be_two_things():
    with pytest.raises(InputError, match="both as the text and as the id"):
        find_columns(_schema("a"), text="a", id="a")


@pytest.mark.parametrize("kind", [pa.int32(), pa.float64(), pa.decimal128(5, 2)])
def test_text_column_of_numbers_is_refused(kind):
    schema = _schema("id", rating=kind, text=kind)
    with pytest.raises(InputError, match="column 'rating' holds numbers"):
        find_columns(schema, text="rating")
    with pytest.raises(InputError, match="column 'text' holds numbers"):
        find_columns(schema)


def test_a_text_column_without_any_value_is_taken_where_no_other_is():
    empty = pa.field("text", pa.null())
    assert find_columns(pa.schema([empty])).text == "text"
    assert find_columns(pa.schema([empty]), text="text").text == "text"
    roles = find_columns(pa.schema([empty, pa.field("评论", pa.string())]))
    assert roles.text == "评论"
    assert "Column 'text' is empty and is not scored." in roles.notes


@pytest.mark.parametrize("kind", [pa.binary(), pa.list_(pa.string()), pa.bool_()])
def test_text_column_of_another_kind_is_refused(kind):
    with pytest.raises(InputError, match="column 'text' holds"):
        find_columns(_schema(text=kind))


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
def test_all_kinds_of_text_are_text(kind):
    assert find_columns(_schema(text=kind)).text == "text"


def test_strings_that_are_all_numbers_are_noticed_in_the_first_rows():
    head = pa.record_batch({"text": ["5", " -4.5 ", "", "100%"], "body": ["5", "x", "", None]})
    with pytest.raises(InputError, match=r"column 'text' holds numbers \(5,  -4\.5"):
        find_columns(head.schema, text="text", head=head)
    assert find_columns(head.schema, head=head).text == "body"


def test_one_number_alone_may_be_a_text():
    head = pa.record_batch({"text": ["666", "", None]})
    assert find_columns(head.schema, head=head).text == "text"


def test_keys_are_found_in_order_of_preference_and_said():
    roles = find_columns(_schema("订单号", "order_no", "review_id", "id", "评论", "日期"))
    assert (roles.id, roles.interaction, roles.created_at) == ("id", "order_no", "日期")
    assert "The time is column '日期'." in roles.notes


def test_speaker_counts_only_in_a_conversation():
    assert find_columns(_schema("role", "comment")).speaker is None
    assert find_columns(_schema("order_id", "role", "comment")).speaker is None
    assert find_columns(_schema("order_id", "role", "text"), interaction="order_id").speaker
    roles = find_columns(_schema("会话ID", "轮次", "角色", "内容"))
    assert (roles.interaction, roles.turn, roles.speaker) == ("会话ID", "轮次", "角色")
    assert is_chat_table(_schema("turn", "speaker"))
    assert not is_chat_table(_schema("speaker", "text"))


def test_weak_names_of_speakers_count_only_beside_a_turn():
    assert find_columns(_schema("turn", "from", "message")).speaker == "from"
    assert find_columns(_schema("ticket_id", "author", "message")).speaker is None
    assert find_columns(_schema("turn", "from", "role", "message")).speaker == "role"


def test_conversation_is_preferred_to_an_order():
    assert find_columns(_schema("order_id", "session", "text")).interaction == "session"


def test_conversation_without_speakers_is_said():
    roles = find_columns(_schema("conversation_id", "text"))
    assert roles.notes[-1] == "No column tells who speaks; every row is taken for the customer's."


def test_flattened_chats_have_fixed_columns():
    made = _schema("interaction_id", "speaker", "turn", "created_at", "text", "comment", "id")
    roles = find_columns(made)
    assert (roles.text, roles.interaction, roles.id) == ("text", "interaction_id", None)
    assert find_columns(made, text="comment").text == "comment"
