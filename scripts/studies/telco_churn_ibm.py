"""What can be said of customers who leave, from a made-up table of a telecom company?

python scripts/studies/telco_churn_ibm.py --data FOLDER -o OUT
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from study import (
    N_BOOTSTRAP,
    Tables,
    count_training_texts,
    read_set,
    run_study,
    score_once,
    to_markdown,
)

import nlp_cx
from nlp_cx.analyze import estimate_parameters, negative_cost
from nlp_cx.analyze.drivers.column_importance import column_importance
from nlp_cx.analyze.metrics import (
    code_churn,
    code_csat,
    code_mean,
    compare_metrics,
    estimate_churn,
    estimate_metrics,
    retention_rate,
)
from nlp_cx.join.spec import JoinSpec, TableSpec
from nlp_cx.taxonomy import load_taxonomy

NAME = "telco_churn_ibm"
FILES = {
    "demographics": "Telco_customer_churn_demographics.csv.gz",
    "location": "Telco_customer_churn_location.csv.gz",
    "population": "Telco_customer_churn_population.csv.gz",
    "services": "Telco_customer_churn_services.csv.gz",
    "status": "Telco_customer_churn_status.csv.gz",
    "older": "Telco-Customer-Churn.csv.gz",
    "joined": "joined_7043.csv.gz",
}

REASONS = (
    ("attitude.*person", "manner of a support agent", {"service"}),
    ("attitude.*provider", "manner of the company", {"service"}),
    ("better devices", "a rival has better phones", {"product"}),
    ("better offer", "a rival offers more for the money", {"price"}),
    ("higher download", "a rival has a faster line", {"product"}),
    ("more data", "a rival gives more data", {"product", "price"}),
    ("self.service", "one cannot do things oneself on the web site", {"convenience", "service"}),
    ("limited range", "too few services to choose from", {"product"}),
    ("reliability", "the network fails", {"product"}),
    ("online support", "web support knows too little", {"service"}),
    ("phone support", "phone support knows too little", {"service"}),
    ("product diss", "unhappy with the product", {"product"}),
    ("service diss", "unhappy with the service", {"service"}),
    ("deceased", "died", set()),
    ("know", "not known", set()),
    ("moved", "moved away", set()),
    ("extra data", "fees for data", {"price"}),
    ("affordable", "fast lines cost too much", {"price"}),
    ("long distance", "fees for calls far away", {"price"}),
    ("too high", "too dear", {"price"}),
)
"""How to know a reason, what it says in our words, and the drivers that a reader finds in it: the
model is right where it finds one of them, and no other."""

PLAYERS = {
    "contract": ("Contract",),
    "internet": ("Internet Type",),
    "security, support": (
        "Online Security",
        "Online Backup",
        "Device Protection Plan",
        "Premium Tech Support",
    ),
    "telephone, streaming": (
        "Phone Service",
        "Multiple Lines",
        "Streaming TV",
        "Streaming Movies",
        "Streaming Music",
    ),
    "payment, billing": ("Payment Method", "Paperless Billing"),
    "referrals": ("Number of Referrals",),
}
"""What was known of customers before they left. Not here: satisfaction, churn score, lifetime value
and tenure, which are measured after leaving or by it; and the monthly charge, which is the sum of
the prices of the services (VIF 152 beside them)."""


def make_tables(
    data: Path, output: Path, *, n_rows: int | None = None, n_bootstrap: int = N_BOOTSTRAP
) -> Tables:
    """Read, join, score the reasons, analyse."""
    frames = {name: read_set(data, NAME, file) for name, file in FILES.items()}
    if n_rows is not None:
        kept = frames["status"]["Customer ID"].sample(n_rows, random_state=0)
        for name in ("status", "services", "demographics", "location"):
            frames[name] = frames[name][frames[name]["Customer ID"].isin(kept)]
    reasons = score_reasons(frames["status"], output)
    ox, joined = join(reasons, frames)
    players, columns = make_columns(ox)
    # Every sample of every set of players is a logistic model of 7,043 rows: few samples will do.
    model = {"family": "logit", "n_bootstrap": min(n_bootstrap, 100), "n_null": 0}
    others = {name: names for name, names in columns.items() if name != "contract"}
    monthly = players[ox["o_contract"] == "Month-to-Month"]
    return {
        "ox": ox.drop(columns=["interaction_id"]),
        "joined": joined,
        "checks": check_tables(ox, frames),
        "satisfaction": count_satisfaction(ox),
        "churn": pd.concat(
            [
                estimate_churn(ox, "o_churned", group="o_contract").assign(of="contract"),
                estimate_churn(ox, "o_churned").assign(of="all", group="all customers"),
            ],
            ignore_index=True,
        ),
        "churn_differences": compare_metrics(
            ox, code_churn(ox, "o_churned")[:1], group="o_contract"
        ),
        "rates": count_rates(ox),
        "metrics": estimate_metrics(ox, code_values(ox), group="o_contract"),
        "reasons": tell_reasons(reasons, ox),
        "cost": estimate_cost(ox),
        "importance": pd.concat(
            [
                column_importance(players, "o_churned", columns=columns, **model).assign(
                    way="all customers"
                ),
                column_importance(monthly, "o_churned", columns=others, **model).assign(
                    way="monthly contracts only"
                ),
            ],
            ignore_index=True,
        ),
        "trained": pd.DataFrame({"n_texts": [count_training_texts(NAME)]}),
    }


def score_reasons(status: pd.DataFrame, output: Path) -> pd.DataFrame:
    """Score the reason of each customer who left."""
    left = status[status["Churn Reason"].notna()]
    rows = pd.DataFrame({"doc_id": left["Customer ID"], "text": left["Churn Reason"]})
    scored = score_once(rows.reset_index(drop=True), output)
    return scored.assign(reason=rows["text"].to_numpy())


def join(
    reasons: pd.DataFrame, frames: dict[str, pd.DataFrame]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join the tables by customer, and tell how; the silent stay."""
    key, one = ("interaction_id=Customer ID",), "1:1"
    services = [name for names in PLAYERS.values() for name in names]
    spec = JoinSpec(
        keep="status",
        tables={
            "status": TableSpec(
                on=key, cardinality=one, family="o",
                columns={
                    "o_churned": "Churn Value", "o_cltv": "CLTV", "o_status": "Customer Status",
                    "o_satisfaction": "Satisfaction Score",
                },
            ),
            "services": TableSpec(
                on=key, cardinality=one, family="o",
                columns={
                    **{name_column(name): name for name in services},
                    "o_tenure_months": "Tenure in Months", "o_revenue": "Total Revenue",
                },
            ),
            "demographics": TableSpec(
                on=key, cardinality=one, family="o",
                columns={"o_age": "Age", "o_married": "Married"},
            ),
            "location": TableSpec(
                on=key, cardinality=one, family="o", columns={"o_city": "City"}
            ),
            "population": TableSpec(
                on=("Zip Code",), cardinality="m:1", family="o",
                columns={"o_population": "Population"},
            ),
        },
        roles={"o_churned": "outcome", "o_contract": "group"},
    )  # fmt: skip
    tables = {name: frames[name] for name in spec.tables}
    ox, summary = nlp_cx.join_ox(reasons.drop(columns="reason"), tables, spec)
    rows = [
        {
            "table": table.name,
            "n_rows": table.n_rows,
            "cardinality": table.cardinality,
            "n_matched": table.n_units_matched,
            "n_unmatched": len(ox) - table.n_units_matched,
            "n_rows_dropped": table.n_rows_dropped,
            "n_drifting_keys": sum(drift.n_keys for drift in table.drift),
        }
        for table in summary.tables
    ]
    return ox, pd.DataFrame(rows)


