"""Checks what make_pairs.py wrote against exact integers, on a sample of queries and rows of every set.

    python3 test/golden/make_check.py --shared ../shared --out DIR      (DIR as given to make_pairs.py)

Prints the largest relative error a set; exits 1 where a score is off by more than 1e-14 or a leverage (sets with
d <= 32, exact elimination) by more than 1e-13, or a heavy pair is missing.
"""
import argparse
import json
from fractions import Fraction
from pathlib import Path

import numpy as np

from make_singular import dot, independent_columns, solve

QUERIES_A_GROUP = 4
ROWS = 4


def integers(matrix):
    """Float matrix as Python integers (object array), all times one power of two."""
    mantissa, exponent = np.frexp(matrix.astype(np.float64))
    whole = np.ldexp(mantissa, 53).astype(np.int64).astype(object)
    shift = np.where(mantissa == 0, 0, exponent - exponent[mantissa != 0].min()) if mantissa.any() else exponent
    return whole * np.vectorize(lambda e: 1 << int(e), otypes=[object])(shift)


def score_error(keys, query, found):
    """Largest relative error of the scores {key: score} of one query; 1.0 where a heavy key is missing."""
    squares = (keys @ integers(query[None])[0]) ** 2
    total = squares.sum()
    worst = max((abs(Fraction(s) / Fraction(squares[j], total) - 1) for j, s in found.items()), default=Fraction(0))
    missing = any(a * 100 >= total and j not in found for j, a in enumerate(squares))
    return 1.0 if missing else float(worst)


def leverage_error(keys, tau):
    gram = [[Fraction(x) for x in row] for row in keys.T @ keys]
    basis = independent_columns(gram)
    inner = [[gram[a][b] for b in basis] for a in basis]
    worst = 0.0
    for j in np.linspace(0, len(keys) - 1, ROWS).astype(int):
        row = [Fraction(keys[j, a]) for a in basis]
        exact = dot(row, solve(inner, row))
        if exact:
            worst = max(worst, float(abs(Fraction(tau[j]) / exact - 1)))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    failed = False
    for entry in json.loads((options.out / "manifest.json").read_text())["sets"]:
        keys = integers(np.load(options.shared / "data" / entry["keysFile"]))
        queries = np.load(options.out / f"{entry['name']}.queries.npy")
        pairs = np.load(options.out / f"{entry['name']}.pairs.npz")
        worst = {}
        for group in entry["groups"][:-1]:
            if group["rowStart"] == group["rowEnd"]:
                continue
            last = group["rowEnd"] - 1
            for i in np.unique(np.linspace(group["rowStart"], last, QUERIES_A_GROUP).astype(int)):
                if i in entry["undefinedQueries"]:
                    continue
                at = pairs["query"] == i
                found = dict(zip(pairs["key"][at].tolist(), pairs["score"][at].tolist()))
                error = score_error(keys, queries[i], found)
                worst[group["kind"]] = max(worst.get(group["kind"], 0.0), error)
        text = ", ".join(f"{kind} {error:.1e}" for kind, error in worst.items())
        failed |= max(worst.values()) > 1e-14
        if entry["cols"] <= 32:
            error = leverage_error(keys, np.load(options.out / f"{entry['name']}.leverage.npy"))
            failed |= error > 1e-13
            text += f", leverage {error:.1e}"
        print(f"{entry['name']}: {text}", flush=True)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
