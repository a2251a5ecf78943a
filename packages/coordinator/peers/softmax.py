#!/usr/bin/env python3
"""Softmax as a competent NumPy user writes it: float32, a thread a core over blocks of queries, BLAS single-threaded
(OPENBLAS_NUM_THREADS=1), no n x m matrix.

  softmax.py pairs  K.npy Q.npy EPS SCALE THREADS [BLOCK]            pairs of at least EPS, by exp and row sums of blocks
  softmax.py attend K.npy Q.npy V.npy SCALE THREADS [BLOCK [SOME]]   full attention, softmax(SCALE Q K^T) V; with SOME of so many
                                                                     queries, and their time is told for all: extrapolatedFrom
Prints seconds and CPU seconds spent after the arrays are in memory, counts. Without BLOCK (queries at a time, of a thread; 0 is
none) several are tried on an eighth of the queries, untimed, and the fastest is taken and told.
"""
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from told import tell

BLOCKS = (16, 32, 64, 128, 256, 512)


def pairs(K, q, epsilon, buffer):
    z = buffer[:len(q)]
    np.matmul(q, K.T, out=z)
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    limit = epsilon * z.sum(axis=1, keepdims=True)
    return int(np.count_nonzero(z >= limit)), np.argwhere(z >= limit)


def attend(K, q, V, buffer):
    z = buffer[:len(q)]
    np.matmul(q, K.T, out=z)
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    out = z @ V
    out /= z.sum(axis=1, keepdims=True)
    return len(q), out


def run(what, K, scaled, other, threads, block):
    cuts = [len(scaled) * t // threads for t in range(threads + 1)]

    def share(t):
        buffer = np.empty((block, len(K)), np.float32)
        count, kept = 0, []
        for i in range(cuts[t], cuts[t + 1], block):
            n, found = (pairs if what == 'pairs' else attend)(K, scaled[i:min(i + block, cuts[t + 1])], other, buffer)
            count += n
            kept.append(found)
        return count, kept

    wall, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        counts = [count for count, _ in pool.map(share, range(threads))]
    counted = {'pairs': sum(counts)} if what == 'pairs' else {}
    return {'seconds': time.perf_counter() - wall, 'cpuSeconds': time.process_time() - cpu, **counted}


def main(what, keys, queries, third, scale, threads, block=0, some=None):
    K, Q = (np.ascontiguousarray(np.load(name), np.float32) for name in (keys, queries))
    Q *= np.float32(scale)
    other = float(third) if what == 'pairs' else np.ascontiguousarray(np.load(third), np.float32)
    threads, block = int(threads), int(block)
    some = len(Q) if some is None else min(len(Q), int(some))
    if block == 0:
        trial = Q[:max(threads, some // 8)]
        tried = {b: run(what, K, trial, other, threads, b)['seconds'] for b in BLOCKS}
        block = min(tried, key=tried.get)
    found = run(what, K, Q[:some], other, threads, block)
    if some < len(Q):
        found = {name: value * len(Q) / some for name, value in found.items() if name != 'pairs'}
        found['extrapolatedFrom'] = some
    tell(**found, block=block)


if __name__ == '__main__':
    assert os.environ.get('OPENBLAS_NUM_THREADS') == '1', 'set OPENBLAS_NUM_THREADS=1'
    main(*sys.argv[1:])
