#!/usr/bin/env python3
"""A batch of queries against a universal set that is held in memory, by NumPy: session.py UNIVERSAL D QUERIES SECONDS

Gaussian keys; prints the batches' latency, p50 and p99 in ms, of one caller.
"""
import sys
import time
import numpy as np
from told import tell


def answer(q, L, keys, epsilon):
    w = q @ L
    S = q @ keys.T
    S *= S
    rows, slots = np.nonzero(S >= epsilon * np.einsum('ij,ij->i', w, w)[:, None])
    return rows, slots, S[rows, slots]


def main(universal, d, queries, seconds):
    rng = np.random.default_rng(1)
    keys = 3 * rng.standard_normal((universal, d))
    L = np.linalg.cholesky(3 * keys.T @ keys)
    batches = [rng.standard_normal((queries, d), np.float32).astype(np.float64) for _ in range(50)]
    took, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        answer(batches[len(took) % 50], L, keys, d / (6 * universal))
        took.append(1000 * (time.perf_counter() - start))
    took = np.sort(took[len(took) // 10:])
    tell(p50Ms=took[len(took) // 2], p99Ms=took[int(.99 * len(took))], seconds=seconds)


if __name__ == '__main__':
    main(*map(int, sys.argv[1:4]), float(sys.argv[4]))
