"""Second evaluation, for small cases: which keys are seen and selected, one at a time, in exact fractions and 50-digit decimals.

Shares with the first one the draws of Philox (held against published vectors) and nothing else; leverage is make_singular's."""
import math
from decimal import Decimal, getcontext
from fractions import Fraction

from make_singular import leverage

from . import philox

getcontext().prec = 50
getcontext().Emin, getcontext().Emax = -10**9, 10**9


def decimal(x):
    return Decimal(x.numerator) / Decimal(x.denominator)


def fractions(rows):
    return [[Fraction(float(x)) for x in row] for row in rows]


def dot(x, y):
    return sum((a * b for a, b in zip(x, y)), Fraction(0))


class PlainHead:
    """One query head: lists of Fractions, and the options in the library's names."""

    def __init__(self, queries, keys, options, arrays, values=None):
        self.raw, self.o, self.arrays = keys, options, arrays
        self.Q, self.K = fractions(queries), fractions(keys)
        self.V = None if values is None else fractions(values)
        d = keys.shape[1]
        self.scale = Fraction(float(options.get('scale') or 1 / math.sqrt(d)))
        self.n = len(self.K)

    def key_is_there(self, j):
        a, b = self.o.get('keyRows', (0, self.n))
        return a <= j < b and ('keyMask' not in self.arrays or self.arrays['keyMask'][j] != 0)

    def position(self, i):
        return self.o.get('queryStart', 0) + i

    def sees(self, i, j, judged=True):
        """judged: the query is one of `queries`, to which its mask and range belong."""
        if judged:
            a, b = self.o.get('queryRows', (0, len(self.Q)))
            if not a <= i < b or ('queryMask' in self.arrays and self.arrays['queryMask'][i] == 0):
                return False
        at, width = self.position(i), self.o.get('segment')
        return (self.key_is_there(j) and not (self.o.get('causal') and j > at)
                and not ('slidingWindow' in self.o and not 0 <= at - j < self.o['slidingWindow'])
                and (width is None or at // width == j // width))

    def seen(self, i, judged=True):
        return [j for j in range(self.n) if self.sees(i, j, judged)]

    def log_weight(self, q, k):
        """Logit, or p log|q.k|; None for no weight at all."""
        x = dot(q, k)
        if self.o.get('attention') == 'power':
            return Decimal(float(self.o.get('p', 2))) * decimal(abs(x)).ln() if x else None
        return decimal(self.scale * x)

    def attention(self, q, ids):
        """{id: A} over `ids` and their lse (None without weight)."""
        return shares({j: self.log_weight(q, self.K[j]) for j in ids})

    def selected(self, i, chosen, extras):
        """(S_i, whether the row had to attend to itself)."""
        S = [j for j in self.seen(i) if j in chosen or j < (extras.get('sinkTokens') or 0) or self.is_local(i, j, extras)]
        own = self.position(i)
        if self.o.get('causal') and not S and own < self.n and self.sees(i, own):
            return [own], True
        return S, False

    def is_local(self, i, j, extras):
        radius, grid, at = extras.get('local'), extras.get('grid'), self.position(i)
        if radius is None:
            return False
        if grid is None:
            return (0 <= at - j <= radius) if self.o.get('causal') else -radius <= at - j <= radius
        first, width = grid.get('prefixTokens', 0), grid['width']
        if at < first or j < first or at >= first + grid['height'] * width:
            return False
        (r, c), (s, t) = divmod(at - first, width), divmod(j - first, width)
        return abs(r - s) + abs(c - t) <= radius


def shares(logits):
    real = {j: z for j, z in logits.items() if z is not None}
    if not real:
        return {j: Decimal(0) for j in logits}, None
    top = max(real.values())
    e = {j: (z - top).exp() for j, z in real.items()}
    total = sum(e.values())
    return {j: e.get(j, Decimal(0)) / total for j in logits}, top + total.ln()


def segments(head):
    width = head.o.get('segment') or max(1, head.n)
    for a in range(0, head.n, width):
        yield a, [j for j in range(a, min(a + width, head.n)) if head.key_is_there(j)]


def fixed_set(head, spec, readers, draw=0):
    """Set of ids. readers: [(PlainHead of the queries read, whether they are the judged ones, rows)]."""
    if spec.get('none'):
        return set()
    if spec.get('full'):
        return {j for j in range(head.n) if head.key_is_there(j)}
    if 'ids' in spec:
        return {int(j) for j in spec['ids'] if j >= 0 and head.key_is_there(int(j))}
    found = set()
    for a, ids in segments(head):
        width = head.o.get('segment')
        read = [(r, i, judged) for r, judged, rows in readers for i in rows
                if r.seen(i, judged) and (width is None or a <= r.position(i) < a + width)]
        found |= set(best_of(head, spec, ids, read, draw))
    return found


def best_of(head, spec, ids, read, draw):
    keep, seed = spec.get('keep'), spec.get('seed', 1)
    if spec.get('epsilon') is not None:
        tau = leverage(head.raw[ids])[1]
        return [j for j, t in zip(ids, tau) if t >= Fraction(str(spec['epsilon']))]
    if spec.get('rule') == 'kmeans':
        return [ids[x] for x in nearest_rows([[float(x) for x in head.raw[j]] for j in ids], keep, seed)]
    if 'scores' in spec:
        score = {j: float(spec['scores'][j]) for j in ids}
    else:
        score = dict(zip(ids, rule_scores(head, spec['rule'], ids, read, seed, draw)))
    return sorted(ids, key=lambda j: (-score[j], j))[:keep]


def rule_scores(head, rule, ids, read, seed, draw):
    if rule == 'leverage':
        return [round(t * 10**9) for t in leverage(head.raw[ids])[1]] if ids else []
    if rule in ('norm-max', 'norm-min'):
        return [dot(head.K[j], head.K[j]) * (1 if rule == 'norm-max' else -1) for j in ids]
    if rule == 'random':
        return [philox.uniform(seed, 'selectionRandom', j, draw) for j in ids]
    if rule == 'query-moments':
        return moments(head, ids, [[head.scale * x for x in r.Q[i]] for r, i, _ in read])
    if rule == 'sampled-queries':
        read = [read[at] for at in philox.sample_sorted(min(32, len(read)), len(read), seed, 'selectionQueries')]
    sums = dict.fromkeys(ids, Decimal(0))
    for r, i, judged in read:
        for j, a in head.attention(r.Q[i], r.seen(i, judged))[0].items():
            if j in sums:
                sums[j] += a
    return list(sums.values())


def moments(head, ids, queries):
    """Mean and covariance spelled out: E q q^T - E q (E q)^T."""
    if not queries:
        return [Fraction(0) for _ in ids]
    count, d = len(queries), len(queries[0])
    mu = [sum(q[a] for q in queries) / count for a in range(d)]
    sigma = [[sum(q[a] * q[b] for q in queries) / count - mu[a] * mu[b] for b in range(d)] for a in range(d)]
    return [dot(mu, head.K[j]) + dot([dot(row, head.K[j]) for row in sigma], head.K[j]) / 2 for j in ids]


def distance(x, y):
    total = 0.0
    for a, b in zip(x, y):
        total += (a - b) * (a - b)
    return total


def plain_centres(points, count, seed):
    first = [philox.below(len(points), seed, 'selectionClusters', 0)]
    while len(first) < count:
        gaps = [min(distance(x, points[c]) for c in first) for x in points]
        total = 0.0
        for gap in gaps:
            total += gap
        target, run, taken = philox.uniform(seed, 'selectionClusters', len(first)) * total, 0.0, None
        for j, gap in enumerate(gaps):
            run += gap
            if run > target and taken is None:
                taken = j
        first.append(next(j for j in range(len(points)) if j not in first) if total == 0 else taken)
    centres = [list(points[j]) for j in first]
    for _ in range(10):
        members = [[] for _ in centres]
        for x in points:
            members[nearest(x, centres)].append(x)
        for c, rows in enumerate(members):
            if rows:
                sums = [0.0] * len(rows[0])
                for x in rows:
                    sums = [s + v for s, v in zip(sums, x)]
                centres[c] = [s / len(rows) for s in sums]
    return centres


def nearest(x, centres):
    return min(range(len(centres)), key=lambda c: (distance(x, centres[c]), c))


def nearest_rows(points, keep, seed):
    if keep >= len(points):
        return list(range(len(points)))
    left, taken = list(range(len(points))), []
    for centre in plain_centres(points, keep, seed):
        taken.append(min(left, key=lambda j: (distance(points[j], centre), j)))
        left.remove(taken[-1])
    return taken


def plain_clusters(head, chosen, extras, seed):
    """[ids of a cluster, ...]."""
    groups = []
    for _, ids in segments(head):
        ids = [j for j in ids if j not in chosen and j >= (extras.get('sinkTokens') or 0)]
        points = [[float(x) for x in head.raw[j]] for j in ids]
        if extras['restClusters'] >= len(ids):
            groups += [[j] for j in ids]
        else:
            centres = plain_centres(points, extras['restClusters'], seed)
            groups += [[j for j, x in zip(ids, points) if nearest(x, centres) == c] for c in range(len(centres))]
    return groups


def plain_output(head, i, S, groups=()):
    """o_i over S and the clusters less S and less what is not seen -> (list of Decimals, lse or None)."""
    logits = {j: head.log_weight(head.Q[i], head.K[j]) for j in S}
    values = {j: head.V[j] for j in S}
    for c, group in enumerate(groups):
        members = [j for j in group if head.sees(i, j) and j not in S]
        if members:
            mean = [[sum(rows[j][a] for j in members) / len(members) for a in range(len(rows[0]))] for rows in (head.K, head.V)]
            logits['cluster', c] = Decimal(len(members)).ln() + head.log_weight(head.Q[i], mean[0])
            values['cluster', c] = mean[1]
    share, lse = shares(logits)
    return [sum((a * decimal(values[j][b]) for j, a in share.items()), Decimal(0)) for b in range(len(head.V[0]) if head.V else 0)], lse
