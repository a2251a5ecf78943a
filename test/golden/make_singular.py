"""Singular and nearly singular cases with exact answers (fractions.Fraction; floats are exact binary numbers).

    python3 test/golden/make_singular.py            writes test/golden/singular (a few seconds)

Definitions: theory.md. A_ij = <q_i,k_j>^2 / sum_l <q_i,k_l>^2; a row whose sum is exactly 0 is undefined;
tau_j = sup_y <k_j,y>^2 / |K y|^2 = k_j^T G^- k_j; U = {j : tau_j >= epsilon}, epsilon = 1/10, 1/20 ... exactly
(the double .05 lies above 1/20: a key exactly at the threshold is required all the same).
"""
import json
import random
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np

from make_linalg import column_exponents, require_80_bit, scaled_svd

OUT = Path(__file__).parent / "singular"
GREY = Fraction(1, 10**6)
INVERSE_EPSILONS = (10, 20, 100)


def exact(matrix):
    """Rows of a float array as Fractions."""
    return [[Fraction(float(x)) for x in row] for row in matrix]


def dot(x, y):
    return sum((a * b for a, b in zip(x, y) if a and b), Fraction(0))


def independent_columns(gram):
    """Indices of a maximal independent set of columns, by exact elimination with diagonal pivots."""
    g = [row[:] for row in gram]
    chosen = []
    for _ in g:
        pivot = max(range(len(g)), key=lambda a: g[a][a])
        if g[pivot][pivot] == 0:  # positive semidefinite: a zero diagonal is a zero row
            break
        chosen.append(pivot)
        head = g[pivot][:]
        g = [[x - row[pivot] * h / head[pivot] for x, h in zip(row, head)] for row in g]
    return sorted(chosen)


def solve(matrix, right):
    """x with matrix x = right, exactly; matrix regular."""
    rows = [row[:] + [b] for row, b in zip(matrix, right)]
    for c in range(len(rows)):
        at = next(r for r in range(c, len(rows)) if rows[r][c] != 0)
        rows[c], rows[at] = rows[at], rows[c]
        rows[c] = [x / rows[c][c] for x in rows[c]]
        for r in range(len(rows)):
            if r != c and rows[r][c] != 0:
                rows[r] = [x - rows[r][c] * y for x, y in zip(rows[r], rows[c])]
    return [row[-1] for row in rows]


def leverage(keys):
    """(rank, tau [n], G^- k_j [n][d]) of float keys [n, d], exactly; columns scaled by powers of two inside."""
    scales = [Fraction(2) ** int(-e) for e in column_exponents(keys)]
    rows = [[x * s for x, s in zip(row, scales)] for row in exact(keys)]
    d = keys.shape[1]
    gram = [[sum(row[a] * row[b] for row in rows) for b in range(d)] for a in range(d)]
    basis = independent_columns(gram)
    inner = [[gram[a][b] for b in basis] for a in basis]
    taus, inverses, seen = [], [], {}
    for row in rows:
        key = tuple(row)
        if key not in seen:
            x = solve(inner, [row[a] for a in basis]) if basis else []
            full = [Fraction(0)] * d
            for a, value in zip(basis, x):
                full[a] = value * scales[a]
            seen[key] = (dot([row[a] for a in basis], x), full)
        tau, inverse = seen[key]
        taus.append(tau)
        inverses.append(inverse)
    return len(basis), taus, inverses


def decimal20(value):
    """A short fraction as it is, else 20 correct digits."""
    if value.denominator < 10**9:
        return str(value)
    with localcontext() as context:
        context.prec = 20
        context.Emin, context.Emax = -(10**6), 10**6
        return f"{Decimal(value.numerator) / Decimal(value.denominator):.19E}"


def rounded_query(values):
    """Fractions as float64, scaled by a power of two to a largest entry near 1."""
    top = max(abs(x) for x in values)
    if top == 0:
        return [0.0] * len(values)
    e = top.numerator.bit_length() - top.denominator.bit_length()
    return [float(x / Fraction(2) ** e) for x in values]


def flagged(value, inverse_epsilons):
    """[nearest double, digits, the first 1/epsilon at which it is heavy or null, then those where it is grey]."""
    heavy = [inverse for inverse in inverse_epsilons if value * inverse >= 1]
    grey = [inverse for inverse in inverse_epsilons if abs(value * inverse - 1) < GREY]
    return [float(value), decimal20(value), heavy[0] if heavy else None, *grey]


