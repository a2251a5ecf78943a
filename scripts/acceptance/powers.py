"""Heavy pairs of one set for many p, by 80-bit brute force from the definition (theory.md sections 1 and 2).

    python3 powers.py KEYS.npy QUERIES.npy OUT EPSILON P...      -> OUT.queries.npy, OUT.P.npz for each P

The queries are a part of QUERIES and, of each p, those that iteratively reweighted least squares finds to give single
keys as much of the attention as it can. OUT.P.npz: query, key, score, tolerance (relative) of every pair whose score
reaches EPSILON (1 - 1e-3), or comes near it where the tolerance is wide; undefined: queries whose row sum is zero.
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "test/golden"))
from make_linalg import LD, exact_matmul_t  # noqa: E402

UNIT_ROUNDOFF = 2.0 ** -53
QUERIES = 400  # of those given, evenly spread
LAST = 170  # and these: derived ones, in the golden files
KEYS = 6  # that are asked for at every p
ITERATIONS = 40


def some(queries):
    m = len(queries)
    spread = np.arange(m) if m <= QUERIES else np.arange(QUERIES) * m // QUERIES
    return queries[np.union1d(spread, np.arange(max(0, m - LAST), m))]


def adversarial(keys, p, targets):
    """For each target key k: q that nearly minimises sum |<q, k_l>|^p with <q, k> = 1, scaled to a largest entry of 1."""
    found = []
    scale = np.sqrt((keys ** 2).sum(0))
    scale[scale == 0] = 1
    rows = keys / scale
    for target in targets:
        weights = np.ones(len(rows))
        for _ in range(ITERATIONS):
            gram = (rows * weights[:, None]).T @ rows
            gram += np.eye(len(gram)) * (1e-13 * np.trace(gram))
            q = np.linalg.solve(gram, rows[target])
            dots = np.abs(rows @ q)
            if not dots.max() > 0:
                break
            dots = np.maximum(dots / dots.max(), 1e-9)
            # Damped above p = 3, where the plain step does not settle.
            step = 1 if p <= 3 else 1 / (p - 1)
            weights = weights ** (1 - step) * dots ** ((p - 2) * step)
        q = q / scale
        if np.isfinite(q).all() and np.abs(q).max() > 0:
            found.append(q / np.abs(q).max())
    return np.array(found).reshape(len(found), keys.shape[1])


def targets_of(keys):
    scale = np.sqrt((keys ** 2).sum(0))
    scale[scale == 0] = 1
    u, s, _ = np.linalg.svd(keys / scale, full_matrices=False)
    leverage = (u[:, s > 1e-7 * s[0]] ** 2).sum(1)
    return np.union1d(np.argsort(-leverage)[: KEYS // 2], np.arange(KEYS // 2) * len(keys) // (KEYS // 2))


def answer(keys, queries, p, epsilon):
    d = keys.shape[1]
    key_norms = np.sqrt((keys ** 2).sum(1))
    columns = {name: [] for name in ("query", "key", "score", "tolerance")}
    undefined = []
    for start in range(0, len(queries), 64):
        block = queries[start : start + 64]
        for i, (q, dots) in enumerate(zip(block, np.abs(exact_matmul_t(block, keys))), start):
            largest = dots.max()
            if not largest > 0:
                undefined.append(i)
                continue
            terms = (dots / largest) ** LD(p)
            total = terms.sum()
            # What rounded dots may change: d u |q| |k| each, twice over.
            size = 2 * d * UNIT_ROUNDOFF * np.sqrt((q ** 2).sum()) * key_norms
            moved = (((dots + size) / largest) ** LD(p) - terms).sum() / total
            score = terms / total
            floor = epsilon * (1 - 1e-3) / (1 + min(float(moved), 100.0))
            for key in np.flatnonzero(score >= floor):
                columns["query"].append(i)
                columns["key"].append(key)
                columns["score"].append(float(score[key]))
                columns["tolerance"].append(float(moved + max(p, 1) * (1e-9 + 2 * size[key] / dots[key])))
    arrays = {"query": np.int32, "key": np.int32, "score": np.float64, "tolerance": np.float64}
    return {"undefined": np.array(undefined, np.int32), **{k: np.array(columns[k], t) for k, t in arrays.items()}}


def main():
    keys_path, queries_path, out, epsilon, *powers = sys.argv[1:]
    keys = np.load(keys_path).astype(np.float64)
    targets = targets_of(keys)
    parts = [some(np.load(queries_path).astype(np.float64))]
    parts += [adversarial(keys, float(p), targets) for p in powers]
    queries = np.concatenate(parts)
    np.save(f"{out}.queries.npy", queries)
    for p in powers:
        np.savez(f"{out}.{p}.npz", **answer(keys, queries, float(p), float(epsilon)))
    print(len(queries))


if __name__ == "__main__":
    main()
