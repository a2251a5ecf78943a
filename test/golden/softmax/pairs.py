"""Exact softmax-heavy pairs: A_ij >= epsilon, the top N of a row (ties by key id), or both at once."""
import numpy as np

from .weights import dots, log_weights, normalised


def rank(z, see):
    """Place of each key in its row's order (z descending, then id), int [m, n]; unseen keys come last."""
    order = np.argsort(np.where(see, -z, np.inf), axis=1, kind='stable')
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(z.shape[1]), z.shape), axis=1)
    return place


def softmax_pairs(Q, K, see, epsilon=None, top=None, scale=None):
    """-> reported bool [m, n], scores A [m, n], dots q.k [m, n], lse [m]."""
    z = log_weights(Q, K, see, scale=scale)
    A, lse = normalised(z)
    reported = see.copy()
    if epsilon is not None:
        reported &= A >= epsilon
    if top is not None:
        reported &= rank(z, see) < top
    return reported, A, dots(Q, K), lse
