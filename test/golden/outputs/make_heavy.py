"""Makes heavy-numpy.npz with NumPy and SciPy alone, as docs/formats.md describes it: python3 make_heavy.py"""
import json
import pathlib

import numpy as np
import scipy.sparse

a = scipy.sparse.csr_matrix(
    ([0.5, 0.25, 1e-300, 1.0], ([1, 1, 1, 3], [0, 12, 99, 7])), shape=(5, 100)
)
meta = {"p": 2, "epsilon": 0.01, "causal": False, "attention": "|q.k|^2 \u00b7 \u00fc"}
np.savez(
    pathlib.Path(__file__).with_name("heavy-numpy.npz"),
    format=b"csr",
    shape=np.array(a.shape),
    data=a.data,
    indices=a.indices,
    indptr=a.indptr,
    dots=np.array([-3.1, 2, 5e-324, -1e300]),
    mass=np.array([0, 0.875, 0, 1, np.nan]),
    slack=np.array([0, 1e-12, 0, 2e-12, 0]),
    uncertified=np.array([2]),
    meta=np.array(json.dumps(meta, ensure_ascii=False).encode()),
)
