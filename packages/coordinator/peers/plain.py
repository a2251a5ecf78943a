#!/usr/bin/env python3
"""The method of `levattention run`, and what it replaces, as a competent NumPy user writes them: blockwise, no n x n matrix, with
the threads that NumPy takes by itself (OPENBLAS_NUM_THREADS).

  plain.py levattention64 K.npy Q.npy EPS          float64 Gram (dsyrk), float64 leverage scores, float64 queries
  plain.py levattention32 K.npy Q.npy EPS          float64 Gram, float32 scores rechecked in float64
  plain.py bruteforce     K.npy Q.npy EPS [SOME]   float32 products of all pairs, threshold from the exact row sums; with SOME so
                                                   many queries are tried, and their time is told for all: extrapolatedFrom
  plain.py scores         K.npy                    float64 Gram + float64 leverage scores
  plain.py qr             K.npy                    leverage scores by scipy.linalg.qr of all of K
Prints the seconds after the arrays are in memory, and counts.
"""
import sys
import time
import numpy as np
import scipy.linalg as sl
from told import tell

BLOCK = 4096


def gram(K):
    n, d = K.shape
    G = np.zeros((d, d), order='F')
    buf = np.empty((BLOCK, d))
    for i in range(0, n, BLOCK):
        b = K[i:i + BLOCK]
        x = buf[:len(b)]
        x[...] = b
        G = sl.blas.dsyrk(1.0, x.T, beta=1.0, c=G, overwrite_c=1)
    G = np.triu(G)
    return G + np.triu(G, 1).T


def scores(K, Linv, dtype):
    out = np.empty(len(K))
    W = Linv.astype(dtype)
    x, w = np.empty((BLOCK, K.shape[1]), dtype), np.empty((BLOCK, K.shape[1]), dtype)
    for i in range(0, len(K), BLOCK):
        b = K[i:i + BLOCK]
        if dtype == np.float64:
            x[:len(b)] = b
            b = x[:len(b)]
        y = w[:len(b)]
        np.matmul(b, W, out=y)
        out[i:i + BLOCK] = np.einsum('ij,ij->i', y, y)
    return out


def levattention(K, Q, eps, dtype):
    G = gram(K)
    L = np.linalg.cholesky(G)
    Linv = np.ascontiguousarray(sl.solve_triangular(L, np.eye(len(L)), lower=True).T)
    tau = scores(K, Linv, dtype)
    U = np.flatnonzero(tau >= eps * (1 if dtype == np.float64 else 1 - 1e-3))
    if dtype != np.float64:
        U = U[scores(K[U], Linv, np.float64) >= eps]
    KU, pairs = K[U].astype(np.float64), 0
    for i in range(0, len(Q), 2048):
        q = Q[i:i + 2048].astype(np.float64)
        w = q @ L
        S = q @ KU.T
        S *= S
        pairs += len(np.nonzero(S >= eps * np.einsum('ij,ij->i', w, w)[:, None])[0])
    return len(U), pairs


def bruteforce(K, Q, eps, some):
    """Pairs of the first `some` queries, and the seconds that all of Q would take: the Gram's, and the others' in proportion."""
    start = time.perf_counter()
    L = np.linalg.cholesky(gram(K))
    summed = time.perf_counter()
    tried = Q[:some]
    w = tried.astype(np.float64) @ L
    thr = (eps * np.einsum('ij,ij->i', w, w)).astype(np.float32)
    S, pairs = np.empty((512, BLOCK), np.float32), 0
    for j in range(0, len(K), BLOCK):
        kb = K[j:j + BLOCK].T
        for i in range(0, len(tried), 512):
            q = tried[i:i + 512]
            s = S[:len(q), :kb.shape[1]]
            np.matmul(q, kb, out=s)
            np.multiply(s, s, out=s)
            pairs += int(np.count_nonzero(s >= thr[i:i + 512, None]))
    searched = time.perf_counter() - summed
    return pairs, summed - start + searched * len(Q) / max(1, len(tried))


def leverage(K):
    L = np.linalg.cholesky(gram(K))
    Linv = np.ascontiguousarray(sl.solve_triangular(L, np.eye(len(L)), lower=True).T)
    return scores(K, Linv, np.float64)


def by_qr(K):
    factor, _ = sl.qr(K.astype(np.float64), mode='economic', overwrite_a=True, check_finite=False)
    return np.einsum('ij,ij->i', factor, factor)


def heavy(what, K, Q, eps, some=None):
    if what == 'bruteforce':
        some = len(Q) if some is None else min(len(Q), int(some))
        pairs, seconds = bruteforce(K, Q, eps, some)
        return {'seconds': seconds, **({'pairs': pairs} if some == len(Q) else {'extrapolatedFrom': some})}
    start = time.perf_counter()
    universal, pairs = levattention(K, Q, eps, {'levattention64': np.float64, 'levattention32': np.float32}[what])
    return {'seconds': time.perf_counter() - start, 'universal': universal, 'pairs': pairs}


def scored(what, K):
    start, cpu = time.perf_counter(), time.process_time()
    tau = (by_qr if what == 'qr' else leverage)(K)
    return {'seconds': time.perf_counter() - start, 'cpuSeconds': time.process_time() - cpu, 'scoreSum': tau.sum(), 'largest': tau.max()}


if __name__ == '__main__':
    what, keys, *rest = sys.argv[1:]
    K = np.load(keys)
    if what in ('scores', 'qr'):
        tell(**scored(what, K))
    else:
        tell(**heavy(what, K, np.load(rest[0]), float(rest[1]), *rest[2:]))
