"""How much softmax attention selections hold: every number of the product's `coverage`, query head by query head."""
import numpy as np

from make_linalg import LD

from .attend import attend, rest_clusters
from .heads import fits_of, key_head, visibility
from .pairs import rank
from .philox import RANDOM_DRAWS, sample_sorted
from .rules import READS_QUERIES, fixed_set
from .selection import selected
from .weights import log_weights, normalised

BINS = 50
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
EXTRAS = {'local': ('local', 'grid'), 'sinks': ('sinkTokens',), 'rest': ('restClusters',)}


def coverage_of(case, arrays):
    """-> {'judgedRows', 'heads': [...]}; per head its numbers and the per-query mass and error of every selection."""
    o, Q, K = case['options'], arrays['queries'], arrays['keys']
    vis = visibility(o, arrays)
    m = Q.shape[1]
    see = vis.see(m, K.shape[1])
    rows, candidates, empty = judged_rows(o, see)
    heads = []
    for h, q in enumerate(Q):
        kh = key_head(h, len(Q), len(K))
        even = np.arange(m) % 2 == 0 if o.get('holdout') and 'fitQueries' not in arrays else None
        head = Head(q[rows], K[kh], arrays['values'][kh] if 'values' in arrays else None, see[rows], vis.positions(m)[rows], vis,
                    fits_of(arrays, vis, kh, even), o, candidates)
        held_out = bool(o.get('holdout')) or 'fitQueries' in arrays
        found = [head.judge(text, keep, held_out, arrays, kh) for text in o['select'] for keep in keeps(text, o['keep'])]
        heads.append({'index': h, 'keyHead': kh, 'emptyRows': empty, 'heavyPairs': int(head.heavy.sum()), 'selections': found})
    return {'judgedRows': rows, 'heads': heads}


def judged_rows(o, see):
    """Rows that are judged, how many could have been, and rows that see nothing (of those looked at)."""
    looked = np.arange(len(see))
    if 'queryRows' in o:
        looked = looked[slice(*o['queryRows'])]
    if o.get('holdout'):
        looked = looked[looked % 2 == 1]
    able = looked[see[looked].any(axis=1)]
    count = min(o.get('sample') or len(able), len(able))
    rows = able if count == len(able) else able[sample_sorted(count, len(able), o.get('seed', 1), 'sampledQueries')]
    return rows, len(able), len(looked) - len(able)


def parse(text):
    """'accumulated+local' -> ('accumulated', {'local'}); a selection of extras alone has the rule None."""
    words = text.split('+')
    named = {w for w in words if w in EXTRAS}
    rules = [w for w in words if w not in EXTRAS]
    assert len(rules) <= 1 and not ('best' in rules and 'rest' in named), text
    return (rules[0] if rules else None), named


def keeps(text, wanted):
    return wanted if parse(text)[0] is not None else [None]


def fit_label(rule, held_out, is_best):
    if rule == 'best':
        return 'oracle'
    if rule not in READS_QUERIES:
        return 'keys'
    return 'held-out' if held_out else ('oracle' if rule == 'accumulated' and is_best else 'in-sample')


