"""Print how far the labels of each data set agree with the gold set.

    python scripts/compare_labels.py --data FOLDER

FOLDER holds data/ and labels/. The settings `neutral`, `mixed`, `partial` and `remap` in
data/datasets.toml were chosen by this table.
"""

import argparse

from nlp_cx.evaluate.agreement import compare_with_gold

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Compare public labels with the gold set.")
    parser.add_argument("--data", required=True, help="folder that holds data/ and labels/")
    table = compare_with_gold(parser.parse_args().data)
    print(table.round({"agreement": 3}).to_string(index=False, na_rep=""))
