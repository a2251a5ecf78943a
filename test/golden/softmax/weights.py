"""z_ij = scale q_i.k_j, A_ij = exp(z_ij - lse_i), lse_i = log sum over the keys seen of exp z_ij; in 80-bit arithmetic."""
import numpy as np

from make_linalg import LD


def dots(Q, K):
    """q_i.k_j, longdouble [m, n]; products of float32 values are exact."""
    out = np.zeros((len(Q), len(K)), LD)
    for a in range(K.shape[1]):
        out += Q[:, a, None].astype(LD) * K[None, :, a].astype(LD)
    return out


def default_scale(d):
    """1/sqrt(d) as the float64 that every caller computes."""
    return 1.0 / np.sqrt(np.float64(d))


def log_weights(Q, K, see, attention='softmax', scale=None, p=2.0):
    """z [m, n]: the logit, or p log|q.k| for `power`; -inf where a key is not seen (never zeroed)."""
    x = dots(Q, K)
    if attention == 'power':
        with np.errstate(divide='ignore'):
            z = LD(p) * np.log(np.abs(x))
    else:
        z = LD(default_scale(K.shape[1]) if scale is None else scale) * x
    return np.where(see, z, LD(-np.inf))


def normalised(z):
    """-> shares [m, n], lse [m]. A row without weight: zeros and -inf. Equal z give exactly equal shares."""
    top = z.max(axis=1, initial=-np.inf)
    shift = np.where(top > -np.inf, top, 0)
    e = np.exp(z - shift[:, None])
    total = e.sum(axis=1)
    some = total > 0
    lse = np.where(some, shift + np.log(np.where(some, total, 1)), -np.inf)
    return e / np.where(some, total, 1)[:, None], lse
