"""Golden answers of the softmax side: pairs, attend, coverage, by the oracle of test/golden/softmax (80-bit, from the definitions).

    python3 test/golden/make_softmax.py            writes test/golden/softmax/answers (some seconds)
"""
import json
from pathlib import Path

import numpy as np

from make_linalg import require_80_bit
from softmax import cases, philox
from softmax.coverage import coverage_of
from softmax.heads import attend_of, pairs_of
from softmax.inputs import ARRAYS, INPUTS
from softmax.weights import log_weights, normalised

OUT = Path(__file__).parent / 'softmax' / 'answers'
NEAR = 1 - 1e-3     # pairs down to here are listed: a product may report within its slack
BELOW = 1 - 1e-9


def case_of(entry):
    """-> the case as committed, and its arrays."""
    name, why, source, options, named = entry
    arrays = {role: a for role, a in INPUTS[source]().items()}
    where = {role: f'{source}.{role}' for role in arrays}
    if options.get('NO_VALUES'):
        options = {k: v for k, v in options.items() if k != 'NO_VALUES'}
        del arrays['values'], where['values']
    for role, what in named.items():
        where[role] = f'{what}.queries' if what in INPUTS else what
        arrays[role] = INPUTS[what]()['queries'] if what in INPUTS else ARRAYS[what]()
    case = {'name': name, 'why': why, 'arrays': where, 'options': dict(options)}
    return case, arrays


def own_score(case, arrays):
    """epsilon ['below', row, place] -> 1e-9 below that score of head 0."""
    wanted = case['options'].get('epsilon')
    if isinstance(wanted, list):
        from softmax.heads import visibility
        _, row, place = wanted
        Q, K = arrays['queries'][0], arrays['keys'][0]
        see = visibility(case['options'], arrays).see(len(Q), len(K))
        A, _ = normalised(log_weights(Q, K, see, scale=case['options'].get('scale')))
        case['options']['epsilon'] = float(np.sort(A[row])[::-1][place] * BELOW)


def write_pairs(case, arrays, answers):
    own_score(case, arrays)
    options, heads = case['options'], []
    for h, (see, reported, A, dots, lse) in enumerate(pairs_of(case, arrays)):
        rows = slice(*options['queryRows']) if 'queryRows' in options else slice(0, len(see))
        near = see & (A >= options.get('epsilon', 0) * NEAR)
        if options.get('top') is not None:
            wide = pairs_of({'options': options | {'epsilon': None}}, arrays)[h][1]
            near &= wide
        i, j = np.nonzero(near)
        at = f"{case['name']}.{h}"
        answers[f'{at}.pairs'] = np.stack([i, j, reported[i, j]]).astype('<i4')
        answers[f'{at}.scores'], answers[f'{at}.dots'] = A[i, j].astype('<f8'), dots[i, j].astype('<f8')
        answers[f'{at}.lse'] = lse[rows].astype('<f8')
        sums = np.where(reported, A, 0).sum(axis=1)[rows][see[rows].any(axis=1)]
        count = int(reported.sum())
        heads.append({'pairs': count, 'emptyRows': int((~see[rows].any(axis=1)).sum()),
                      'heavyMassMean': float(sums.mean()) if len(sums) else None,
                      'negativeDotShare': float((dots[reported] < 0).sum() / count) if count else None})
    return {**case, 'heads': heads}


def write_attend(case, arrays, answers):
    heads = []
    for h, a in enumerate(attend_of(case, arrays)):
        at = f"{case['name']}.{h}"
        answers[f'{at}.output'], answers[f'{at}.lse'] = a['output'].astype('<f8'), a['lse'].astype('<f8')
        heads.append({'keyIds': a['keyIds'].tolist(), 'emptyRows': a['emptyRows'], 'selfRows': a['selfRows'],
                      'keysPerRow': keys_per_row(a), **({} if a['owner'] is None else {'clusters': a['owner'].tolist()})})
    return {**case, 'heads': heads}


def keys_per_row(answer):
    """Mean |S_i| over the rows that are not empty; null without any."""
    counts = answer['S'][answer['rows']].sum(axis=1)[answer['lse'] > -np.inf]
    return float(counts.mean()) if len(counts) else None


def write_coverage(case, arrays, answers):
    found = coverage_of(case, arrays)
    for head in found['heads']:
        for s, selection in enumerate(head['selections']):
            at = f"{case['name']}.{head['index']}.{s}"
            answers[f'{at}.mass'] = selection.pop('mass').astype('<f8')
            if 'error' in selection:
                answers[f'{at}.error'] = selection.pop('error').astype('<f8')
    return {**case, 'judgedRows': found['judgedRows'].tolist(), 'heads': found['heads']}


def main():
    require_80_bit()
    philox.check_known_vectors()
    OUT.mkdir(exist_ok=True)
    inputs = {}
    for kind, entries, write in (('pairs', cases.PAIRS, write_pairs), ('attend', cases.ATTEND, write_attend), ('coverage', cases.COVERAGE, write_coverage)):
        answers, lines = {}, []
        for entry in entries:
            case, arrays = case_of(entry)
            inputs |= {case['arrays'][role]: a for role, a in arrays.items()}
            lines.append(json.dumps(write(case, arrays, answers), allow_nan=False))
        np.savez_compressed(OUT / f'{kind}.npz', **answers)
        (OUT / f'{kind}.json').write_text('[\n' + ',\n'.join(lines) + '\n]\n')
        print(kind, len(lines), 'cases')
    np.savez_compressed(OUT / 'inputs.npz', **inputs)


if __name__ == '__main__':
    main()
