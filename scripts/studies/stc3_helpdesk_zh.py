"""What in a Chinese helpdesk chat goes with how satisfied readers judge the customer to be?

python scripts/studies/stc3_helpdesk_zh.py --data FOLDER -o OUT
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from study import (
    DRIVERS,
    FAULTS,
    N_BOOTSTRAP,
    Tables,
    count_faults,
    count_training_texts,
    join_drivers,
    read_set,
    run_study,
    score_once,
    show_variants,
    tell_fit,
    to_markdown,
    vary_importance,
)

import nlp_cx
from nlp_cx.analyze import backtest, find_alerts, peak_end_association, summarize_peak_end
from nlp_cx.analyze.alerts.rules import AlertRules
from nlp_cx.analyze.drivers.column_importance import column_importance
from nlp_cx.analyze.metrics import code_mean, compare_metrics, estimate_metrics
from nlp_cx.analyze.outcome import analyze_outcome
from nlp_cx.config import parse_config
from nlp_cx.join.conversations import summarize_conversations
from nlp_cx.join.spec import JoinSpec, TableSpec

NAME = "stc3_helpdesk_zh"
SPEAKERS = {"customer": "customer", "helpdesk": "agent"}
VOTES = ("satisfaction", "accomplishment", "effectiveness")

SAID = ("said_thanks", "said_resolved", "said_unresolved", "asked_escalation")

UNHAPPY = {"column": "r_satisfaction", "op": "<=", "value": -0.5}
"""What a case fears: on average of 19 readers a quarter of the way from the middle to the worst."""

RULES: dict[str, Any] = {
    "key": "interaction_id",
    "record": [
        {
            "name": "ends angry",
            "severity": "high",
            "owner": "shift lead",
            "due_hours": 24,
            "all": [
                {"column": "o_end", "op": "<=", "value": -0.5},
                {"column": "o_said_thanks", "op": "==", "value": False},
            ],
            "outcome": UNHAPPY,
        },
        {
            "name": "says that it is not solved",
            "severity": "high",
            "owner": "shift lead",
            "due_hours": 24,
            "all": [{"column": "o_said_unresolved", "op": "==", "value": True}],
            "outcome": UNHAPPY,
        },
        {
            "name": "asks for a superior or an authority",
            "severity": "critical",
            "owner": "shift lead",
            "due_hours": 4,
            "all": [{"column": "o_asked_escalation", "op": "==", "value": True}],
            "outcome": UNHAPPY,
        },
        {
            "name": "worst turn very angry",
            "severity": "low",
            "owner": "shift lead",
            "due_hours": 72,
            "all": [{"column": "o_worst", "op": "<=", "value": -0.9}],
            "outcome": UNHAPPY,
        },
    ],
}
"""Thresholds were set before anything was looked at; nothing is fitted."""


NOW = "2017-01-01"
"""When cases are due cannot be told from chats without times; rules want a moment all the same."""


def make_tables(
    data: Path, output: Path, *, n_rows: int | None = None, n_bootstrap: int = N_BOOTSTRAP
) -> Tables:
    """Read, score turns, summarise conversations, join the votes, analyse."""
    turns = read_set(data, NAME, "train.jsonl.gz")
    if n_rows is not None:
        kept = turns["interaction_id"].drop_duplicates().sample(n_rows, random_state=0)
        turns = turns[turns["interaction_id"].isin(kept)].reset_index(drop=True)
    turns["speaker"] = turns["speaker"].map(SPEAKERS)
    votes = take_votes(turns)
    asked = turns[turns["speaker"] == "customer"].reset_index(drop=True)
    scored = score_once(asked, output)
    # Without turn numbers the join cannot tell which turn came last, and leaves it missing.
    scored = scored.assign(interaction_id=asked["interaction_id"], turn=asked["turn"])
    labels = scored.drop(columns=["interaction_id", "turn", "lang", "model"])
    whole = turns.merge(labels, on="doc_id", how="left", validate="1:1")
    conversations = summarize_conversations(whole)
    peaks = summarize_peak_end(whole)
    ox = join(scored, votes, conversations.merge(peaks, on="interaction_id", suffixes=("", "_pe")))
    ox["o_length"] = ox["o_n_turns"].astype(str) + " turns"
    model = {"n_bootstrap": n_bootstrap}
    found = analyze_outcome(ox, "r_satisfaction", group="o_length", **model)
    return {
        "ox": ox.drop(columns=["interaction_id"]),
        "faults": count_turn_faults(turns, conversations),
        "votes": describe_votes(votes),
        "by_length": estimate_metrics(ox, name_mean(ox), group="o_length"),
        "peak_end": compare_peaks(peaks.merge(votes, on="interaction_id"), n_bootstrap),
        **found.tables,
        "variants": vary_importance(
            "r_satisfaction",
            {
                "all chats": (ox, {}),
                "number of turns held equal": (ox, {"controls": ["o_length"]}),
                "thanks held equal": (ox, {"controls": ["o_said_thanks"]}),
                "customer has the last word": (ox[ox["o_n_turns"] % 2 == 1], {}),
                "helpdesk has the last word": (ox[ox["o_n_turns"] % 2 == 0], {}),
            },
            **model,
        ),
        "said": compare_said(ox),
        "columns": column_importance(
            ox.assign(**{name: ox[name].astype("float64") for name in PLAYERS_COLUMNS}),
            "r_satisfaction",
            columns=PLAYERS,
            n_null=0,
            **model,
        ),
        "alerts": try_rules(ox, parse_config(RULES, AlertRules)),
        "trained": pd.DataFrame({"n_texts": [count_training_texts(NAME)]}),
    }


PLAYERS = {
    "sentiment, mean": ["x_sentiment"],
    "sentiment, last turn": ["x_last_sentiment"],
    "sentiment, worst turn": ["x_worst_sentiment"],
    "number of turns": ["o_n_turns"],
    "repeats": ["o_n_repeats"],
    "thanks": ["o_said_thanks"],
    "says solved or not": ["o_said_resolved", "o_said_unresolved"],
    "asks for a superior": ["o_asked_escalation"],
}
PLAYERS_COLUMNS = [name for names in PLAYERS.values() for name in names]


def take_votes(turns: pd.DataFrame) -> pd.DataFrame:
    """Take the votes of the readers, one row per conversation."""
    first = turns.drop_duplicates("interaction_id").reset_index(drop=True)
    table = first[["interaction_id", *(f"{name}_mean" for name in VOTES)]].copy()
    for name in VOTES:
        table[f"{name}_votes"] = [json.loads(text) for text in first[f"{name}_votes"].astype(str)]
    return table


def join(scored: pd.DataFrame, votes: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Join the scored turns with the votes and what else is known of each conversation."""
    key, one = ("interaction_id",), "1:1"
    operations = ["n_turns", "n_repeats", *SAID, "sentiment_trend", "worst", "end", "peak"]
    spec = JoinSpec(
        tables={
            "votes": TableSpec(
                on=key,
                cardinality=one,
                family="r",
                columns={f"r_{name}": f"{name}_mean" for name in VOTES},
            ),
            "chats": TableSpec(
                on=key,
                cardinality=one,
                family="o",
                columns={f"o_{name}": name for name in (*operations, "first_wait_seconds")},
            ),
        },
        roles={"r_satisfaction": "outcome"},
    )
    plain = votes.drop(columns=[f"{name}_votes" for name in VOTES])
    ox, _ = nlp_cx.join_ox(scored, {"votes": plain, "chats": told}, spec)
    return ox


