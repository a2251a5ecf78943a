#!/usr/bin/env python3
"""What NumPy's BLAS reaches on this machine, for the roofline: ceilings.py THREADS, with OPENBLAS_NUM_THREADS=1.

A thread each multiplies square matrices (dgemm, sgemm) and looks for the largest entry of 256 MiB; the best of several goes. Prints
operations and bytes a second of all threads together.
"""
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
import numpy as np

SIDE, STREAM, GOES = 1024, 256 << 20, 4


def best(pool, threads, run):
    def go():
        start = time.perf_counter()
        list(pool.map(run, range(threads)))
        return time.perf_counter() - start
    return min(go() for _ in range(GOES))


def products(pool, threads, dtype):
    square = [np.ones((SIDE, SIDE), dtype) for _ in range(threads)]
    out = [np.empty((SIDE, SIDE), dtype) for _ in range(threads)]
    return 2 * SIDE ** 3 * threads / best(pool, threads, lambda t: np.matmul(square[t], square[t], out=out[t]))


def main(threads):
    with ThreadPoolExecutor(threads) as pool:
        f64, f32 = (products(pool, threads, dtype) for dtype in (np.float64, np.float32))
        rows = [np.ones(STREAM // threads // 8) for _ in range(threads)]
        stream = sum(r.nbytes for r in rows) / best(pool, threads, lambda t: rows[t].max())
    print(json.dumps({'by': 'numpy', 'threads': threads, 'f64Flops': f64, 'f32Flops': f32, 'streamBytes': stream}))


if __name__ == '__main__':
    main(int(sys.argv[1]))
