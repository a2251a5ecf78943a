"""k-means++ by Philox, then 10 Lloyd steps in float64, in row order (`kmeans`, and the clusters of the rest)."""
import numpy as np

from .philox import below, uniform

STEPS = 10


def squared_distances(X, centre):
    """[n], columns in order."""
    out = np.zeros(len(X))
    for a in range(X.shape[1]):
        out += (X[:, a] - centre[a]) ** 2
    return out


def first_centres(X, count, seed):
    """Rows [count]. The first is uniform (draw 0); row number c by D^2 (draw c); all D = 0: the lowest row not yet taken."""
    rows = [below(len(X), seed, 'selectionClusters', 0)]
    nearest = squared_distances(X, X[rows[0]])
    for c in range(1, count):
        sums = np.cumsum(nearest)  # one after the other, in row order
        if sums[-1] > 0:
            past = np.flatnonzero(sums > uniform(seed, 'selectionClusters', c) * sums[-1])
            rows.append(int(past[0]) if len(past) else int(np.flatnonzero(nearest)[-1]))
        else:
            rows.append(min(set(range(len(X))) - set(rows)))
        nearest = np.minimum(nearest, squared_distances(X, X[rows[-1]]))
    return rows


def nearest_centre(X, centres):
    """[n]; ties go to the lower centre."""
    return np.argmin(np.stack([squared_distances(X, c) for c in centres]), axis=0)


def centres_of(X, count, seed):
    """X [n, d] float64, count < n -> [count, d]. A centre left without rows stays where it is."""
    centres = X[first_centres(X, count, seed)].copy()
    for _ in range(STEPS):
        owner = nearest_centre(X, centres)
        for c in range(count):
            if (owner == c).any():
                centres[c] = np.cumsum(X[owner == c], axis=0)[-1] / (owner == c).sum()
    return centres


def clusters(X, count, seed):
    """Cluster of each row [n]: its nearest final centre; with count >= n each row is its own."""
    X = X.astype(np.float64)
    return np.arange(len(X)) if count >= len(X) else nearest_centre(X, centres_of(X, count, seed))


def representatives(X, count, seed):
    """`count` different rows: centre by centre, the nearest row not yet taken (ties: the lower row)."""
    X = X.astype(np.float64)
    if count >= len(X):
        return list(range(len(X)))
    taken = []
    for centre in centres_of(X, count, seed):
        distance = squared_distances(X, centre)
        distance[taken] = np.inf
        taken.append(int(np.argmin(distance)))
    return taken
