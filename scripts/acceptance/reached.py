"""The largest share of |q.k|^p attention that each key takes of any tested query, by float64 brute force.

    python3 reached.py KEYS.npy QUERIES.npy|- P BOUNDS.txt     -> lines "key share" of those that reach LEAST

BOUNDS.txt: lines "key bound" of `oracle.py universal`. The tested queries: rows of QUERIES, rows of KEYS, and of keys that
spread over those in BOUNDS the queries that iteratively reweighted least squares makes against each of them.
"""
import sys

import numpy as np

from powers import adversarial  # beside this file

LEAST = 0.005
ROWS = 400  # of QUERIES and KEYS each, evenly spread
COST = 2e9  # multiplications that may go into the targets' least squares
MOST_TARGETS = 40


def spread(rows, most):
    return rows[np.arange(min(most, len(rows))) * len(rows) // max(1, min(most, len(rows)))]


def main():
    keys_path, queries_path, p, bounds_path = sys.argv[1:]
    keys = np.load(keys_path).astype(np.float64)
    p = float(p)
    bounds = np.loadtxt(bounds_path, ndmin=2)
    # By bound, so that what is spread over them is large, middling and just above the threshold.
    targets = bounds[np.argsort(-bounds[:, 1], kind="stable"), 0].astype(int) if bounds.size else np.arange(0)
    count = int(np.clip(COST / (40 * keys.shape[0] * keys.shape[1] ** 2), 3, MOST_TARGETS))
    parts = [spread(keys, ROWS), adversarial(keys, p, spread(targets, count))]
    if queries_path != "-":
        parts.append(spread(np.load(queries_path).astype(np.float64), ROWS))
    largest = np.zeros(len(keys))
    tested = 0
    for queries in parts:
        for start in range(0, len(queries), 64):
            dots = np.abs(queries[start : start + 64] @ keys.T)
            dots = dots[dots.max(1) > 0]
            terms = (dots / dots.max(1, keepdims=True)) ** p
            tested += len(dots)
            if len(dots):
                np.maximum(largest, (terms / terms.sum(1, keepdims=True)).max(0), out=largest)
    print(f"# {tested} queries")
    print("\n".join(f"{key} {largest[key]:.17g}" for key in np.flatnonzero(largest >= LEAST)))


main()