def to_json(parts):
    """One line a field, one line a row of a table."""
    lines = []
    for name, value in parts.items():
        table = isinstance(value, list) and value and isinstance(value[0], list)
        body = "[\n" + ",\n".join(map(compact, value)) + "\n]" if table else compact(value)
        lines.append(f"{compact(name)}: {body}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def write(name, why, keys, queries, inverse_epsilons=INVERSE_EPSILONS, attack=3):
    """Add G^- k_j of `attack` rows to the queries, answer all of it exactly, write three files."""
    rank, taus, inverses = leverage(keys)
    n, d = keys.shape
    attacked = sorted({round(i * (n - 1) / max(1, attack - 1)) for i in range(attack)})
    queries = [list(map(float, q)) for q in queries] + [rounded_query(inverses[j]) for j in attacked]
    queries = np.array(queries, np.float64).reshape(-1, d)
    rows, scores, undefined = exact(keys), [], []
    for i, q in enumerate(exact(queries)):
        squares = [dot(q, k) ** 2 for k in rows]
        total = sum(squares)
        scores.append([s / total for s in squares] if total else None)
        if not total:
            undefined.append(i)
    assert sum(taus) == rank
    assert all(a <= t for row in scores if row is not None for a, t in zip(row, taus)), "A <= tau"
    np.save(OUT / f"{name}.keys.npy", keys)
    np.save(OUT / f"{name}.queries.npy", queries)
    least = Fraction(1, inverse_epsilons[-1]) * (1 - GREY)
    pairs = [[i, j, *flagged(a, inverse_epsilons)] for i, row in enumerate(scores) if row is not None
             for j, a in enumerate(row) if a >= least]
    (OUT / f"{name}.json").write_text(to_json({
        "name": name, "why": why, "rank": rank, "inverseEpsilons": inverse_epsilons,
        "undefinedRows": undefined, "attackedKeys": attacked, "pairs": pairs,
        "leverage": [flagged(t, inverse_epsilons) for t in taus],
    }))
    print(f"{name}: {n} x {d}, rank {rank}, {len(queries)} queries; " + ", ".join(
        f"1/{inverse}: {sum(p[4] is not None and p[4] <= inverse for p in pairs)} pairs, "
        f"|U| {sum(t * inverse >= 1 for t in taus)}" for inverse in inverse_epsilons))


def normals(rng, n, d):
    return np.array([[rng.gauss(0, 1) for _ in range(d)] for _ in range(n)])


def units(d):
    return [[1.0 if a == b else 0.0 for b in range(d)] for a in range(d)]


def last_singular_vectors(keys, count):
    """float64 right singular vectors of the smallest singular values, of the column-scaled matrix, unscaled."""
    _, _, v, e = scaled_svd(keys)
    vectors = [np.ldexp(v[:, keys.shape[1] - 1 - i], -e) for i in range(count)]
    return [rounded_query([Fraction(*x.as_integer_ratio()) for x in q]) for q in vectors]


def one_row_differs():
    for name, at in (("first", 0), ("middle", 50), ("last", 99)):
        keys = np.ones((100, 2))
        keys[at, 1] = 1 + 2.0**-52
        write(f"one-differs-{name}", f"all rows (1,1) but row {at}, (1, 1+2^-52): q = (-1,1) gives it everything",
              keys, [(-1, 1), (1, 1), (1, -1 + 2.0**-30), (1, 0), (0, 1), (0, 0)])


def tiny_column():
    rng = random.Random(2)
    keys = np.hstack([normals(rng, 60, 3), np.zeros((60, 1))])
    keys[23, 3] = 1e-20
    write("tiny-column", "a column that is zero but 1e-20 in row 23: the last unit vector gives row 23 everything",
          keys, units(4) + [(1e-20, 0, 0, 1), (3e-21, -2e-21, 1e-21, 1), (1e-30, 1e-30, 1e-30, 1), (1, 1, 1, 1),
                            (1, -1, 0.5, 1e19), (0, 0, 0, 0)] + last_singular_vectors(keys, 1))


def rank_three():
    rng = random.Random(3)
    left = np.array([[rng.randint(-40, 40) for _ in range(3)] for _ in range(80)], float)
    right = np.array([[rng.randint(-40, 40) for _ in range(6)] for _ in range(3)], float)
    keys = (left @ right / 256).astype(np.float32)
    extra = normals(rng, 3, 6).tolist() + units(6)[:2] + [[0] * 6]
    write("rank3-exact", "float32, rank exactly 3 in 6 columns; its last singular vectors see rounding noise only",
          keys, last_singular_vectors(keys, 4) + keys[:3].tolist() + extra)
    keys = (normals(rng, 80, 3) @ normals(rng, 3, 6)).astype(np.float32)
    write("rank3-rounded", "rank 3 in 6 columns, then rounded to float32: full rank, last singular values near 2^-24",
          keys, last_singular_vectors(keys, 4) + keys[:3].tolist() + extra)


def fewer_rows_than_columns():
    rng = random.Random(4)
    keys = normals(rng, 5, 8)
    write("wide-5x8", "n < d: every leverage is 1; null vectors see rounding noise only",
          keys, keys.tolist() + normals(rng, 4, 8).tolist() + last_singular_vectors(keys, 4) + units(8)[:2] + [[0] * 8],
          attack=5)


def degenerate():
    rng = random.Random(5)
    write("one-row", "n = 1: every query not orthogonal to it gives it everything; (1,1,-1) is orthogonal",
          np.array([[1.5, -0.5, 1.0]]), [(1, 1, -1), (1, 0, 0), (3, 4, 5), (2.0**-60, 0, 0), (0, 0, 0)])
    write("all-zero", "K = 0: rank 0, U empty, every row undefined",
          np.zeros((12, 3)), [(1, 0, 0), (1, 2, 3), (0, 0, 0)], attack=0)
    keys = normals(rng, 40, 3)
    keys[[3, 17, 39]] = 0
    write("zero-rows", "rows 3, 17 and 39 are zero: never heavy, leverage 0", keys, units(3) + [[1, 1, 1], [0, 0, 0]])
    base = normals(rng, 4, 3)
    keys = np.array([base[[0, 0, 0, 1, 0, 2, 0, 0, 3, 0][j % 10]] * (-1 if j % 7 == 3 else 1) for j in range(40)])
    write("duplicates", "four distinct rows, many times over, some negated", keys,
          base.tolist() + units(3) + [[1, 1, 1], [0, 0, 0]])


def repeated_basis():
    for copies in (20, 100, 1000):
        keys = np.tile(np.eye(3, dtype=np.float32), (copies, 1))
        write(f"basis-{copies}", f"each basis vector {copies} times: every key exactly at 1/{copies}",
              keys, units(3) + [(1, 1, 1), (1, -2, 0), (0, 0, 0)], tuple(sorted({10, 20, 100, copies})), attack=0)


def extreme_scales():
    rng = random.Random(6)
    base = normals(rng, 50, 3)
    base[11] *= 20
    queries = units(3) + [(1, 1, 1), (0.5, -2, 1), (0, 0, 0)]
    write("all-1e150", "entries near 1e150: squares overflow", base * 1e150, queries + (base[:4] * 1e150).tolist())
    write("all-1e-150", "entries near 1e-150: squares underflow", base * 1e-150, queries + (base[:4] * 1e-150).tolist())
    keys = base * np.array([1e150, 1.0, 1e-150])
    write("mixed-1e150", "columns near 1e150, 1 and 1e-150", keys,
          queries + [(1e-150, 1, 1e150), (-2e-150, 1, 3e149)] + keys[:4].tolist())


def nearly_dependent():
    rng = random.Random(7)
    for name, gap in (("1e-8", 1e-8), ("1e-12", 1e-12), ("2p-52", 2.0**-52)):
        keys = normals(rng, 60, 3)
        keys[:, 1] = keys[:, 0] * (1 + gap * np.array([rng.choice((-2, -1, 0, 0, 0, 1, 2)) for _ in range(60)]))
        write(f"dependent-{name}", f"column 1 is column 0 up to a relative {name}", keys,
              [(1, -1, 0), (1, -1, gap), (-1, 1, 1e-9)] + last_singular_vectors(keys, 1) + units(3)
              + keys[:2].tolist() + [(0, 0, 0)])


if __name__ == "__main__":
    require_80_bit()
    OUT.mkdir(exist_ok=True)
    for case in (one_row_differs, tiny_column, rank_three, fewer_rows_than_columns, degenerate, repeated_basis,
                 extreme_scales, nearly_dependent):
        case()
