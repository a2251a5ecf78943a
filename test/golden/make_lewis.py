#!/usr/bin/env python3
"""Sizes of the l_p universal sets by the NumPy oracle's converged Lewis weights: lewis.json beside this file.

  make_lewis.py ORACLE_DIR DATA_DIR     -> test/golden/lewis.json

ORACLE_DIR holds oracle.py (lewis_bounds), DATA_DIR the shared test data; both lie beside the repository.
"""
import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
from oracle import lewis_bounds  # noqa: E402

SETS = ['real/ocr-line0-n512-L0-h0', 'real/ocr-line0-n512-L1-h0', 'real/use-moby-8x128-L0-h0', 'tabular/sensor-multihop-lag16']
POWERS = [0.3, 0.5, 1, 1.5, 2.5, 3, 4, 6, 8]
EPSILONS = [0.1, 0.05, 0.01]

found = []
for name in SETS:
    file = name + ('.npy' if name.startswith('tabular') else '.k.npy')
    keys = np.load(pathlib.Path(sys.argv[2]) / file).astype(np.float64)
    for p in POWERS:
        bounds = lewis_bounds(keys, p, 60)
        sizes = [int((bounds >= epsilon).sum()) for epsilon in EPSILONS]
        found.append({'keysFile': file, 'p': p, 'epsilons': EPSILONS, 'sizes': sizes, 'boundSum': float(bounds.sum())})
        print(file, p, sizes, flush=True)
out = pathlib.Path(__file__).parent / 'lewis.json'
out.write_text(json.dumps(found, indent=1) + '\n')
