"""Several heads at once: query head h reads key head floor(h Hk / Hq), and one fixed set is chosen a key head."""
from dataclasses import replace

import numpy as np

from .attend import attend, rest_clusters
from .pairs import softmax_pairs
from .rules import Fit, fixed_set
from .selection import selected

VISIBILITY = {'causal': 'causal', 'queryStart': 'query_start', 'slidingWindow': 'sliding_window', 'segment': 'segment',
              'keyRows': 'key_rows', 'queryRows': 'query_rows'}


def visibility(options, arrays):
    """Options in the library's names, masks from `arrays`."""
    from .visibility import Visibility
    named = {VISIBILITY[k]: v for k, v in options.items() if k in VISIBILITY}
    return Visibility(key_mask=arrays.get('keyMask'), query_mask=arrays.get('queryMask'), **named)


def key_head(h, query_heads, key_heads):
    return h * key_heads // query_heads


def pairs_of(case, arrays):
    """One answer a query head: reported, A, dots, lse, and which rows the range holds."""
    Q, K, o = arrays['queries'], arrays['keys'], case['options']
    vis = visibility(o, arrays)
    see = vis.see(Q.shape[1], K.shape[1])
    return [(see, *softmax_pairs(q, K[key_head(h, len(Q), len(K))], see, o.get('epsilon'), o.get('top'), o.get('scale')))
            for h, q in enumerate(Q)]


def fits_of(arrays, vis, kh, only=None):
    """What the rules read for key head kh: the queries of its group, or those of `fitQueries` (no mask of the judged ones holds)."""
    Q, keys = arrays.get('fitQueries', arrays['queries']), arrays['keys']
    if 'fitQueries' in arrays:
        vis = replace(vis, query_mask=None, query_rows=None)
    group = [Fit(q, vis, keys.shape[1]) for h, q in enumerate(Q) if key_head(h, len(Q), len(keys)) == kh]
    return group if only is None else [f.within(only) for f in group]


def spec_of(selection, arrays, kh):
    """A selection's rule with its arrays: scores and ids are [n] for all, or a row a key head."""
    found = dict(selection)
    for name in ('scores', 'ids'):
        if found.get(name) is True:
            found[name] = arrays[name][kh] if arrays[name].ndim == 2 else arrays[name]
    return found


def attend_of(case, arrays):
    """One answer a query head: fixed set (ids), output, lse, empty rows, self rows; rows outside queryRows belong to nobody."""
    Q, K, V, o = arrays['queries'], arrays['keys'], arrays['values'], case['options']
    vis = visibility(o, arrays)
    m, n = Q.shape[1], K.shape[1]
    see, selection, answers = vis.see(m, n), o['selection'], []
    weights = {k: o[k] for k in ('attention', 'scale', 'p') if k in o}
    rows = slice(*o['queryRows']) if 'queryRows' in o else slice(0, m)
    for h, q in enumerate(Q):
        kh = key_head(h, len(Q), len(K))
        chosen = fixed_set(spec_of(selection, arrays, kh), K[kh], fits_of(arrays, vis, kh), vis, o.get('scale'))
        S, alone = selected(chosen[None, :], see, vis.positions(m), vis.causal, selection)
        owner = rest_clusters(K[kh], chosen, selection, vis, selection.get('seed', 1)) if selection.get('restClusters') else None
        output, lse, empty = attend(q, K[kh], V[kh], see, S, weights, owner)
        answers.append({'keyIds': np.flatnonzero(chosen), 'output': output[rows], 'lse': lse[rows], 'owner': owner,
                        'emptyRows': int(empty[rows].sum()), 'selfRows': int(alone[rows].sum()), 'S': S, 'rows': rows})
    return answers
