"""Inputs of the golden cases, [heads, rows, d]: made by Python's own random(), whose numbers are promised for ever."""
import math
import random

import numpy as np


def normal(seed, *shape):
    """Nearly normal numbers of variance 1."""
    draw = random.Random(seed).random
    return np.array([(draw() + draw() + draw() + draw() - 2) * math.sqrt(3) for _ in range(math.prod(shape))]).reshape(shape)


def head(seed, m, n, d, dv=0, heads=1, key_heads=1, dtype=np.float32, spread=1.0):
    """Queries, keys and, with dv, values."""
    made = {'queries': normal(seed, heads, m, d) * spread, 'keys': normal(seed + 1, key_heads, n, d)}
    if dv:
        made['values'] = normal(seed + 2, key_heads, n, dv)
    return {name: a.astype(dtype) for name, a in made.items()}


def equal_logits(n):
    """Every key has the same dot with every query, though the keys differ."""
    keys = np.concatenate([np.ones((n, 1)), np.arange(n)[:, None]], axis=1)
    return {'queries': np.array([[[2.0, 0], [0, 0], [-3, 0]]], np.float32), 'keys': keys[None].astype(np.float32),
            'values': np.arange(2 * n, dtype=np.float32).reshape(1, n, 2) + 1}


def duplicates(seed):
    """24 keys: 8 different ones, three times over, and integer queries: every dot is exact."""
    keys = np.rint(normal(seed, 8, 3) * 2)
    return {'queries': np.rint(normal(seed + 1, 1, 6, 3)).astype(np.float32), 'keys': np.tile(keys, (3, 1))[None].astype(np.float32),
            'values': normal(seed + 2, 1, 24, 2).astype(np.float32)}


def large_logits(seed, dtype):
    """Logits up to about 1e4 of both signs."""
    made = head(seed, 10, 40, 4, 2, dtype=dtype)
    made['queries'] = (made['queries'] * 4e3).astype(dtype)
    return made


def along_one(logits, queries=3):
    """Keys whose logits with query i are (i + 1) times those asked for, d = 4 and --scale 1."""
    keys = np.zeros((1, len(logits), 4), np.float32)
    keys[0, :, 0] = logits
    keys[0, :, 1:] = normal(99, len(logits), 3) * 0.25
    q = np.zeros((1, queries, 4), np.float32)
    q[0, :, 0] = np.arange(1, queries + 1)
    q[0, :, 1:] = normal(98, queries, 3)
    return {'queries': q, 'keys': keys}


def raised():
    """Block 0 is low; one key of block 1 lies 100 octaves above it for query 0 (200, 300 for the others), block 2 between."""
    logits = normal(3, 600)
    logits[400], logits[401], logits[590] = 70, 69.5, 68
    return along_one(logits)


def falling():
    """One key of block 0 lies 200 octaves above all later ones: their exponentials are 0."""
    logits = normal(4, 300)
    logits[7] = 140
    return along_one(logits)


def close_logits(seed):
    """Logits of about 1e4 that differ by about 1: eight keys beside one another."""
    made = large_logits(seed, np.float64)
    made['keys'][0, 0] *= 2.5
    made['keys'][0, 1:8] = made['keys'][0, 0] + 2e-4 * made['keys'][0, 1:8]
    made['queries'][0] = 4e3 * made['keys'][0, 0] + made['queries'][0] / 8
    return made


def future_peak(start):
    """Keys from `start` on lie far above the others: causal rows before them may not see them."""
    made = head(5, 24, 540, 4)
    made['keys'][0, start:, 0] += 40
    made['queries'][0, :, 0] = np.abs(made['queries'][0, :, 0]) + 1
    return made


def shared_key(seed):
    """One key that every query gives nearly everything: a sink."""
    made = head(seed, 12, 30, 4, 2)
    made['queries'][0] += 2
    made['keys'][0, 3] += 3
    return made


def huge(factor):
    made = head(41, 6, 20, 4, 2, dtype=np.float64)
    return made | {'queries': made['queries'] / factor, 'keys': made['keys'] * factor}


def basis(times):
    """Three basis vectors, each `times` times: every leverage is exactly 1/times."""
    made = head(31, 5, 3 * times, 3, 2)
    made['keys'] = np.tile(np.eye(3), (times, 1))[None].astype(np.float32)
    return made


