"""S_i = (fixed set, local_i, sinks) together, as far as the query sees them."""
import numpy as np


def local_keys(positions, n, causal, radius, grid=None):
    """bool [m, n]. |i - j| <= radius, causal 0 <= i - j <= radius; on a grid {height, width, prefixTokens} the Manhattan distance
    of cells that lie row-major after the prefix: prefix tokens have no local keys and are none."""
    i, j = positions[:, None], np.arange(n)[None, :]
    if radius is None:
        return np.zeros((len(positions), n), bool)
    if grid is None:
        return (np.abs(i - j) <= radius) & ((i >= j) if causal else True)
    prefix, width, cells = grid.get('prefixTokens', 0), grid['width'], grid['height'] * grid['width']
    assert n == cells + prefix, (n, grid)
    a, b = i - prefix, j - prefix
    on_grid = (a >= 0) & (a < cells) & (b >= 0)
    return on_grid & (np.abs(a // width - b // width) + np.abs(a % width - b % width) <= radius)


def selected(chosen, see, positions, causal, extras):
    """chosen bool [n] or [m, n] (a set a row) -> S bool [m, n], rows that attend to themselves bool [m].

    A causal row whose S is empty attends to its own key, where it sees that."""
    n = see.shape[1]
    sinks = np.arange(n) < (extras.get('sinkTokens') or 0)
    S = (chosen | sinks[None, :] | local_keys(positions, n, causal, extras.get('local'), extras.get('grid'))) & see
    alone = np.zeros(len(S), bool)
    if causal:
        own = np.arange(n)[None, :] == positions[:, None]
        alone = ~S.any(axis=1) & (own & see).any(axis=1)
        S |= own & alone[:, None]
    return S, alone
