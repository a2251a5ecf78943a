"""80-bit linear algebra for the golden files: numpy.linalg stops at float64.

Elementwise operations and sums only, so the same bits come out whatever LAPACK is installed.
Written from the definitions in textbooks (Golub & Van Loan 5.2, 8.6), not from the product.
"""
import numpy as np

LD = np.longdouble


def require_80_bit():
    """Golden files are only as good as longdouble is: 64 bits of mantissa or more."""
    if np.finfo(LD).nmant < 63:
        raise SystemExit("make_*.py needs an 80-bit longdouble (Linux on x86-64); "
                         f"here it has {np.finfo(LD).nmant + 1} bits of mantissa")


def householder_qr(matrix):
    """matrix [n, d], n >= d -> Q [n, d] with orthonormal columns, R [d, d] upper triangular."""
    a = matrix.astype(LD).copy()
    n, d = a.shape
    reflectors = []
    for c in range(d):
        x = a[c:, c].copy()
        norm = np.sqrt((x * x).sum())
        if norm != 0:
            x[0] += norm if x[0] >= 0 else -norm
            x *= np.sqrt(LD(2)) / np.sqrt((x * x).sum())
            a[c:, c:] -= np.outer(x, x @ a[c:, c:])
        reflectors.append(x)
    q = np.zeros((n, d), LD)
    q[np.arange(d), np.arange(d)] = 1
    for c in range(d - 1, -1, -1):
        x = reflectors[c]
        q[c:, c:] -= np.outer(x, x @ q[c:, c:])
    return q, np.triu(a[:d])


def jacobi_svd(matrix):
    """Square matrix = U diag(s) V^T by one-sided Jacobi, s descending; V [d, d] orthogonal also where s = 0.

    Rounds of disjoint column pairs (a round-robin tournament) are rotated at once.
    """
    a = matrix.astype(LD).copy()
    d = a.shape[1]
    v = np.eye(d, dtype=LD)
    players = list(range(d + d % 2))
    for _ in range(60):
        worst = LD(0)
        for _ in range(len(players) - 1):
            pairs = [(x, y) for x, y in zip(players[: len(players) // 2], players[::-1]) if max(x, y) < d]
            players = [players[0], players[-1]] + players[1:-1]
            if pairs:
                worst = max(worst, rotate(a, v, np.array(pairs)))
        if worst < LD(2) ** -60:
            break
    else:
        raise ArithmeticError(f"Jacobi did not converge: {worst}")
    s = np.sqrt((a * a).sum(0))
    order = np.argsort(-s, kind="stable")
    s, v, a = s[order], v[:, order], a[:, order]
    return a / np.where(s > 0, s, LD(1)), s, v


def rotate(a, v, pairs):
    """Make each pair of columns of `a` orthogonal, in place; the largest cosine met."""
    left, right = pairs[:, 0], pairs[:, 1]
    x, y = a[:, left], a[:, right]
    alpha, beta, dot = (x * x).sum(0), (y * y).sum(0), (x * y).sum(0)
    largest = (a * a).sum(0).max()
    # A column of norm 2^-62 of the largest is rounding noise: its angle to others never settles.
    settled = np.minimum(alpha, beta) <= largest * LD(2) ** -124
    size = np.sqrt(alpha) * np.sqrt(beta)
    cosine = np.where(settled, 0, np.abs(dot) / np.where(size > 0, size, 1))
    turn = cosine > LD(2) ** -62
    zeta = (beta - alpha) / (2 * np.where(turn, dot, 1))
    t = np.where(zeta >= 0, 1, -1) / (np.abs(zeta) + np.sqrt(1 + zeta * zeta))
    t = np.where(turn, t, 0)
    c = 1 / np.sqrt(1 + t * t)
    s = c * t
    a[:, left], a[:, right] = c * x - s * y, s * x + c * y
    p, q = v[:, left], v[:, right]
    v[:, left], v[:, right] = c * p - s * q, s * p + c * q
    return cosine.max()


def column_exponents(keys):
    """e [d] with 2^e about the largest magnitude of each column of keys [n, d]; 0 for a zero column."""
    largest = np.abs(keys.astype(LD)).max(0) if len(keys) else np.zeros(keys.shape[1])
    return np.where(largest > 0, np.frexp(largest)[1] - 1, 0)


def scaled_svd(keys):
    """keys [n, d] with columns scaled by 2^-e: left vectors [n, d], s [d], right vectors [d, d], e [d]."""
    n, d = keys.shape
    e = column_exponents(keys)
    scaled = np.zeros((max(n, d), d), LD)
    scaled[:n] = np.ldexp(keys.astype(LD), -e)
    q, r = householder_qr(scaled)
    u, s, v = jacobi_svd(r)
    return (q @ u)[:n], s, v, e


def exact_matmul_t(left, right):
    """left [m, d] times right [n, d] transposed -> longdouble [m, n], each entry to about 2^-60 of itself unless it
    is below 2^-150 of the sum of its terms' magnitudes. One side float32 (widened or not), the other float64: split
    in two halves, its products with 24 bits are exact in float64, and three running sums keep what adding loses.
    """
    a, b = left.astype(np.float64), right.astype(np.float64)
    if not (np.array_equal(a, a.astype(np.float32)) or np.array_equal(b, b.astype(np.float32))):
        raise ValueError("exact_matmul_t needs float32 values on one side")
    result = np.empty((len(a), len(b)), LD)
    width = min(len(b), 4096)
    height = max(1, 65536 // max(1, width))
    for r in range(0, len(a), height):
        for c in range(0, len(b), width):
            result[r : r + height, c : c + width] = exact_block(a[r : r + height], b[c : c + width])
    return result


def exact_block(a, b):
    s, e1, e2 = (np.zeros((len(a), len(b))) for _ in range(3))
    for x, y in zip(halves(a), halves(b)):
        for left in x:
            for right in y:
                if left.any() and right.any():
                    s, error = two_sum(s, left[:, None] * right[None, :])
                    e1, error = two_sum(e1, error)
                    e2 += error
    s, e1 = two_sum(s, e1)
    return s.astype(LD) + (e1.astype(LD) + e2.astype(LD))


def halves(rows):
    """Per column of rows: the upper 26 bits of its entries, and the rest (nothing, for float32 values)."""
    scaled = rows * 134217729.0  # 2^27 + 1
    high = scaled - (scaled - rows)
    if np.array_equal(rows, rows.astype(np.float32)):
        high = rows
    return [(high[:, a], rows[:, a] - high[:, a]) for a in range(rows.shape[1])]


def two_sum(x, y):
    total = x + y
    part = total - x
    return total, (x - (total - part)) + (y - part)
