"""Holds test/golden/softmax/answers against a second evaluation: loops, exact fractions, 50-digit decimals (softmax/plain_*.py).

    python3 test/golden/check_softmax.py           nothing is written; ends with an error at the first kind that differs
"""
import json
from decimal import Decimal
from pathlib import Path

import numpy as np

from softmax.plain_coverage import READS, judged, selection_numbers
from softmax.plain_selection import PlainHead, dot, fixed_set, plain_clusters, plain_output

HERE = Path(__file__).parent / 'softmax' / 'answers'
INPUTS = np.load(HERE / 'inputs.npz')
REL = 4e-15     # 80-bit logits of 1e4 leave 5e-16, rounding the answer 1e-16
SMALLEST = Decimal('1e-300')  # scores below this are subnormal, or zero, in float64
worst = {}


def compare(what, got, want, size=None):
    """got (float or None) against the exact want, relative to `size`."""
    if want is None or got is None:
        assert want is None and got is None, (what, got, want)
        return
    size = max(abs(want), Decimal(1) if size is None else size)
    error = float(abs(Decimal(float(got)) - want) / size)
    kind = what[0]
    worst[kind] = max(worst.get(kind, 0), error)
    assert error <= REL, (what, got, want)


def compare_lse(what, got, want):
    if want is None:
        assert got == -np.inf, (what, got)
    else:
        compare(what, got, want)


def heads_of(case):
    """Per query head: PlainHead, its key head, and who reads: the queries of its group or `fitQueries`."""
    arrays = {role: INPUTS[where] for role, where in case['arrays'].items()}
    Q, K, V = arrays['queries'], arrays['keys'], arrays.get('values')
    o = case['options']
    plain = lambda q, h, of: PlainHead(q, K[h * len(K) // of], o, arrays, None if V is None else V[h * len(K) // of])  # noqa: E731
    judge = [plain(q, h, len(Q)) for h, q in enumerate(Q)]
    other = 'fitQueries' in arrays
    read = [plain(q, h, len(arrays['fitQueries'])) for h, q in enumerate(arrays['fitQueries'])] if other else judge
    rows = lambda r: [i for i in range(len(r.Q)) if not (o.get('holdout') and not other) or i % 2 == 0]  # noqa: E731
    for h, head in enumerate(judge):
        kh = h * len(K) // len(Q)
        yield h, kh, head, arrays, [(r, not other, rows(r)) for g, r in enumerate(read) if g * len(K) // len(read) == kh]


def own(array, kh):
    return array[kh] if array.ndim == 2 else array


def check_pairs(case, answers):
    for h, _, head, _, _ in heads_of(case):
        listed = {(int(i), int(j)): (bool(r), s, x) for (i, j, r), s, x in
                  zip(answers[f"{case['name']}.{h}.pairs"].T, answers[f"{case['name']}.{h}.scores"], answers[f"{case['name']}.{h}.dots"])}
        a, b = case['options'].get('queryRows', (0, len(head.Q)))
        epsilon, top = case['options'].get('epsilon', 0), case['options'].get('top', head.n)
        count = 0
        for i in range(a, b):
            A, lse = head.attention(head.Q[i], head.seen(i))
            compare_lse(('lse', case['name'], i), answers[f"{case['name']}.{h}.lse"][i - a], lse)
            order = sorted(A, key=lambda j: (-A[j], j))[:top]
            for j in A:
                heavy = j in order and A[j] >= Decimal(epsilon) * (1 - Decimal('1e-17'))
                assert heavy == ((i, j) in listed and listed[i, j][0]), (case['name'], i, j, A[j])
                count += heavy
                if (i, j) in listed:
                    compare(('score', case['name'], i, j), listed[i, j][1], A[j], SMALLEST)
                    x = dot(head.Q[i], head.K[j])
                    compare(('dot', case['name'], i, j), listed[i, j][2], Decimal(x.numerator) / Decimal(x.denominator), 1)
        assert count == case['heads'][h]['pairs'], case['name']


def check_attend(case, answers):
    selection = case['options']['selection']
    for h, kh, head, arrays, readers in heads_of(case):
        spec = {k: own(arrays[k], kh) if v is True and k in arrays else v for k, v in selection.items()}
        chosen = fixed_set(head, spec, readers)
        found = case['heads'][h]
        assert sorted(chosen) == found['keyIds'], (case['name'], h, sorted(chosen), found['keyIds'])
        groups = plain_clusters(head, chosen, selection, selection.get('seed', 1)) if selection.get('restClusters') else []
        a, b = case['options'].get('queryRows', (0, len(head.Q)))
        size = max((abs(Decimal(float(v))) for v in arrays['values'].flat), default=Decimal(1))
        empty = alone = 0
        for i in range(a, b):
            S, by_itself = head.selected(i, chosen, selection)
            output, lse = plain_output(head, i, S, groups)
            empty, alone = empty + (lse is None), alone + by_itself
            compare_lse(('lse', case['name'], i), answers[f"{case['name']}.{h}.lse"][i - a], lse)
            for got, want in zip(answers[f"{case['name']}.{h}.output"][i - a], output, strict=True):
                compare(('output', case['name'], i), got, want, size)
        assert (empty, alone) == (found['emptyRows'], found['selfRows']), (case['name'], empty, alone)


def check_coverage(case, answers):
    for h, kh, head, arrays, readers in heads_of(case):
        rows, _, empty = judged(head)
        found = case['heads'][h]
        assert rows == case['judgedRows'] and empty == found['emptyRows'], case['name']
        for s, selection in enumerate(found['selections']):
            given = arrays.get(f"scores:{selection['select'].split('+')[0]}")
            want = selection_numbers(head, selection['select'], selection['keep'], None if given is None else own(given, kh), readers)
            compare_numbers((case['name'], h, s), selection, want, answers)
        assert all(x['fit'] == 'keys' for x in found['selections'] if x['select'].split('+')[0] not in (*READS, 'best'))


def compare_numbers(at, selection, want, answers):
    name = '.'.join(map(str, at))
    assert selection['histogram'] == want.pop('histogram'), (name, selection['select'])
    for x in want['mass']:
        edge = abs(x * 50 - round(x * 50)) / 50
        assert edge > Decimal('1e-9') or not 0 < round(x * 50) < 50, (name, 'a mass on the edge of two bins', x)
    for kind in ('mass', 'error'):
        for got, exact in zip(answers[f'{name}.{kind}'] if want.get(kind) else [], want.pop(kind, [])):
            compare((kind, name), None if np.isnan(got) else got, exact)
    for kind, exact in want.items():
        for got, x in zip(*([(selection[kind]), exact] if isinstance(exact, list) else [[selection.get(kind)], [exact]]), strict=True):
            compare((kind, name), got, x)


for kind, check in (('pairs', check_pairs), ('attend', check_attend), ('coverage', check_coverage)):
    answers = np.load(HERE / f'{kind}.npz')
    known = json.loads((HERE / f'{kind}.json').read_text())
    for case in known:
        check(case, answers)
    print(kind, len(known), 'cases agree; worst relative error', {k: f'{v:.1e}' for k, v in worst.items()}, flush=True)
    worst.clear()