def name_column(name: str) -> str:
    """Name a column of services in the O+X table."""
    return "o_" + re.sub(r"\W+", "_", name.lower())


def check_tables(ox: pd.DataFrame, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Check the join against the file that came joined, and the tables against each other."""
    ours = ox.set_index("interaction_id")
    theirs = frames["joined"].set_index("Customer ID").reindex(ours.index)
    older = frames["older"].set_index("customerID").reindex(ours.index)
    spent = theirs["Monthly Charge"] * theirs["Tenure in Months"]
    by_reason = frames["status"].groupby("Churn Reason")["Churn Category"].nunique()
    checks = {
        "customers in the O+X table": len(ours),
        "customers whose revenue differs from the file that came joined": int(
            (ours["o_revenue"] != theirs["Total Revenue"]).sum()
        ),
        "customers whose contract differs in the older table": int(
            (older["Contract"].str.lower() != ours["o_contract"].str.lower()).sum()
        ),
        "customers whose tenure differs in the older table": int(
            (older["tenure"] != ours["o_tenure_months"]).sum()
        ),
        "customers whose churn differs in the older table": int(
            (older["Churn"].eq("Yes") != ours["o_churned"].eq(1)).sum()
        ),
        "customers whose charges are over 10 % from months times monthly charge": int(
            ((theirs["Total Charges"] / spent - 1).abs() > 0.1).sum()
        ),
        "reasons that stand under two categories": int((by_reason > 1).sum()),
        "customers of 3 months or less who did not leave, all with status Joined": int(
            (ours["o_status"].eq("Joined") & (ours["o_tenure_months"] <= 3)).sum()
        ),
    }
    return pd.DataFrame(checks.items(), columns=["check", "n"])


def count_satisfaction(ox: pd.DataFrame) -> pd.DataFrame:
    """Count who left, by satisfaction score."""
    found = estimate_churn(ox, "o_churned", group="o_satisfaction")
    return found[found["metric"] == "churn_rate"].reset_index(drop=True)


def count_rates(ox: pd.DataFrame) -> pd.DataFrame:
    """Compute churn in the ways that all go by that name.

    Notes
    -----
    The tables are of one quarter: customers of up to 3 months were won in it. Those among them who
    left were neither there at its start nor at its end.
    """
    left, joined = ox["o_churned"].eq(1), ox["o_status"].eq("Joined")
    is_new = ox["o_tenure_months"] <= 3
    start = int((~is_new).sum())
    lost = int((left & ~is_new).sum())
    new_at_end = int((is_new & ~left).sum())
    quarter = retention_rate(start, start - lost + new_at_end, new_at_end)
    of_all = estimate_churn(ox, "o_churned")
    of_others = estimate_churn(ox[~joined], "o_churned")
    parts = {
        "of all customers in the table": of_all,
        "without those who joined in the quarter and stayed": of_others,
        "of those who were there at its start (the standard formula)": quarter,
    }
    tables = [
        table[table["metric"] == "churn_rate"].assign(way=way) for way, table in parts.items()
    ]
    return pd.concat(tables, ignore_index=True)


def code_values(ox: pd.DataFrame) -> tuple[Any, ...]:
    """Code satisfaction and lifetime value."""
    return (
        *code_csat(ox, "o_satisfaction", scale=(1, 5)),
        *code_mean(ox, "o_cltv", name="cltv_mean", source="operational", unit="CLTV of the source"),
    )


def tell_reasons(reasons: pd.DataFrame, ox: pd.DataFrame) -> pd.DataFrame:
    """Tell what the model makes of every reason, beside what a reader makes of it.

    Returns
    -------
    DataFrame, one row per reason, most frequent first
        ``meaning`` (in our words), ``n``; ``found``, ``expected``; ``sentiment``; ``verdict``.
    """
    drivers = load_taxonomy().ids
    counts = reasons["reason"].value_counts()
    rows = []
    for reason, n in counts.items():
        pattern = next(entry for entry in REASONS if re.search(entry[0], str(reason).lower()))
        first = reasons[reasons["reason"] == reason].iloc[0]
        found = {name: first[name] for name in drivers if pd.notna(first[name])}
        expected = pattern[2]
        rows.append(
            {
                "meaning": pattern[1],
                "n": int(n),
                "found": ", ".join(f"{name} {label}" for name, label in found.items()) or "none",
                "expected": " or ".join(sorted(expected)) or "none",
                "sentiment": first["sentiment"],
                "verdict": judge(found, expected),
            }
        )
    return pd.DataFrame(rows)


def judge(found: dict[str, str], expected: set[str]) -> str:
    """Judge the drivers that were found in a reason for leaving."""
    if not found:
        return "right" if not expected else "missed"
    if not expected or not set(found) <= expected:
        return "wrong driver" if not set(found) & expected else "one too many"
    return "right" if set(found.values()) <= {"negative", "mixed"} else "wrong sign"


def tell_right(reasons: pd.DataFrame) -> str:
    """Say in a sentence how often the model is right."""
    right = reasons["verdict"] == "right"
    share = reasons.loc[right, "n"].sum() / reasons["n"].sum()
    return (
        f"Right for {right.sum()} of {len(reasons)} reasons, which {share:.0%} of the "
        f"{reasons['n'].sum():,} customers gave.\n\n"
    )


def estimate_cost(ox: pd.DataFrame) -> pd.DataFrame:
    """Estimate what the cost of negative experience needs, and tell what is not there.

    Returns
    -------
    DataFrame, one row per parameter and, below, per amount
        ``parameter; estimate, low, high; reason``.
    """
    table = ox.assign(
        is_negative=ox["o_satisfaction"] <= 2,
        stayed=ox["o_churned"].eq(0),
        complained=np.nan,
    )
    found = estimate_parameters(table, "is_negative", "complained", "stayed", revenue="o_revenue")
    missing = found.loc[found["estimate"].isna(), "parameter"]
    amounts = negative_cost(found).rename(columns={"quantity": "parameter"})
    amounts = amounts[amounts["parameter"].isin(["negative", "lost"])]
    is_missing = amounts["estimate"].isna()
    amounts.loc[is_missing, "reason"] = "needs " + ", ".join(missing)
    amounts["parameter"] = "revenue " + amounts["parameter"]
    return pd.concat([found, amounts], ignore_index=True)[
        ["parameter", "estimate", "low", "high", "n", "source", "reason"]
    ]


def make_columns(ox: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Turn what was known of customers into columns of numbers, by player."""
    table = pd.DataFrame({"o_churned": ox["o_churned"].astype("float64")})
    columns: dict[str, list[str]] = {}
    for player, names in PLAYERS.items():
        columns[player] = []
        for name in names:
            column = ox[name_column(name)]
            if pd.api.types.is_numeric_dtype(column):
                table[f"{player}: {name}"] = column.astype("float64")
                columns[player].append(f"{player}: {name}")
                continue
            kinds = column.astype(object).where(column.notna(), "none")
            for kind in sorted(kinds.unique())[1:]:
                table[f"{player}: {name} {kind}"] = kinds.eq(kind).astype("float64")
                columns[player].append(f"{player}: {name} {kind}")
    return table, columns


def render(tables: Tables) -> dict[str, str]:
    """Give the tables that docs/studies.md shows."""
    count = ("customers", "{:,}")
    churn = tables["churn"]
    shown = {
        "joined": to_markdown(
            tables["joined"],
            {
                "table": ("table", "{}"),
                "n_rows": ("rows", "{:,}"),
                "cardinality": ("customers to rows", "{}"),
                "n_matched": ("customers matched", "{:,}"),
                "n_unmatched": ("not matched", "{:,}"),
                "n_rows_dropped": ("rows of nobody", "{:,}"),
                "n_drifting_keys": ("keys written in two ways", "{:,}"),
            },
        ),
        "checks": to_markdown(tables["checks"], {"check": ("", "{}"), "n": ("n", "{:,}")}),
        "satisfaction": to_markdown(
            tables["satisfaction"],
            {"group": ("score", "{}"), "n": count, "estimate": ("left", "{:.1%}")},
        ),
        "rates": to_markdown(
            tables["rates"],
            {"way": ("churn", "{}"), "n": count, "estimate": ("rate", "{:.1%}")},
        ),
        "churn": to_markdown(
            churn[churn["metric"] == "churn_rate"],
            {"group": ("contract", "{}"), "n": count, "estimate": ("left", "{:.1%}")},
        ),
        "metrics": to_markdown(
            tables["metrics"].assign(
                shown=[
                    f"{100 * e:.1f} % [{100 * a:.1f}, {100 * b:.1f}]"
                    if "share" in m
                    else f"{e:,.2f} [{a:,.2f}, {b:,.2f}]"
                    for m, e, a, b in tables["metrics"][
                        ["metric", "estimate", "low", "high"]
                    ].itertuples(index=False)
                ]
            ),
            {"metric": ("metric", "{}"), "group": ("contract", "{}"), "n": count,
             "shown": ("estimate", "{}")},
        ),
        "reasons": tell_right(tables["reasons"])
        + to_markdown(
            tables["reasons"],
            {
                "meaning": ("reason, in our words", "{}"),
                "n": count,
                "found": ("the model finds", "{}"),
                "expected": ("a reader finds", "{}"),
                "sentiment": ("sentiment", "{}"),
                "verdict": ("", "{}"),
            },
        ),
        "cost": to_markdown(
            tables["cost"],
            {"parameter": ("parameter", "{}"), "estimate": ("estimate", "{:,.3f}"),
             "reason": ("why it is missing", "{}")},
        ),
    }  # fmt: skip
    for way, block in (("all customers", "importance"), ("monthly contracts only", "monthly")):
        part = tables["importance"][tables["importance"]["way"] == way].sort_values("rank")
        first = part.iloc[0]
        shown[block] = (
            f"{first['n']:,} customers; all of it explains {first['fit']:.0%} "
            f"({first['measure']}).\n\n"
        ) + to_markdown(
            part,
            {"driver": ("what", "{}"), "share": ("importance", "{:.0%}"),
             "p_first": ("P(first)", "{:.2f}"), "vif": ("VIF", "{:.1f}")},
        )  # fmt: skip
    return shown


if __name__ == "__main__":
    run_study(__doc__, make_tables, render)
