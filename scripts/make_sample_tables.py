"""Make the ratings, orders and customers that go with the written sample reviews and chats.

The texts in data/samples/reviews.csv and chats.jsonl are written by hand. What each of them says
about its order (late by how much, waited how long, returned, leaving) was noted by hand in
data/written/sample_facts.csv. This script turns those notes into noisy but plausible numbers and
adds orders that nobody wrote about, so that joins have something to lose.

    python scripts/make_sample_tables.py
"""

from __future__ import annotations

import argparse
import csv
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RANDOM_STATE = 20250901
N_ORDERS = 620
FIRST_DAY = datetime(2025, 2, 10, 9)
TYPICAL_AMOUNT = {
    "furniture": 1450,
    "bedding": 620,
    "kitchen": 210,
    "lighting": 260,
    "storage": 150,
    "textiles": 280,
    "appliances": 480,
    "decor": 130,
}
"""Median amount of an order in CNY."""
STORES = {
    "cn": ("SH-XUHUI", "HZ-BINJIANG", "CD-TIANFU", "SZ-NANSHAN"),
    "tw": ("TP-XINYI", "TC-WEST"),
    "hk": ("HK-SHATIN",),
    "en": ("LON-STRATFORD", "SG-TAMPINES"),
}
NAMED_STORES = {
    "徐汇": "SH-XUHUI",
    "杭州": "HZ-BINJIANG",
    "天府": "CD-TIANFU",
    "南山": "SZ-NANSHAN",
    "信義": "TP-XINYI",
    "沙田": "HK-SHATIN",
    "Stratford": "LON-STRATFORD",
}
"""A place that a review names, and the store it must then belong to."""
REGIONS = {
    "cn": ("East China", "South China", "North China", "West China"),
    "tw": ("Taiwan",),
    "hk": ("Hong Kong",),
    "en": ("United Kingdom", "Singapore"),
}


@dataclass
class Order:
    """One order with everything that the tables need to know about it."""

    order_id: str
    customer_id: str
    market: str
    ordered_at: datetime
    store: str
    category: str
    amount: float
    delivery_days: int | None
    wait_minutes: int | None
    returned: int
    moods: list[float] = field(default_factory=list)
    written_at: datetime | None = None
    leaving: bool = False


def main() -> None:
    """Write ratings.csv, orders.csv and customers.csv beside the reviews."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=Path, default=ROOT / "data" / "samples")
    parser.add_argument(
        "--facts", type=Path, default=ROOT / "data" / "written" / "sample_facts.csv"
    )
    parser.add_argument("--output", type=Path, help="folder to write to, the samples by default")
    arguments = parser.parse_args()
    output = arguments.output or arguments.samples
    rng = random.Random(RANDOM_STATE)
    facts = read_rows(arguments.facts)
    texts = {
        row["review_id"]: row["review"] for row in read_rows(arguments.samples / "reviews.csv")
    }
    orders = orders_from_facts(facts, texts, rng)
    add_silent_orders(orders, facts, rng)
    orders.sort(key=lambda order: (order.ordered_at, order.order_id))
    customers = make_customers(orders, facts, rng)
    ratings = make_ratings(orders, rng)
    write_rows(output / "orders.csv", [order_row(order) for order in orders])
    write_rows(output / "customers.csv", customers)
    write_rows(output / "ratings.csv", ratings)
    print(f"{len(orders)} orders, {len(customers)} customers, {len(ratings)} ratings in {output}")


def orders_from_facts(
    facts: list[dict[str, str]], texts: dict[str, str], rng: random.Random
) -> list[Order]:
    """Build one order per order_id that somebody wrote about."""
    orders: dict[str, Order] = {}
    for fact in facts:
        written_at = datetime.fromisoformat(fact["created_at"])
        mood = float(fact["mood"] or 0)
        if fact["order_id"] in orders:
            order = orders[fact["order_id"]]
            order.moods.append(mood)
            order.leaving |= fact["leaving"] == "1"
            continue
        in_store = fact["channel"] in ("mall", "store")
        days = int(fact["delivery_days"]) if fact["delivery_days"] else None
        before = timedelta(days=days or 0, minutes=rng.randint(30, 600))
        if fact["is_delivered"] == "1":
            before += timedelta(days=rng.randint(1, 5))
        elif days is not None:
            days += rng.randint(2, 6)
        orders[fact["order_id"]] = Order(
            fact["order_id"],
            fact["customer_id"],
            fact["market"],
            written_at - before,
            choose_store(fact, texts.get(fact["doc_id"], ""), rng) if in_store else "online",
            fact["category"],
            draw_amount(fact["category"], rng),
            days,
            int(fact["wait_minutes"])
            if fact["wait_minutes"]
            else (rng.randint(2, 15) if in_store else None),
            int(fact["returned"]),
            [mood],
            written_at,
            fact["leaving"] == "1",
        )
    return list(orders.values())


def choose_store(fact: dict[str, str], text: str, rng: random.Random) -> str:
    """Take the store that the text names, else one of its market."""
    for name, store in NAMED_STORES.items():
        if name in text:
            return store
    return rng.choice(STORES[fact["market"]])


def draw_amount(category: str, rng: random.Random) -> float:
    """Draw an amount around the category's typical one."""
    return round(TYPICAL_AMOUNT[category] * rng.lognormvariate(0, 0.55), 2)


