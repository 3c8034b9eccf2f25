from nlp_cx.evaluate.metrics import evaluate
from nlp_cx.evaluate.predictor import as_predictor, load_predictor


def test_predictions_are_the_columns_of_the_scored_table(tiny_pipeline):
    found = as_predictor(tiny_pipeline)(["好吃，但是贵", "again", ""])
    assert found["product"].tolist()[0] == "positive"
    assert found["price"].tolist()[0] == "negative"
    assert found["loyalty"].tolist()[1] == "positive"
    assert found["sentiment"].isna().tolist() == [False, False, True]
    assert {"p_negative", "p_neutral", "p_positive", "p_price"} <= set(found.columns)


def test_predictions_can_be_evaluated(tiny_folder):
    import pandas as pd

    gold = pd.DataFrame(
        {"lang": ["zh"], "sentiment": ["positive"], "product": ["positive"], "loyalty": ["none"]}
    )
    found = evaluate(gold, load_predictor(tiny_folder)(["好吃"]), drivers=["product"])
    assert found["pair_macro_f1"].tolist() == [1, 1]
