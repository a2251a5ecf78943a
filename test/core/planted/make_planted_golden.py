#!/usr/bin/env python3
"""make_planted_golden.py > planted-golden.json: the planted model written down a second time, plainly, from the published
Philox4x32-10 and from the model's definition, in Python's integers and float64. Standard library only."""
import json
import math
from statistics import NormalDist

KEYS, QUERIES, IDS, LEVERAGE, PICKS = range(5)
SEED, N, D, M, PLANTED = 2**40 + 7, 1000, 6, 8, 3


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(q >> 32) ^ c[1] ^ k[0], q % 2**32, (p >> 32) ^ c[3] ^ k[1], p % 2**32]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return c


def words(purpose, index, count):
    out = []
    for block in range(-(-count // 4)):
        out += philox([block, index % 2**32, index >> 32, purpose], [SEED % 2**32, SEED >> 32])
    return out[:count]


def uniform(purpose, index):
    a, b = words(purpose, index, 2)
    return ((a >> 6) * 2**26 + (b >> 6) + 0.5) * 2.0**-52


def normals(purpose, index):
    return [NormalDist().inv_cdf((w + 0.5) / 2**32) for w in words(purpose, index, D)]


def planted_ids():
    chosen = set()
    for last in range(N - PLANTED, N):
        drawn = int(uniform(IDS, last - (N - PLANTED)) * (last + 1))
        chosen.add(last if drawn in chosen else drawn)
    return sorted(chosen)


def key(row):
    scale = math.sqrt((0.01 + 0.09 * uniform(LEVERAGE, row)) * N / D) if row in ids else 1
    return [x * scale for x in normals(KEYS, row)]


def query(row):
    noise = normals(QUERIES, row)
    if row >= M // 2:
        return noise
    near = normals(KEYS, ids[int(uniform(PICKS, row) * PLANTED)])
    length = math.sqrt(sum(x * x for x in near))
    return [0.7 * x * math.sqrt(D) / length + 0.7 * y for x, y in zip(near, noise)]


ids = planted_ids()
print(json.dumps({
    'seed': SEED, 'rowCount': N, 'dim': D, 'queryCount': M, 'plantedCount': PLANTED, 'plantedIds': ids,
    'keys': {row: key(row) for row in [0, 1, N - 1, *ids]},
    'queries': {row: query(row) for row in range(M)},
    'highIndex': {'index': 2**33 + 1, 'uniform': uniform(KEYS, 2**33 + 1), 'normals': normals(KEYS, 2**33 + 1)},
}, indent=1))