def noisy_ties():
    """Twelve rotations of one vector in the plane: leverage 1/6 each, which rounding noise would order."""
    angle = 2 * np.pi * np.arange(12) * 5 / 12
    made = head(33, 6, 12, 2, 2, dtype=np.float64)
    return made | {'keys': np.stack([np.cos(angle), np.sin(angle)], axis=1)[None]}


def with_zero_keys():
    made = head(35, 8, 12, 3, 2)
    made['keys'][0, [1, 2, 5, 6, 7, 9]] = 0
    return made


def zero_values():
    """The first five values are zero: a causal row that sees no other has output zero."""
    made = head(37, 15, 15, 3, 2)
    made['values'][0, :5] = 0
    return made


INPUTS = {
    'small': lambda: head(1, 9, 37, 5, 3),
    'small64': lambda: head(1, 9, 37, 5, 3, dtype=np.float64),
    'square': lambda: head(7, 40, 40, 5, 3),
    'tail257': lambda: head(9, 3, 257, 3),
    'tail263': lambda: head(11, 3, 263, 3),
    'grouped': lambda: head(13, 16, 20, 4, 3, heads=4, key_heads=2),
    'uneven': lambda: head(15, 7, 12, 3, 2, heads=3, key_heads=2),
    'many-queries': lambda: head(17, 60, 18, 4, 2, heads=2, key_heads=1),
    'one-key': lambda: head(19, 5, 1, 3, 2),
    'one-query': lambda: head(21, 1, 23, 3, 2),
    'one-pair': lambda: head(23, 1, 1, 1, 1),
    'no-keys': lambda: head(25, 3, 0, 2, 2),
    'no-queries': lambda: head(25, 0, 4, 2, 2),
    'equal3': lambda: equal_logits(3),
    'equal4': lambda: equal_logits(4),
    'duplicates': lambda: duplicates(27),
    'large32': lambda: large_logits(29, np.float32),
    'large64': lambda: large_logits(29, np.float64),
    'raised': raised,
    'falling': falling,
    'future-peak': lambda: future_peak(140),
    'future-block': lambda: future_peak(300),
    'close': lambda: close_logits(55),
    'shared-key': lambda: shared_key(43),
    'huge': lambda: huge(1e200),
    'tiny': lambda: huge(1e-200),
    'blocks': lambda: head(45, 4, 600, 4, 0, spread=2.0),
    'basis10': lambda: basis(10),
    'noisy-ties': noisy_ties,
    'zero-keys': with_zero_keys,
    'zero-values': zero_values,
    'grid': lambda: head(47, 21, 21, 4, 3),
    'peaked': lambda: head(49, 24, 24, 4, 3, spread=3.0),
    'slow-centres': lambda: head(118, 3, 150, 2, 2),
    'fit': lambda: {'queries': normal(51, 1, 14, 4).astype(np.float32)},
}


def ramp(count, *zeros):
    """A mask: all true but for half-open ranges."""
    mask = np.ones(count, np.int32)
    for a, b in zeros:
        mask[a:b] = 0
    return mask


ARRAYS = {
    'keyMask37': lambda: (np.arange(37) % 3 != 0).astype(np.int32),
    'keyMask40': lambda: ramp(40, (0, 3), (17, 20)),
    'queryMask60': lambda: ramp(60, (10, 60)),
    'queryMask40': lambda: ramp(40, (38, 40)),
    'noKeys37': lambda: np.zeros(37, np.int32),
    'noKeys24': lambda: np.zeros(24, np.int32),
    'lateKeys600': lambda: ramp(600, (0, 300)),
    'earlyKeys600': lambda: ramp(600, (256, 600)),
    'keyMask24': lambda: ramp(24, (0, 4), (9, 12)),
    'queryMask24': lambda: ramp(24, (22, 24)),
    'lateQueries24': lambda: ramp(24, (0, 12)),
    'scores24': lambda: np.array([3, 1, 3, 2, 2, 2] * 4, np.float64),
    'scores2x20': lambda: normal(53, 2, 20),
    'ids24': lambda: np.array([5, -1, 3, 23, 5], np.int32),
    'ids2x4': lambda: np.array([[1, 4, 7, 19], [0, 2, -1, -1]], np.int32),
}
