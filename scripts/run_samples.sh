#!/usr/bin/env bash
# Set everything up and score the samples that come with the project: reviews and chats, into out/.
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
echo "== One review, explained =="
.venv/bin/nlp-cx explain "房间很干净，但是前台态度差"
