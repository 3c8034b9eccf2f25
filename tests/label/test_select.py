import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nlp_cx.errors import ConfigError, InputError
from nlp_cx.label.select import ACTIVE, Picker, PickOptions, share_out

DRIVERS = ("price", "service")
WORDS = "房间早餐前台价格位置隔音电梯停车网络浴室床垫窗户空调水压味道分量服务态度速度包装"


def _scored(n=240, seed=0):
    """Texts of random words with random probabilities; price is rare."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([1, 1, 1], n)
    frame = pd.DataFrame(
        {
            "doc_id": [f"d{i}" for i in range(n)],
            "text": ["".join(rng.choice(list(WORDS), 14)) + str(i) for i in range(n)],
            "lang": "zh-Hans",
            "sentiment": np.array(["negative", "neutral", "positive"])[p.argmax(axis=1)],
            **dict(zip(("p_negative", "p_neutral", "p_positive"), p.T, strict=True)),
        }
    )
    for driver, power in (("price", 12), ("service", 1)):
        chance = rng.random(n) ** power
        frame[f"p_{driver}"] = chance
        frame[driver] = np.where(chance > 0.5, "positive", None)
        frame[f"{driver}_score"] = np.where(chance > 0.5, rng.random(n), np.nan)
    return frame


def _pick(frame, *, batch=97, second=None, exclude=(), **options):
    picker = Picker(DRIVERS, PickOptions(**options), has_second=second is not None, exclude=exclude)
    for start in range(0, len(frame), batch):
        part = pa.Table.from_pandas(frame[start : start + batch], preserve_index=False)
        other = None
        if second is not None:
            other = pa.Table.from_pandas(second[start : start + batch], preserve_index=False)
        picker.add(part, text="text", second=other)
    return picker.finish()


@pytest.mark.parametrize("strategy", ["mixed", *ACTIVE, "random"])
def test_picks_depend_neither_on_the_order_of_rows_nor_on_batches(strategy):
    frame, second = _scored(), _scored(seed=1)
    order = np.random.default_rng(2).permutation(len(frame))
    one = _pick(frame, second=second, n=40, strategy=strategy)
    other = _pick(frame.iloc[order], second=second.iloc[order], n=40, strategy=strategy, batch=31)
    pd.testing.assert_frame_equal(one, other)
    assert len(one) == 40
    assert one["text"].is_unique


def test_another_seed_draws_other_texts():
    frame = _scored()
    one = _pick(frame, n=40, strategy="random")
    other = _pick(frame, n=40, strategy="random", random_state=1)
    assert len(set(one["text"]) & set(other["text"])) < 15  # 4 expected


def test_random_part_is_drawn_whatever_the_strategy():
    frame = _scored()
    drawn = [
        set(picks.loc[picks["is_random"], "text"])
        for picks in (_pick(frame, n=50, strategy=s) for s in ("uncertainty", "rare", "mixed"))
    ]
    assert drawn[0] == drawn[1] == drawn[2]
    assert len(drawn[0]) == 10


def test_shares_from_the_random_part_are_unbiased():
    frame = _scored(200)
    truth = (frame["p_price"] > 0.5).mean()
    is_price = dict(zip(frame["text"], frame["p_price"] > 0.5, strict=True))
    found, seen = [], []
    for seed in range(80):
        picks = _pick(
            frame, n=40, strategy="uncertainty", random_state=seed, random_share=0.5, batch=200
        )
        random = picks[picks["is_random"]]
        assert (random["p_sampling"] == 0.1).all()
        total = (random["text"].map(is_price) / random["p_sampling"]).sum()
        found.append(total / len(frame))
        seen.append(picks["text"].map(is_price).mean())
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - truth) < 4 * error
    assert picks.loc[~picks["is_random"], "p_sampling"].isna().all()


def test_uncertainty_takes_the_texts_with_most_expected_errors():
    frame = _scored()
    picks = _pick(frame, n=20, strategy="uncertainty", random_share=0)
    top = 1 - frame[["p_negative", "p_neutral", "p_positive"]].max(axis=1)
    for driver in DRIVERS:
        p, s = frame[f"p_{driver}"], frame[f"{driver}_score"]
        top += np.where(frame[driver].notna(), 1 - p + p * (1 - s.abs()) / 2, p)
    assert set(picks["doc_id"]) == set(frame.loc[top.nlargest(20).index, "doc_id"])
    assert picks["reason"].str.startswith("unsure: ").all()


def test_rare_levels_the_drivers():
    frame = _scored(3000)
    picks = _pick(frame, n=100, strategy="rare", random_share=0)
    chances = frame.set_index("doc_id").loc[picks["doc_id"]]
    assert chances["p_price"].sum() > 4 * 100 * frame["p_price"].mean()
    assert picks["reason"].str.contains("price is mentioned").sum() > 60


def test_disagreement_takes_what_the_models_dispute():
    frame = _scored()
    second = frame.copy()
    second.loc[:9, ["p_negative", "p_neutral", "p_positive"]] = np.roll(
        frame.loc[:9, ["p_negative", "p_neutral", "p_positive"]], 1, axis=1
    )
    picks = _pick(frame, second=second, n=10, strategy="disagreement", random_share=0)
    assert set(picks["doc_id"]) == {f"d{i}" for i in range(10)}


def test_disagreement_without_a_second_model_is_refused():
    with pytest.raises(ConfigError, match="Name the second one"):
        Picker(DRIVERS, PickOptions(n=5, strategy="disagreement"))


def test_copies_are_picked_once_and_counted():
    frame = _scored(30)
    copies = frame.copy()
    copies["text"] = frame["text"] + "！！"
    copies["doc_id"] = "copy " + frame["doc_id"]
    picks = _pick(pd.concat([frame, copies, copies]), n=100, strategy="random")
    assert len(picks) == 30
    assert (picks["n_copies"] == 3).all()
    assert (picks["p_sampling"] == 1).all()


def test_near_duplicates_of_picks_are_not_picked():
    frame = _scored(60)
    near = frame.copy()
    near["text"] = frame["text"] + "吧"
    near["doc_id"] = "near " + frame["doc_id"]
    near["p_price"] -= 1e-3
    picks = _pick(pd.concat([frame, near]), n=40, strategy="uncertainty", random_share=0)
    assert picks["doc_id"].str.removeprefix("near ").is_unique


def test_labelled_texts_and_rows_without_scores_are_not_picked():
    frame = _scored(50)
    frame.loc[:9, ["p_negative", "p_neutral", "p_positive", "p_price", "p_service"]] = np.nan
    done = frame["text"][10:20].str.replace("房", " 房，").tolist()
    picks = _pick(frame, n=50, exclude=done)
    assert set(picks["doc_id"]) <= {f"d{i}" for i in range(20, 50)}


def test_nothing_to_pick_is_an_error():
    frame = _scored(5)
    with pytest.raises(InputError, match="none of 5 rows can be picked: 5 are labelled"):
        _pick(frame, n=5, exclude=frame["text"].tolist())


def test_a_model_without_sentiment_and_polarity_can_pick():
    frame = _scored()
    frame[["p_negative", "p_neutral", "p_positive", "price_score", "service_score"]] = np.nan
    frame["sentiment"] = None
    frame["sentiment"] = frame["sentiment"].astype("string")
    picks = _pick(frame, n=30)
    assert len(picks) == 30
    assert not picks["reason"].str.contains("sentiment").any()


@pytest.mark.parametrize("n", [1, 2, 7, 200])
@pytest.mark.parametrize("has_second", [True, False])
def test_quotas_sum_to_n(n, has_second):
    assert sum(share_out(PickOptions(n=n), has_second=has_second).values()) == n
