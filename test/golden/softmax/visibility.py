"""vis(i): which keys a query sees (product: `--causal`, `--query-start`, `--sliding-window`, `--segment`, masks, row ranges)."""
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Visibility:
    """Query row i stands at position query_start + i, key row j at j: positions and ids are the file's, whatever the ranges."""
    causal: bool = False
    query_start: int = 0
    sliding_window: int | None = None
    segment: int | None = None
    key_mask: np.ndarray | None = None    # [n], true = seen
    query_mask: np.ndarray | None = None  # [m]
    key_rows: tuple | None = None         # [a, b)
    query_rows: tuple | None = None

    def positions(self, m):
        return self.query_start + np.arange(m)

    def keys(self, n):
        """Unmasked keys, bool [n]."""
        return in_range(n, self.key_rows) & (True if self.key_mask is None else self.key_mask.astype(bool))

    def queries(self, m):
        """Unmasked queries, bool [m]."""
        return in_range(m, self.query_rows) & (True if self.query_mask is None else self.query_mask.astype(bool))

    def see(self, m, n):
        """bool [m, n]; a masked query sees nothing."""
        i, j = self.positions(m)[:, None], np.arange(n)[None, :]
        seen = self.queries(m)[:, None] & self.keys(n)[None, :]
        if self.causal:
            seen &= j <= i
        if self.sliding_window is not None:
            seen &= (i - j >= 0) & (i - j < self.sliding_window)
        if self.segment is not None:
            seen &= i // self.segment == j // self.segment
        return seen

    def segments(self, n):
        """Key rows [(a, b)] within which a fixed set is chosen."""
        width = self.segment or max(n, 1)
        return [(a, min(n, a + width)) for a in range(0, n, width)]


def in_range(count, rows):
    at = np.arange(count)
    return np.ones(count, bool) if rows is None else (at >= rows[0]) & (at < rows[1])
