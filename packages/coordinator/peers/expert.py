#!/usr/bin/env python3
"""The method of `levattention run` as an expert writes it in NumPy: threads over ranges of rows, each with a BLAS of one thread.

  expert.py K.npy Q.npy EPSILON THREADS    set OPENBLAS_NUM_THREADS=1
  expert.py imports                        loads what it needs and ends: what a process of it takes beside the work

Two passes over K in blocks: the Gram in float64, then squared norms, which |k|^2 / lambda_min >= tau turns into a first choice of
keys; where that keeps more than an eighth of them, scores in float32 choose instead. What is left is scored in float64. Prints the
seconds after the arrays are in memory.
"""
import sys
import time
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import scipy.linalg as sl
from told import tell

BLOCK = 4096  # keys at a time: 1 MiB of float32 at d = 64
QUERIES = 1024
MARGIN = 1 - 1e-3  # of what float32 may lose


def shares(count, threads):
    cuts = [count * t // threads for t in range(threads + 1)]
    return list(zip(cuts, cuts[1:]))


def blocks(start, end, step):
    return [(at, min(at + step, end)) for at in range(start, end, step)]


def gram(K, start, end):
    """The upper triangle of K[start:end]' K[start:end], float64."""
    d = K.shape[1]
    total, block = np.zeros((d, d), order='F'), np.empty((BLOCK, d))
    for a, b in blocks(start, end, BLOCK):
        rows = block[:b - a]
        rows[...] = K[a:b]
        total = sl.blas.dsyrk(1.0, rows.T, beta=1.0, c=total, overwrite_c=1)
    return total


def long_keys(K, start, end, least):
    """Keys of a squared norm of at least `least`."""
    kept = []
    for a, b in blocks(start, end, BLOCK):
        x = K[a:b]
        kept.append(a + np.flatnonzero(np.einsum('ij,ij->i', x, x) >= least))
    return np.concatenate(kept) if kept else np.empty(0, int)


def scored_keys(K, start, end, whitening, least):
    """Keys of a score of at least `least`, by float32."""
    kept, product = [], np.empty((BLOCK, K.shape[1]), np.float32)
    for a, b in blocks(start, end, BLOCK):
        x = product[:b - a]
        np.matmul(K[a:b], whitening, out=x)
        kept.append(a + np.flatnonzero(np.einsum('ij,ij->i', x, x) >= least))
    return np.concatenate(kept) if kept else np.empty(0, int)


def pair_count(Q, start, end, L, keys, epsilon):
    count = 0
    for a, b in blocks(start, end, QUERIES):
        q = Q[a:b].astype(np.float64)
        w = q @ L
        S = q @ keys.T
        S *= S
        count += len(np.nonzero(S >= epsilon * np.einsum('ij,ij->i', w, w)[:, None])[0])
    return count


def heavy(K, Q, epsilon, threads):
    """Sizes of the universal set and of the set of heavy pairs."""
    n, d = K.shape
    with ThreadPoolExecutor(threads) as pool:
        def over(work, count, *terms):
            return list(pool.map(lambda share: work(*share, *terms), shares(count, threads)))
        G = np.triu(sum(over(lambda a, b: gram(K, a, b), n)))
        G += np.triu(G, 1).T
        L = np.linalg.cholesky(G)
        whitening = np.ascontiguousarray(sl.solve_triangular(L, np.eye(d), lower=True).T)
        least = epsilon * MARGIN
        shortest = least * np.linalg.eigvalsh(G)[0]
        U = np.concatenate(over(lambda a, b: long_keys(K, a, b, shortest), n))
        if len(U) > n / 8:
            narrow = whitening.astype(np.float32)
            U = np.concatenate(over(lambda a, b: scored_keys(K, a, b, narrow, least), n))
        x = K[U].astype(np.float64) @ whitening
        U = U[np.einsum('ij,ij->i', x, x) >= epsilon]
        keys = K[U].astype(np.float64)
        pairs = sum(over(lambda a, b: pair_count(Q, a, b, L, keys, epsilon), len(Q)))
    return len(U), pairs


if __name__ == '__main__' and sys.argv[1] != 'imports':
    K, Q = (np.load(path) for path in sys.argv[1:3])
    start = time.perf_counter()
    universal, pairs = heavy(K, Q, float(sys.argv[3]), int(sys.argv[4]))
    tell(seconds=time.perf_counter() - start, universal=universal, pairs=pairs)
