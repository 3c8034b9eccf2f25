#!/usr/bin/env bash
# Set everything up; score, join, analyse and report the samples that come with the project, into out/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

echo "Setting up .venv; the first time this, and compiling the scoring loops, takes minutes ..." >&2
bash scripts/environment.sh .venv .
mkdir -p out

echo "== Reviews =="
.venv/bin/nlp-cx score data/samples/reviews.csv -o out/reviews.scored.csv \
  --evidence out/reviews.evidence.csv
echo
echo "== Chats =="
.venv/bin/nlp-cx score data/samples/chats.jsonl -o out/chats.scored.csv \
  --evidence out/chats.evidence.csv --conversations out/chats.conversations.csv
echo
echo "== Joined with ratings, orders and customers =="
.venv/bin/nlp-cx join out/reviews.scored.csv --with data/samples/ratings.csv \
  --with data/samples/orders.csv --with data/samples/customers.csv \
  --on interaction_id=order_id --on customer_id --keep orders \
  --time ratings:answered_at --look-ahead drop --role r_nps=outcome -o out/ox.parquet
echo
echo "== What goes with the willingness to recommend =="
.venv/bin/nlp-cx analyze out/ox.parquet --customer customer_id -o out/analysis
echo
echo "== One review, explained =="
.venv/bin/nlp-cx explain "房间很干净，但是前台态度差"
echo
echo "== All of it as a report, from one study file =="
.venv/bin/nlp-cx report data/samples/study.toml -o out/report.html
