"""Heavy pairs and leverage scores of every shared set to 80 bits and better, p = 2.

    python3 test/golden/make_pairs.py --shared ../shared --out DIR [--sets a,b] [--epsilons .1,.05,.01]
    python3 test/golden/make_pairs.py --shared ../shared --commit      what may be committed, into test/golden/pairs

DIR gets, a set: NAME.queries.npy [m, d], NAME.pairs.npz {query, key, score, grey}, NAME.leverage.npy [n], and one
manifest.json. README.md beside this script says what the fields mean. Written from the definitions in theory.md.
"""
import argparse
import hashlib
import json
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from make_linalg import LD, exact_matmul_t, householder_qr, jacobi_svd, require_80_bit

HERE = Path(__file__).parent
GREY = 1e-6  # |score / epsilon - 1| below this: a test may accept either answer
RANK_CUT = LD(2) ** -48  # of the largest singular value; float32 inputs leave a gap around it, checked
TABULAR = ("sensor-multihop-lag16", "sklearn-breast-cancer", "sklearn-digits", "spamassassin-top256-words")
COPYABLE = ("use-", "ocr-", "sensor-")
OWN_LIMIT = 1000  # of a stack or a tabular set, this many own rows, evenly spread
INVERSE_ROWS = 100
SINGULAR_VECTORS = 4


def shared_sets(shared):
    """(name, keys path, queries path or None)."""
    real = shared / "data" / "real"
    for entry in json.loads((real / "manifest.json").read_text())["entries"]:
        files = entry["files"]
        yield entry["name"], real / files["k"]["file"], real / files["q"]["file"] if "q" in files else None
    for name in TABULAR:
        yield name, shared / "data" / "tabular" / f"{name}.npy", None


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def spread(end, count):
    """floor(i end / count): all of [0, end) where it has no more than count."""
    return np.arange(end) if end <= count else np.arange(count) * end // count


def factor(keys):
    """SVD of keys [n, d]: U [n, rank], s [d], V [d, d], rank, the two singular values at the cut over the first."""
    n, d = keys.shape
    padded = np.zeros((max(n, d), d), LD)
    padded[:n] = keys
    q, r = householder_qr(padded)
    u, s, v = jacobi_svd(r)
    rank = int((s > RANK_CUT * s[0]).sum())
    gap = [float(s[rank - 1] / s[0]), float(s[rank] / s[0]) if rank < d else 0.0]
    if gap[1] > gap[0] * 1e-3:
        raise ArithmeticError(f"the rank is in doubt: {gap}")
    return (q @ u[:, :rank])[:n], s, v, rank, gap


def leverage(keys, s, v, rank):
    """tau [n]. tau(K T) = tau(K) for the rank columns T = V / s rounded to float64: K T is formed nearly exactly
    and is nearly orthonormal, so its QR costs no digits, whatever the condition of K."""
    t = (v[:, :rank] / s[:rank]).astype(np.float64)
    q, _ = householder_qr(exact_matmul_t(keys, t.T))
    return (q * q).sum(1)


def equilibrated_condition(keys):
    norms = np.sqrt((keys.astype(np.float64) ** 2).sum(0))
    s = np.linalg.svd(keys[:, norms > 0] / norms[norms > 0], compute_uv=False)
    s = s[s > s[0] * 1e-12]
    return float(f"{s[0] / s[-1]:.3g}")


def to_queries(rows):
    """80-bit rows as float64, each scaled by a power of two to a largest entry in [1/2, 1)."""
    return np.ldexp(rows, -np.frexp(np.abs(rows).max(1))[1][:, None]).astype(np.float64)


def make_queries(keys, own, u, s, v, rank):
    """float64 queries [m, d] and their groups: own rows, G^+ k_j, last singular vectors (of a rank-deficient set the
    last of its range too), null vectors 2^-50 off the null space (rank-deficient only), unit vectors, zero."""
    n, d = keys.shape
    inverse = (u[spread(n, INVERSE_ROWS)] / s[:rank]) @ v[:, :rank].T
    smallest = v[:, ::-1].T[:SINGULAR_VECTORS]
    last = v[:, :rank][:, ::-1].T[:SINGULAR_VECTORS]
    parts = {
        "own": own.astype(np.float64),
        "inverse": to_queries(inverse),
        "singular": to_queries(smallest if rank == d else np.vstack([smallest, last])),
        "nearNull": to_queries(smallest[: d - rank] + LD(2) ** -50 * last[: d - rank]),
        "unit": np.eye(d),
        "zero": np.zeros((1, d)),
    }
    groups, start = [], 0
    for kind, rows in parts.items():
        groups.append({"kind": kind, "rowStart": start, "rowEnd": start + len(rows)})
        start += len(rows)
    return np.vstack(list(parts.values())), groups


