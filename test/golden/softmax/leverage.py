"""tau_j = sup_y <k_j, y>^2 / |K y|^2, and which keys a bound by it keeps."""
import numpy as np

from make_linalg import LD, scaled_svd

RANK = LD(2) ** -48   # singular values below this share of the largest count as zero
DECIMALS = 9


def leverage(K):
    """tau [n], longdouble: squared row norms of an orthonormal basis of range(K); 0 for a zero key."""
    if len(K) == 0:
        return np.zeros(0, LD)
    U, s, _, _ = scaled_svd(K)
    basis = U[:, s > RANK * s[0]]
    return (basis * basis).sum(axis=1)


def rounded(tau):
    """tau in units of 10^-9: what the order goes by, so that rounding noise decides nothing."""
    return np.rint(tau * LD(10) ** DECIMALS)