def count_turn_faults(turns: pd.DataFrame, conversations: pd.DataFrame) -> pd.DataFrame:
    """Count turns by fault, and conversations by what they lack."""
    of_turns = count_faults(
        turns,
        turn_of_the_customer=turns["speaker"] == "customer",
        time_that_is_known=turns["created_at"].notna(),
    )
    waits = conversations["first_wait_seconds"].notna()
    lengths = conversations["n_turns"].value_counts()
    more = [
        ("conversations", len(conversations), 1.0),
        ("conversations with a known wait", int(waits.sum()), float(waits.mean())),
        *(
            (f"conversations of {length} turns", int(n), float(n / len(conversations)))
            for length, n in lengths.sort_index().items()
        ),
    ]
    of_turns["fault"] = of_turns["fault"].replace({"rows": "turns"})
    return pd.concat([of_turns, pd.DataFrame(more, columns=["fault", "n", "share"])])


def describe_votes(votes: pd.DataFrame) -> pd.DataFrame:
    """Describe the votes: how far one reader, and the mean of all, can be relied on.

    Returns
    -------
    DataFrame, one row per question
        ``mean, sd`` (of the means); ``icc_one, icc_all``: part of the variance of one vote, of the
        mean of all, that lies between conversations (one-way); ``with_satisfaction``: correlation
        of the means; ``n``.
    """
    rows = []
    for name in VOTES:
        table = np.array(votes[f"{name}_votes"].tolist(), np.float64)
        n, k = table.shape
        between = k * table.mean(axis=1).var(ddof=1)
        within = table.var(axis=1, ddof=1).mean()
        means = votes[f"{name}_mean"]
        rows.append(
            (name, float(means.mean()), float(means.std()),
             (between - within) / (between + (k - 1) * within), (between - within) / between,
             float(means.corr(votes["satisfaction_mean"])), n)
        )  # fmt: skip
    names = ["question", "mean", "sd", "icc_one", "icc_all", "with_satisfaction", "n"]
    return pd.DataFrame(rows, columns=names)


def name_mean(ox: pd.DataFrame) -> Any:
    """Code the mean of the readers' votes."""
    return code_mean(
        ox, "r_satisfaction", name="satisfaction_mean", source="surveyed",
        unit="-2 to 2, votes of readers",
    )  # fmt: skip