def dots_of(queries, keys, least):
    """Dots [m, n] good for scores to 1e-14 relative, and which queries needed more than 80 bits for that."""
    d = keys.shape[1]
    dots = queries.astype(LD) @ keys.astype(LD).T
    total = np.sqrt((dots * dots).sum(1))
    squares = (keys.astype(LD) ** 2).sum(1)
    reach = np.sqrt(squares.sum()) + np.sqrt(squares.max() / LD(least))
    bound = 2 * (d + 2) * LD(2) ** -64 * np.sqrt((queries.astype(LD) ** 2).sum(1)) * reach
    hard = ~(bound < 1e-14 * total)  # the zero query too
    dots[hard] = exact_matmul_t(queries[hard], keys)
    return dots, hard


def is_undefined(query, keys, dots, squares):
    """Whether <q, k> is exactly 0 for every k: asked of fractions where the dots are too small to tell."""
    if np.abs(dots).max() > LD(2) ** -120 * np.sqrt((query * query).sum() * squares.max()):
        return False
    q = [Fraction(x) for x in query.tolist()]
    return all(sum(a * Fraction(b) for a, b in zip(q, k) if a) == 0 for k in keys.tolist())


def heavy_pairs(queries, keys, least):
    """Arrays query, key, score of all pairs with score >= least, the undefined queries, the number of hard ones."""
    found, undefined, hard_count = [], [], 0
    squares = (keys.astype(LD) ** 2).sum(1)
    rows = max(1, 4_000_000 // len(keys))
    for start in range(0, len(queries), rows):
        block = queries[start : start + rows]
        dots, hard = dots_of(block, keys, least)
        hard_count += int(hard.sum())
        for i in range(len(block)):
            if hard[i] and is_undefined(block[i], keys, dots[i], squares):
                undefined.append(start + i)
                continue
            weights = (dots[i] / np.abs(dots[i]).max()) ** 2
            scores = weights / weights.sum()
            at = np.flatnonzero(scores >= least)
            found.append((np.full(len(at), start + i), at, scores[at].astype(np.float64)))
    query, key, score = (np.concatenate(column) for column in zip(*found))
    return query.astype("<i4"), key.astype("<i4"), score, undefined, hard_count


def ids_digest(*columns):
    """sha256 of int32 little-endian ids, the columns interleaved."""
    return sha256(np.stack(columns, 1).astype("<i4").tobytes())


def summary(epsilon, query, key, score, tau, groups):
    """Counts and digests at one epsilon; grey pairs and keys are listed and stay out of the digests."""
    grey = np.abs(score / epsilon - 1) < GREY
    sure = (score >= epsilon) & ~grey
    tau_grey = np.abs(tau / LD(epsilon) - 1) < GREY
    universal = np.flatnonzero((tau >= LD(epsilon)) & ~tau_grey)
    by_group = {}
    for group in groups:
        inside = sure & (query >= group["rowStart"]) & (query < group["rowEnd"])
        by_group[group["kind"]] = {"pairs": int(inside.sum()), "sha256": ids_digest(query[inside], key[inside])}
    return {
        "epsilon": epsilon,
        "pairs": int(sure.sum()),
        "greyPairs": np.stack([query[grey], key[grey]], 1).tolist(),
        "groups": by_group,
        "universal": {"size": len(universal), "grey": np.flatnonzero(tau_grey).tolist(),
                      "sha256": ids_digest(universal)},
    }


def make_set(name, keys_path, queries_path, epsilons):
    keys = np.load(keys_path)
    source = np.load(queries_path) if queries_path else keys
    own = source if queries_path else source[spread(len(source), OWN_LIMIT)]
    u, s, v, rank, gap = factor(keys)
    tau = leverage(keys, s, v, rank)
    queries, groups = make_queries(keys, own, u, s, v, rank)
    query, key, score, undefined, hard = heavy_pairs(queries, keys, LD(epsilons[-1]) * LD(1 - GREY))
    if (score > tau[key] * (1 + 1e-12)).any():
        raise ArithmeticError(f"{name}: a score above its key's leverage")
    entry = {
        "name": name,
        "keysFile": f"{keys_path.parent.name}/{keys_path.name}",
        "keysSha256": sha256(keys_path.read_bytes()),
        "rows": keys.shape[0],
        "cols": keys.shape[1],
        "copyable": name.startswith(COPYABLE),
        "rank": rank,
        "rankGap": gap,
        "condition": float(f"{1 / gap[0]:.3g}"),
        "equilibratedCondition": equilibrated_condition(keys),
        "leverageSumError": float(abs(tau.sum() - rank)),
        "maxLeverage": float(tau.max()),
        "queryCount": len(queries),
        "queriesSha256": sha256(queries.astype("<f8").tobytes()),
        "ownRows": {"from": "queries" if queries_path else "keys", "count": len(own), "of": len(source)},
        "groups": groups,
        "hardQueries": hard,
        "undefinedQueries": undefined,
        "epsilons": [summary(e, query, key, score, tau, groups) for e in epsilons],
    }
    masks = [(np.abs(score / e - 1) < GREY).astype("<i4") << b for b, e in enumerate(epsilons)]
    pairs = {"query": query, "key": key, "score": score, "grey": sum(masks)}
    return entry, queries, pairs, tau.astype(np.float64)


def write_all(out, entry, queries, pairs, tau):
    np.save(out / f"{entry['name']}.queries.npy", queries)
    np.savez_compressed(out / f"{entry['name']}.pairs.npz", **pairs)
    np.save(out / f"{entry['name']}.leverage.npy", tau)


def write_committed(out, entry, queries, pairs, tau):
    """Of a copyable set: derived queries without own rows, unit vectors and zero; pairs; leverage >= a floor."""
    if not entry["copyable"]:
        return
    start, end = entry["groups"][1]["rowStart"], entry["groups"][3]["rowEnd"]
    np.save(out / f"{entry['name']}.derived.npy", queries[start:end])
    np.savez_compressed(out / f"{entry['name']}.pairs.npz", **pairs)
    floor = max(0.001, float(np.sort(tau)[-1100:][0]))
    rows = np.flatnonzero(tau >= floor)
    entry["leverageFloor"] = floor
    np.save(out / f"{entry['name']}.leverage.npy", np.stack([rows.astype(np.float64), tau[rows]], 1))


def one_line_a_set(manifest):
    head = json.dumps({**manifest, "sets": "SETS"}, indent=1)
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in manifest["sets"])
    return head.replace('"SETS"', f"[\n{lines}\n ]") + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--commit", action="store_true")
    parser.add_argument("--sets", help="names or beginnings of names, separated by commas")
    parser.add_argument("--epsilons", default=".1,.05,.01")
    options = parser.parse_args()
    if (options.out is None) == (not options.commit):
        parser.error("give --out DIR or --commit, one of them")
    require_80_bit()
    epsilons = sorted(map(float, options.epsilons.split(",")), reverse=True)
    out = options.out or HERE / "pairs"
    out.mkdir(parents=True, exist_ok=True)
    wanted = tuple(options.sets.split(",")) if options.sets else ("",)
    entries = []
    for name, keys_path, queries_path in shared_sets(options.shared):
        if not name.startswith(wanted):
            continue
        began = time.perf_counter()
        entry, queries, pairs, tau = make_set(name, keys_path, queries_path, epsilons)
        (write_committed if options.commit else write_all)(out, entry, queries, pairs, tau)
        entries.append(entry)
        print(f"{name}: {entry['rows']} x {entry['cols']}, rank {entry['rank']}, condition {entry['condition']:g}, "
              f"{entry['queryCount']} queries, {entry['hardQueries']} beyond 80 bits, "
              + ", ".join(f"{e['epsilon']:g}: {e['pairs']} pairs |U| {e['universal']['size']}"
                          for e in entry["epsilons"])
              + f", {time.perf_counter() - began:.1f} s", flush=True)
    manifest = {"p": 2, "grey": GREY, "epsilons": epsilons, "sets": entries}
    (out / "manifest.json").write_text(one_line_a_set(manifest))


if __name__ == "__main__":
    main()
