"""The operator: attention over S_i, renormalised, and clusters that stand in for the keys left out."""
import numpy as np

from make_linalg import LD

from .kmeans import clusters
from .weights import dots, log_weights, default_scale, normalised


def rest_clusters(K, chosen, extras, vis, seed):
    """Cluster of each key [n], -1 for keys in no cluster: masked ones, the fixed set, sinks. Clusters lie within segments."""
    n = len(K)
    owner = np.full(n, -1)
    rest = vis.keys(n) & ~chosen & (np.arange(n) >= (extras.get('sinkTokens') or 0))
    for a, b in vis.segments(n):
        ids = a + np.flatnonzero(rest[a:b])
        if len(ids):
            owner[ids] = owner.max() + 1 + clusters(K[ids], extras['restClusters'], seed)
    return owner


def cluster_terms(Q, K, V, left, owner, scale):
    """Virtual keys of every row: logits [m, C] (-inf: empty) and values [m, C, dv].

    left bool [m, n]: the keys a row sees and has not selected; sums run over these alone, so a row's own window is left out."""
    count = owner.max(initial=-1) + 1
    logits, values = np.full((len(Q), count), LD(-np.inf)), np.zeros((len(Q), count, V.shape[1]), LD)
    for i in range(len(Q)):
        for c in range(count):
            members = np.flatnonzero(left[i] & (owner == c))
            if len(members):
                mean = K[members].astype(LD).sum(axis=0) / len(members)
                logits[i, c] = np.log(LD(len(members))) + LD(scale) * dots(Q[i : i + 1], mean[None, :])[0, 0]
                values[i, c] = V[members].astype(LD).sum(axis=0) / len(members)
    return logits, values


def attend(Q, K, V, see, S, weights=None, owner=None):
    """-> output [m, dv], lse [m] over S_i and the clusters, empty bool [m]; weights: {'attention', 'scale', 'p'}."""
    z = log_weights(Q, K, S, **(weights or {}))
    if owner is None:
        shares, lse = normalised(z)
        return mix(shares, V), lse, lse == -np.inf
    scale = (weights or {}).get('scale') or default_scale(K.shape[1])
    logits, values = cluster_terms(Q, K, V, see & ~S, owner, scale)
    shares, lse = normalised(np.concatenate([z, logits], axis=1))
    n = len(K)
    return mix(shares[:, :n], V) + (shares[:, n:, None] * values).sum(axis=1), lse, lse == -np.inf


def mix(shares, V):
    """shares [m, n] V [n, dv], keys in order."""
    out = np.zeros((len(shares), V.shape[1]), LD)
    for j in range(len(V)):
        out += shares[:, j, None] * V[None, j].astype(LD)
    return out