def compare_peaks(table: pd.DataFrame, n_bootstrap: int) -> pd.DataFrame:
    """Compare peak, end and mean by how many scored turns a conversation has."""
    parts = {
        "2 scored turns or more": table,
        "exactly 2": table[table["n_turns"] == 2],
        "3 or more": table[table["n_turns"] >= 3],
    }
    return pd.concat(
        [
            peak_end_association(
                part, "satisfaction_mean", n_bootstrap=n_bootstrap, min_turns=2
            ).assign(chats=name)
            for name, part in parts.items()
        ],
        ignore_index=True,
    )


def compare_said(ox: pd.DataFrame) -> pd.DataFrame:
    """Compare satisfaction where customers say something with where they do not."""
    tables = []
    for name in SAID:
        column = ox[f"o_{name}"]
        said = ox.assign(said=column.map({True: "yes", False: "no"}).astype(object))
        said = said[said["said"].notna()]
        found = compare_metrics(said, name_mean(said), group="said")
        flip = 1.0 if found.loc[0, "group"] == "yes" else -1.0
        means = said.groupby("said")["r_satisfaction"].agg(["mean", "size"])
        found[["low", "high"]] = np.sort(found[["low", "high"]] * flip, axis=1)
        tables.append(
            found.assign(
                cue=name,
                estimate=found["estimate"] * flip,
                n_yes=int(means.loc["yes", "size"]),
                mean_yes=float(means.loc["yes", "mean"]),
                mean_no=float(means.loc["no", "mean"]),
            )
        )
    return pd.concat(tables, ignore_index=True)


def try_rules(ox: pd.DataFrame, rules: AlertRules) -> pd.DataFrame:
    """Backtest the rules, and tell how many of the unhappy each of them finds."""
    table = backtest(ox, rules, now=NOW)
    n_unhappy = int((ox["r_satisfaction"] <= UNHAPPY["value"]).sum())
    table["n_found_of_unhappy"] = (table["outcome_share"] * table["n_known_outcome"]).round()
    table["found_share"] = table["n_found_of_unhappy"] / n_unhappy
    found = find_alerts(ox, rules, now=NOW)
    rule_of = pd.Series([case["rule"] for case in found.cases], dtype=object)
    table["n_found"] = table["rule"].map(rule_of.value_counts()).fillna(0).astype(int)
    return table


def render(tables: Tables) -> dict[str, str]:
    """Give the tables that docs/studies.md shows."""
    importance = tables["importance"]
    both = join_drivers(importance, tables["penalty_reward"])
    return {
        "faults": to_markdown(tables["faults"], FAULTS),
        "votes": to_markdown(
            tables["votes"],
            {
                "question": ("question", "{}"),
                "mean": ("mean", "{:.2f}"),
                "sd": ("sd", "{:.2f}"),
                "icc_one": ("reliability of one reader", "{:.2f}"),
                "icc_all": ("of the mean of 19", "{:.2f}"),
                "with_satisfaction": ("r with satisfaction", "{:.2f}"),
            },
        ),
        "by_length": to_markdown(
            tables["by_length"],
            {
                "group": ("chats of", "{}"),
                "n": ("chats", "{:,}"),
                "estimate": ("mean satisfaction", "{:+.2f}"),
            },
        ),
        "peak_end": to_markdown(
            tables["peak_end"],
            {
                "chats": ("chats with", "{}"),
                "n": ("n", "{:,}"),
                "feature": ("sentiment", "{}"),
                "estimate": ("r with satisfaction", "{:.2f}"),
                "difference": ("more than the mean's", "{:+.2f}"),
            },
        ),
        "satisfaction": (
            f"{tell_fit(importance).replace('reviews', 'chats')}\n\n{to_markdown(both, DRIVERS)}"
        ),
        "variants": show_variants(tables["variants"]).replace("| reviews |", "| chats |"),
        "said": to_markdown(
            tables["said"],
            {
                "cue": ("customer", "{}"),
                "n_yes": ("chats", "{:,}"),
                "mean_yes": ("satisfaction there", "{:+.2f}"),
                "mean_no": ("elsewhere", "{:+.2f}"),
                "estimate": ("difference", "{:+.2f}"),
            },
        ),
        "columns": to_markdown(
            tables["columns"],
            {
                "driver": ("what", "{}"),
                "share": ("importance", "{:.0%}"),
                "sign": ("other things equal", "{}"),
                "vif": ("VIF", "{:.1f}"),
                "n": ("chats", "{:,}"),
                "fit": ("explained by all", "{:.0%}"),
            },
        ),
        "alerts": to_markdown(
            tables["alerts"],
            {
                "rule": ("rule", "{}"),
                "n_cases": ("cases", "{:,}"),
                "outcome_share": ("unhappy among them", "{:.0%}"),
                "base_share": ("among all", "{:.0%}"),
                "lift": ("lift", "{:.1f}"),
                "found_share": ("of the unhappy found", "{:.0%}"),
            },
        ),
    }


if __name__ == "__main__":
    run_study(__doc__, make_tables, render)
