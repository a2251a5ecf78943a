"""Second evaluation of coverage: every number from per-row sets, in decimals."""
from decimal import Decimal

from . import philox
from .plain_selection import decimal, fixed_set, plain_clusters, plain_output

WORDS = ('local', 'sinks', 'rest')
READS = ('query-moments', 'sampled-queries', 'accumulated')


def judged(head):
    """(rows judged, candidates, empty ones)."""
    o = head.o
    a, b = o.get('queryRows', (0, len(head.Q)))
    rows = [i for i in range(a, b) if not o.get('holdout') or i % 2]
    able = [i for i in rows if head.seen(i)]
    if o.get('sample', len(able)) < len(able):
        return [able[x] for x in philox.sample_sorted(o['sample'], len(able), o.get('seed', 1), 'sampledQueries')], len(able), len(rows) - len(able)
    return able, len(able), len(rows) - len(able)


def selection_numbers(head, text, keep, given, readers):
    """The numbers of one selection, named as in the golden file; `given`: scores of one's own, or None."""
    o, (rows, able, _) = head.o, judged(head)
    words = text.split('+')
    rule = next((w for w in words if w not in WORDS), None)
    typed = {w for t in o['select'] for w in t.split('+')}
    joins = [w for w in WORDS if w in words or w not in typed]
    extras = {k: o[k] for w in joins for k in {'local': ('local', 'grid'), 'sinks': ('sinkTokens',), 'rest': ('restClusters',)}[w] if k in o}
    seed = o.get('seed', 1)
    spec = {'none': True} if rule is None else {'keep': keep, 'seed': seed, **({'scores': given} if given is not None else {'rule': rule})}
    draws = []
    for draw in range(16 if rule == 'random' else 1):
        chosen = set() if rule == 'best' else fixed_set(head, spec, readers, draw)
        groups = plain_clusters(head, chosen, extras, seed) if extras.get('restClusters') and rule != 'best' else []
        draws.append([row_numbers(head, i, top_keys(head, i, keep) if rule == 'best' else chosen, extras, groups) for i in rows])
    return summary(draws, able, rule)


def top_keys(head, i, keep):
    z = {j: head.log_weight(head.Q[i], head.K[j]) for j in head.seen(i)}
    return set(sorted(z, key=lambda j: (-z[j], j))[:keep])


def row_numbers(head, i, chosen, extras, groups):
    S, _ = head.selected(i, chosen, extras)
    A, _ = head.attention(head.Q[i], head.seen(i))
    heavy = {j for j, a in A.items() if a >= Decimal(float(head.o.get('heavy', 0.01)))}
    found = {'mass': sum((A[j] for j in S), Decimal(0)), 'kept': len(S), 'seen': len(A), 'heavy': len(heavy), 'held': len(heavy & set(S))}
    if head.V is not None:
        full, out = plain_output(head, i, list(A))[0], plain_output(head, i, S, groups)[0]
        found |= {'size': sum(x * x for x in full), 'far': sum((x - y) ** 2 for x, y in zip(out, full))}
    return found


def mean(xs):
    xs = list(xs)
    return sum(xs, Decimal(0)) / len(xs) if xs else None


def spread(xs):
    middle = mean(xs)
    return (sum((x - middle) ** 2 for x in xs) / (len(xs) - 1)).sqrt()


def quantile(xs, numerator):
    """NumPy's linear rule at numerator/20."""
    xs = sorted(xs)
    at, part = divmod(numerator * (len(xs) - 1), 20)
    return xs[at] + (xs[min(at + 1, len(xs) - 1)] - xs[at]) * part / 20


def summary(draws, able, rule):
    count, times = len(draws[0]), len(draws)
    over = lambda f: [mean(f(d[i]) for d in draws) for i in range(count)]  # noqa: E731
    mass, heavy = over(lambda r: r['mass']), sum(r['heavy'] for r in draws[0])
    found = {
        'mass': mass, 'massMean': mean(mass), 'keysPerRow': mean(over(lambda r: Decimal(r['kept']))),
        'uniformMass': mean(over(lambda r: Decimal(r['kept']) / r['seen'])),
        'uniformMedian': quantile(over(lambda r: Decimal(r['kept']) / r['seen']), 10) if count else None,
        'massQuantiles': [quantile(mass, x) for x in (1, 5, 10, 15, 19)] if count else None,
        'massStandardError': spread(mass) / Decimal(count).sqrt() * (1 - Decimal(count) / able).sqrt() if count > 1 else None,
        'heavyRecall': Decimal(sum(r['held'] for d in draws for r in d)) / times / heavy if heavy else None,
        'histogram': [sum(min(int(x * 50), 49) == b for x in mass) for b in range(50)],
    }
    if rule == 'random':
        found['massDrawSd'] = spread([mean(r['mass'] for r in d) for d in draws]) if count else None
    if draws[0] and 'size' in draws[0][0]:
        told = [i for i in range(count) if draws[0][i]['size'] > 0]
        error = {i: mean((d[i]['far'] / d[i]['size']).sqrt() for d in draws) for i in told}
        size = sum(r['size'] for r in draws[0]).sqrt()
        found |= {
            'error': [error.get(i) for i in range(count)], 'outputErrorMean': mean(error.values()),
            'outputErrorMedian': quantile(list(error.values()), 10) if told else None,
            'outputErrorPooled': mean(sum(r['far'] for r in d).sqrt() for d in draws) / size if size else None,
        }
    return found
