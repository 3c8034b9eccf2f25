"""FeedbackFeatures keeps the contract of scikit-learn and works inside its machines."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils.validation import check_is_fitted

from nlp_cx.errors import InputError, ModelError
from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.sklearn import FeedbackFeatures
from nlp_cx.taxonomy import load_taxonomy

TEXTS = ["房间干净", "太贵了，前台态度差", None, "", "嗯", "干净，但是贵；又干净又贵"]
DRIVERS = load_taxonomy().ids


@pytest.fixture
def features(tiny_folder):
    return FeedbackFeatures(str(tiny_folder))


def frame_of(features, texts=TEXTS):
    return pd.DataFrame(features.transform(texts), columns=features.get_feature_names_out())


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_mixin_order,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_set_params,
        estimator_checks.check_valid_tag_types,
    ],
    ids=lambda check: check.__name__,
)
def test_checks_of_sklearn_that_need_no_numbers(check):
    check("FeedbackFeatures", FeedbackFeatures())


def test_there_is_one_row_for_each_text_and_one_name_for_each_column(features):
    values = features.fit_transform(TEXTS)
    names = features.get_feature_names_out()
    assert values.shape == (len(TEXTS), len(names)) == (len(TEXTS), 9 + 7 + 3 + 24 + 2 + 1)
    assert values.dtype == np.float32
    assert len(set(names)) == len(names)


def test_families_are_parts_of_all(features):
    whole = frame_of(features)
    parts = [
        frame_of(clone(features).set_params(features=family))
        for family in ("probabilities", "scores", "labels")
    ]
    pd.testing.assert_frame_equal(pd.concat(parts, axis=1), whole)


def test_numbers_are_those_of_the_scored_table(features, tiny_folder):
    scored = FeedbackPipeline(tiny_folder).score_texts(TEXTS)
    found = frame_of(features)
    for name in ("p_negative", "p_price", "sentiment_score", "price_score"):
        np.testing.assert_array_equal(found[name], scored[name])


def test_a_driver_that_is_not_mentioned_differs_from_one_in_balance(features):
    found = frame_of(features)
    price = ["price_score", *(f"price_{p}" for p in ("negative", "neutral", "positive", "mixed"))]
    assert np.isnan(found.loc[0, "price_score"])
    assert found.loc[0, price[1:]].tolist() == [0, 0, 0, 0]
    assert found.loc[1, price[1:]].tolist() == [1, 0, 0, 0]
    assert found.loc[1, "price_score"] < -0.9
    assert found.loc[5, "mixed"] == 1
    assert found.loc[0, "mixed"] == 0


def test_nothing_is_said_of_texts_about_which_nothing_is_known(features):
    found = frame_of(features)
    assert found.loc[[2, 3, 4]].isna().all(axis=None)
    assert found.loc[[0, 1, 5], "mixed"].notna().all()


def test_fill_takes_the_place_of_what_is_missing(features):
    filled = frame_of(clone(features).set_params(fill=-9.0))
    pd.testing.assert_frame_equal(filled, frame_of(features).fillna(-9.0))


@pytest.mark.parametrize(
    "kind",
    [
        list,
        tuple,
        pd.Series,
        lambda texts: pd.Series(texts, dtype="string"),
        lambda texts: pd.Series(texts, index=range(9, 9 + len(texts))),
        lambda texts: np.array(texts, object),
        lambda texts: np.array(texts, object)[:, None],
        lambda texts: np.array([np.nan if text is None else text for text in texts], object),
        lambda texts: pd.DataFrame({"whatever": texts}),
        lambda texts: pd.DataFrame({"review": texts, "stars": range(len(texts))}),
    ],
)
def test_texts_come_in_any_container(features, kind):
    expected = features.transform(TEXTS)
    np.testing.assert_array_equal(features.fit(kind(TEXTS)).transform(kind(TEXTS)), expected)


def test_the_text_column_of_a_wide_frame_can_be_named(features):
    frame = pd.DataFrame({"review": [""] * len(TEXTS), "remark": TEXTS})
    chosen = clone(features).set_params(text="remark").fit_transform(frame)
    np.testing.assert_array_equal(chosen, features.transform(TEXTS))


def test_columns_of_the_input_never_hide_scores(features):
    frame = pd.DataFrame({"text": TEXTS, "price_score": 77.0, "sentiment": "?", "mixed": "?"})
    np.testing.assert_array_equal(features.fit_transform(frame), features.transform(TEXTS))


@pytest.mark.parametrize(
    "wrong",
    ["one string", [1, 2], [["a"], ["b"]], pd.Series([1.5]), np.zeros((3, 2)), pd.DataFrame(), 5],
)
def test_what_holds_no_text_is_refused(features, wrong):
    for call in (features.fit, features.transform):
        with pytest.raises((InputError, TypeError)):
            call(wrong)


def test_unknown_parameters_are_named_at_fit(tiny_folder):
    with pytest.raises(InputError, match="features is 'some', expected 'all', 'probabilities'"):
        FeedbackFeatures(tiny_folder, "some").fit(TEXTS)
    with pytest.raises(ModelError, match="no such folder"):
        FeedbackFeatures("no such model").fit(TEXTS)


def test_no_texts_give_no_rows(features):
    assert features.transform([]).shape == (0, 46)


def test_pandas_output_keeps_index_and_names(features):
    series = pd.Series(TEXTS, index=list("abcdef"))
    for given in (series, series.to_frame("text")):
        out = clone(features).set_output(transform="pandas").fit_transform(given)
        assert isinstance(out, pd.DataFrame)
        assert out.index.tolist() == list("abcdef")
        assert out.columns.tolist() == features.get_feature_names_out().tolist()


def test_a_clone_and_a_pickle_hold_the_parameters_alone(features):
    features.set_params(fill=0.5, workers=2).fit(TEXTS)
    expected = features.transform(TEXTS)
    data = pickle.dumps(features)
    assert len(data) < 1_000
    for copy in (clone(features), pickle.loads(data)):  # noqa: S301 written above
        assert copy.get_params() == features.get_params()
        assert not hasattr(copy, "_pipeline")
        np.testing.assert_array_equal(copy.transform(TEXTS), expected)


def test_the_model_is_loaded_once_and_anew_when_it_is_another(features, monkeypatch):
    pipeline = features._load()
    assert features._load() is pipeline
    features.set_params(model="no such model")
    with pytest.raises(ModelError):
        features.transform(TEXTS)


def test_it_needs_no_fit(features):
    check_is_fitted(features)
    assert features.transform(["贵"]).shape == (1, 46)


LABELLED = [
    *(
        ("房间干净", 1),
        ("好吃", 1),
        ("便宜好吃", 1),
        ("clean and 便宜", 1),
        ("👍", 1),
        ("again", 1),
    ),
    *(("态度差", 0), ("太贵", 0), ("等了很久，慢", 0), ("rude", 0), ("expensive", 0), ("😡", 0)),
]


def test_it_feeds_a_classifier(features):
    texts, labels = zip(*LABELLED, strict=True)
    model = make_pipeline(features.set_params(fill=0.0), StandardScaler(), LogisticRegression())
    model.fit(texts, labels)
    assert model.score(texts, labels) == 1
    assert model.predict(["又贵又慢", "干净"]).tolist() == [0, 1]
    assert cross_val_score(model, np.array(texts, object), labels, cv=3).mean() > 0.7


def test_its_parameters_can_be_searched(features):
    texts, labels = zip(*LABELLED, strict=True)
    model = make_pipeline(features, SimpleImputer(keep_empty_features=True), LogisticRegression())
    grid = {"feedbackfeatures__features": ["probabilities", "labels"]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(list(texts), labels)
    assert search.best_score_ > 0.7


@pytest.mark.parametrize("column", ["review", ["review"]])
def test_it_stands_beside_other_columns(features, column):
    texts, labels = zip(*LABELLED, strict=True)
    frame = pd.DataFrame({"review": texts, "stars": np.arange(len(texts)) % 5})
    columns = make_column_transformer(
        (features.set_params(features="probabilities"), column), remainder="passthrough"
    )
    columns.set_output(transform="pandas")
    out = columns.fit_transform(frame)
    assert isinstance(columns, ColumnTransformer)
    assert out.shape == (len(texts), 10)
    assert out["remainder__stars"].tolist() == frame["stars"].tolist()
    assert list(out.columns[:9]) == [
        f"feedbackfeatures__{name}" for name in features.get_feature_names_out()
    ]
    model = make_pipeline(columns, SimpleImputer(), LogisticRegression(max_iter=1_000))
    assert model.fit(frame, labels).score(frame, labels) == 1