class Head:
    """One query head: its judged rows [r, d] with full softmax A [r, n] and, with values, full output [r, dv]."""

    def __init__(self, Q, K, V, see, positions, vis, fits, options, candidates):
        self.Q, self.K, self.V, self.see, self.positions, self.vis, self.fits, self.o = Q, K, V, see, positions, vis, fits, options
        self.candidates = candidates
        self.z = log_weights(Q, K, see, scale=options.get('scale'))
        self.A, _ = normalised(self.z)
        self.heavy = (self.A >= options.get('heavy', 0.01)) & see
        self.full = attend(Q, K, V, see, see, self.weights())[0] if V is not None else None

    def weights(self):
        return {'scale': self.o.get('scale')}

    def extras(self, named):
        """What joins this selection: extras that it names, and those that are given but named by none."""
        used = set().union(*(parse(t)[1] for t in self.o['select']))
        joins = named | {e for e in EXTRAS if e not in used}
        return {key: self.o[key] for e in joins for key in EXTRAS[e] if key in self.o}

    def judge(self, text, keep, held_out, arrays, kh):
        rule, named = parse(text)
        extras = self.extras(named)
        if rule == 'best':
            extras.pop('restClusters', None)  # a set a row leaves no one rest to cluster
        draws = [self.draw(rule, keep, extras, arrays, kh, d) for d in range(RANDOM_DRAWS if rule == 'random' else 1)]
        # All queries see the same keys, and none joins the set: its mass is a sum over its keys.
        sees_alike = not any(self.o.get(name) for name in ('causal', 'segment', 'slidingWindow'))
        is_best = sees_alike and 'local' not in extras and 'sinkTokens' not in extras
        return {'select': text, 'keep': keep, 'fit': fit_label(rule, held_out, is_best), **self.numbers(draws, rule)}

    def draw(self, rule, keep, extras, arrays, kh, draw):
        """-> mass [r], |S_i| [r], output error [r] (nan: o = 0), squared distance of the outputs, heavy pairs held."""
        seed = self.o.get('seed', 1)
        if rule == 'best':
            chosen = rank(self.z, self.see) < keep
        else:
            spec = {'none': True} if rule is None else {'rule': rule, 'keep': keep, 'seed': seed}
            if f'scores:{rule}' in arrays:
                given = arrays[f'scores:{rule}']
                spec = {'scores': given[kh] if given.ndim == 2 else given, 'keep': keep}
            chosen = fixed_set(spec, self.K, self.fits, self.vis, self.o.get('scale'), draw)[None, :]
        S, _ = selected(chosen, self.see, self.positions, self.vis.causal, extras)
        mass = np.minimum(np.where(S, self.A, 0).sum(axis=1), 1)
        error, far = self.errors(S, chosen, extras, seed) if self.V is not None else (None, None)
        return mass, S.sum(axis=1), error, far, int((self.heavy & S).sum())

    def errors(self, S, chosen, extras, seed):
        owner = rest_clusters(self.K, chosen[0], extras, self.vis, seed) if extras.get('restClusters') else None
        out = attend(self.Q, self.K, self.V, self.see, S, self.weights(), owner)[0]
        size, far = norms(self.full), norms(out - self.full)
        return np.where(size > 0, far / np.where(size > 0, size, 1), np.nan), (far * far).sum()

    def numbers(self, draws, rule):
        """Of several draws, mass_i and error_i are the means over them; recall and the pooled error too."""
        count = len(self.Q)
        mass = sum(d[0] for d in draws) / len(draws)
        kept = sum(d[1].astype(LD) for d in draws) / len(draws)
        held = sum(d[4] for d in draws) / LD(len(draws))
        found = {
            'massMean': mean(mass),
            'massQuantiles': [float(x) for x in np.quantile(mass.astype(float), QUANTILES)] if count else None,
            'massStandardError': float(deviation(mass) / np.sqrt(LD(count)) * np.sqrt(1 - LD(count) / self.candidates)) if count > 1 else None,
            'uniformMass': mean(kept / self.see.sum(axis=1)),
            'uniformMedian': float(np.median((kept / self.see.sum(axis=1)).astype(float))) if count else None,
            'keysPerRow': mean(kept),
            'heavyRecall': float(held / self.heavy.sum()) if self.heavy.any() else None,
            'histogram': np.histogram(mass.astype(float), BINS, (0, 1))[0].tolist(),
            'mass': mass,
        }
        if rule == 'random':
            found['massDrawSd'] = float(deviation(np.array([d[0].mean() for d in draws]))) if count else None
        if self.V is not None:
            error = sum(d[2] for d in draws) / len(draws)
            told, size = error[~np.isnan(error)], np.sqrt((norms(self.full) ** 2).sum())
            found |= {
                'outputErrorMean': mean(told),
                'outputErrorMedian': float(np.median(told.astype(float))) if len(told) else None,
                'outputErrorPooled': float(sum(np.sqrt(d[3]) for d in draws) / len(draws) / size) if size > 0 else None,
                'error': error,
            }
        return found


def norms(X):
    return np.sqrt((X * X).sum(axis=1))


def mean(x):
    return float(x.mean()) if len(x) else None


def deviation(x):
    """Standard deviation of a sample (divided by the count less one)."""
    return np.sqrt(((x - x.mean()) ** 2).sum() / (len(x) - 1))