def add_silent_orders(orders: list[Order], facts: list[dict[str, str]], rng: random.Random) -> None:
    """Add orders without a text until there are N_ORDERS, some by customers who wrote elsewhere."""
    leaving = {fact["customer_id"] for fact in facts if fact["leaving"] == "1"}
    writers = sorted({(fact["customer_id"], fact["market"]) for fact in facts})
    known = [writer for writer in writers if writer[0] not in leaving]
    new = [
        (f"C{40000 + 3 * i:05d}", rng.choice(("cn", "cn", "cn", "en", "en", "tw", "hk")))
        for i in range(70)
    ]
    for i in range(N_ORDERS - len(orders)):
        customer_id, market = rng.choice(known) if rng.random() < 0.55 else rng.choice(new)
        in_store = rng.random() < 0.3
        category = rng.choice(tuple(TYPICAL_AMOUNT))
        ordered_at = FIRST_DAY + timedelta(minutes=rng.randint(0, 205 * 24 * 60))
        orders.append(
            Order(
                f"O{400000 + i * 7 + rng.randint(0, 6):06d}",
                customer_id,
                market,
                ordered_at,
                rng.choice(STORES[market]) if in_store else "online",
                category,
                draw_amount(category, rng),
                None if in_store else max(1, round(rng.lognormvariate(1.4, 0.5))),
                round(rng.lognormvariate(2.0, 0.7)) if in_store else None,
                int(rng.random() < 0.07),
            )
        )


def make_customers(
    orders: list[Order], facts: list[dict[str, str]], rng: random.Random
) -> list[dict[str, object]]:
    """Build one row per customer: membership as the texts say, else drawn."""
    member = {fact["customer_id"] for fact in facts if fact["is_member"] == "1"}
    joined_year = {
        fact["customer_id"]: int(fact["joined_year"]) for fact in facts if fact["joined_year"]
    }
    by_customer: dict[str, list[Order]] = {}
    for order in orders:
        by_customer.setdefault(order.customer_id, []).append(order)
    rows: list[dict[str, object]] = []
    for customer_id, own in sorted(by_customer.items()):
        spent = sum(order.amount for order in own)
        mood = min((m for order in own for m in order.moods), default=0.0)
        churn = 0.95 if any(order.leaving for order in own) else 0.08 + 0.11 * max(0.0, -mood)
        is_member = customer_id in member or rng.random() < 0.3
        year = joined_year.get(
            customer_id, rng.randint(2009, 2022) if is_member else rng.randint(2019, 2024)
        )
        joined_at = date(year, rng.randint(1, 12), rng.randint(1, 28))
        churned = int(rng.random() < churn)
        rows.append(
            {
                "customer_id": customer_id,
                "segment": "key"
                if spent > 2500 and is_member
                else ("regular" if len(own) > 1 or is_member else "new"),
                "region": rng.choice(REGIONS[own[0].market]),
                "joined_at": joined_at.isoformat(),
                "is_member": int(is_member),
                "points": rng.randint(0, 9000) if is_member else "",
                "clv_12m": round(
                    max(0.0, spent * rng.lognormvariate(0.1, 0.35) * (0.35 if churned else 1)), 2
                ),
                "churned_90d": churned,
            }
        )
    return rows


def make_ratings(orders: list[Order], rng: random.Random) -> list[dict[str, object]]:
    """Build survey answers: 8 in 10 who wrote, 1 in 3 who did not, with noise and gaps."""
    rows: list[dict[str, object]] = []
    for order in orders:
        if rng.random() > (0.8 if order.moods else 0.33):
            continue
        late = max(0, (order.delivery_days or 0) - 6)
        wait = order.wait_minutes or 0
        mood = min(order.moods) if order.moods else rng.gauss(0.8, 0.8) - 0.15 * late - 0.03 * wait
        nps = 6.4 + 2.0 * mood + rng.gauss(0, 1.6) - (2.5 if order.leaving else 0)
        csat = 3.3 + 0.8 * mood + rng.gauss(0, 0.65)
        ces = 5.2 + 0.5 * mood - 0.1 * late - 0.03 * wait + rng.gauss(0, 0.8)
        done = order.ordered_at + timedelta(days=order.delivery_days or 0, hours=2)
        start = max(done, order.written_at or done)
        rows.append(
            {
                "order_id": order.order_id,
                "nps": "" if rng.random() < 0.08 else clip(nps, 0, 10),
                "csat": "" if rng.random() < 0.10 else clip(csat, 1, 5),
                "ces": "" if rng.random() < 0.25 else clip(ces, 1, 7),
                "answered_at": (start + timedelta(minutes=rng.randint(10, 6000))).isoformat(
                    " ", "seconds"
                ),
            }
        )
    return rows


def clip(value: float, low: int, high: int) -> int:
    """Round to the scale."""
    return min(high, max(low, round(value)))


def order_row(order: Order) -> dict[str, object]:
    """Turn an order into a row of orders.csv, with empty cells for what does not apply."""
    return {
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "ordered_at": order.ordered_at.isoformat(" ", "seconds"),
        "store": order.store,
        "category": order.category,
        "amount": f"{order.amount:.2f}",
        "delivery_days": "" if order.delivery_days is None else order.delivery_days,
        "wait_minutes": "" if order.wait_minutes is None else order.wait_minutes,
        "returned": order.returned,
    }


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """Write a CSV file: UTF-8, comma, LF."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
