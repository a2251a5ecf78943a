"""Which keys a rule keeps: one fixed set a key head, within each segment, from unmasked keys only.

A rule that reads queries gets those of all query heads that share the key head (`fits`), rows that see no key left out."""
import numpy as np

from make_linalg import LD

from . import philox
from .kmeans import representatives
from .leverage import leverage, rounded
from .weights import default_scale, log_weights, normalised

SAMPLED_QUERIES = 32
AT_THRESHOLD = 1 - 1e-12  # a leverage that is exactly epsilon is in
READS_QUERIES = ('query-moments', 'sampled-queries', 'accumulated')


class Fit:
    """Queries that a rule reads, of one query head: Q [m, d] and what each sees, bool [m, n]."""

    def __init__(self, Q, vis, n):
        self.Q, self.see = Q, vis.see(len(Q), n)
        self.rows = self.see.any(axis=1)
        self.positions = vis.positions(len(Q))

    def within(self, rows):
        """Only these rows, bool [m]."""
        other = object.__new__(Fit)
        other.Q, other.see, other.positions, other.rows = self.Q, self.see, self.positions, self.rows & rows
        return other


def fixed_set(spec, K, fits, vis, scale=None, draw=0):
    """bool [n]. spec: {'full'} | {'none'} | {'ids'} | {'scores', 'keep'} | {'rule', 'keep' or 'epsilon', 'seed'}."""
    n = len(K)
    chosen = np.zeros(n, bool)
    allowed = vis.keys(n)
    if spec.get('full'):
        return allowed
    if spec.get('none'):
        return chosen
    if 'ids' in spec:
        ids = np.asarray(spec['ids']).astype(int)
        chosen[ids[ids >= 0]] = True
        return chosen & allowed
    for a, b in vis.segments(n):
        ids = a + np.flatnonzero(allowed[a:b])
        inside = [f.within((f.positions >= a) & (f.positions < b)) for f in fits] if vis.segment else fits
        chosen[pick(spec, K, ids, inside, scale, draw)] = True
    return chosen


def pick(spec, K, ids, fits, scale, draw):
    """Of the candidates `ids` (ascending), those that the rule keeps."""
    if spec.get('epsilon') is not None:
        return ids[leverage(K[ids]) >= spec['epsilon'] * AT_THRESHOLD]
    seed, keep = spec.get('seed', 1), min(spec['keep'], len(ids))
    if spec.get('rule') == 'kmeans':
        return ids[representatives(K[ids], keep, seed)] if keep else ids[:0]
    score = np.asarray(spec['scores'], LD)[ids] if 'scores' in spec else scores(spec['rule'], K, ids, fits, scale, seed, draw)
    return ids[np.argsort(-score, kind='stable')[:keep]]


def scores(rule, K, ids, fits, scale, seed, draw):
    """The larger the better, [len(ids)]."""
    X = K[ids].astype(LD)
    if rule == 'leverage':
        return rounded(leverage(K[ids]))
    if rule in ('norm-max', 'norm-min'):
        return (X * X).sum(axis=1) * (1 if rule == 'norm-max' else -1)
    if rule == 'random':
        return np.array([philox.uniform(seed, 'selectionRandom', int(j), block=draw) for j in ids])
    if rule == 'query-moments':
        return moment_scores(X, fits, default_scale(K.shape[1]) if scale is None else scale)
    if rule == 'sampled-queries':
        fits = sampled(fits, seed)
    return sum((attention_sums(f, K, scale)[ids] for f in fits), np.zeros(len(ids), LD))


def moment_scores(X, fits, scale):
    """mu.k + k^T Sigma k / 2: mean and covariance (divided by the count) of scale q over all queries."""
    q = np.concatenate([LD(scale) * f.Q[f.rows].astype(LD) for f in fits])
    if len(q) == 0:
        return np.zeros(len(X), LD)
    mean = q.sum(axis=0) / len(q)
    spread = np.zeros(len(X), LD)
    for row in q - mean:
        spread += (X * row).sum(axis=1) ** 2
    return (X * mean).sum(axis=1) + spread / (2 * len(q))


def sampled(fits, seed):
    """32 of the queries, drawn from all heads' rows in the order (head, row)."""
    where = [(h, i) for h, f in enumerate(fits) for i in np.flatnonzero(f.rows)]
    drawn = philox.sample_sorted(min(SAMPLED_QUERIES, len(where)), len(where), seed, 'selectionQueries')
    masks = [np.zeros(len(f.Q), bool) for f in fits]
    for at in drawn:
        masks[where[at][0]][where[at][1]] = True
    return [f.within(mask) for f, mask in zip(fits, masks)]


def attention_sums(fit, K, scale):
    """sum_i A_ij over the rows of a fit, [n]."""
    rows = np.flatnonzero(fit.rows)
    shares, _ = normalised(log_weights(fit.Q[rows], K, fit.see[rows], scale=scale))
    return shares.sum(axis=0)
