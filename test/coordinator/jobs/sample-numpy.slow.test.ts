/**
 * Catches: a .npz that NumPy does not take, probabilities that are not those of NumPy's leverage scores, moments or a
 * least-squares fit from the sample that are farther from those of all rows than the theory lets them be. Cannot catch: a
 * loss of accuracy within those bounds. On real rows: windows of sensor readings, 32 columns of condition 5e3.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sample } from '#coordinator/jobs/sample'
import { withJob } from '#coordinator/job/job'
import { pythonWith, PYTHON_TIMEOUT_MS, runPython } from '../../core/files/output-support.ts'
import { testFolder } from './support.ts'

const WINDOWS = fileURLToPath(new URL('../../../scripts/sensor-windows.mjs', import.meta.url))

/**
 * For each sample: how far off it is, in units of what it may be. Embedding: docs/guarantees.md, at a failure probability
 * of 1e-9. The fit predicts the last column from the others; its residual over all rows may be (1 + e)/(1 - e) times
 * the least. Moments: Bernstein at 1e-9.
 */
const SCRIPT = `
import json, sys, zipfile, numpy as np
K = np.load(sys.argv[1]).astype(np.float64)
n, d = K.shape
Q, R = np.linalg.qr(K)
tau = (Q * Q).sum(1)
def probabilities(rows):
    low, high = 0.0, 1.0
    while np.minimum(1, high * tau).sum() < rows: high *= 2
    for _ in range(200):
        c = (low + high) / 2
        if np.minimum(1, c * tau).sum() < rows: low = c
        else: high = c
    return np.minimum(1, high * tau)
def bernstein(x, p):
    log = np.log(2e9)
    variance = (x * x * ((1 - p) / p)[:, None]).sum(0)
    return np.sqrt(2 * variance * log) + np.abs(x / p[:, None]).max(0) * log / 3
def seen(path):
    with zipfile.ZipFile(path) as f: assert f.testzip() is None
    z = np.load(path)
    meta = json.loads(z['meta'].item())
    ids, w, S = z['rowIds'], z['weights'], z['rows'].astype(np.float64)
    assert ids.dtype == np.uint64 and z['rows'].dtype == np.float32 and (np.diff(ids.astype(np.int64)) > 0).all()
    assert (S == K[ids.astype(np.int64)]).all() and (w == 1 / z['probabilities']).all()
    p = probabilities(meta['rows'])
    assert set(np.flatnonzero(p == 1)) <= set(ids.tolist())
    off = np.abs(z['probabilities'] / p[ids.astype(np.int64)] - 1).max()
    c = meta['scale'] * (1 - meta['thresholdSlack'])
    e = np.sqrt(3 * np.log(2 * d / 1e-9) / c)
    W = np.linalg.solve(R.T, (S * np.sqrt(w)[:, None]).T)
    embedding = np.abs(np.linalg.eigvalsh(W @ W.T) - 1).max()
    fit = lambda A: np.linalg.lstsq(A[:, :-1], A[:, -1], rcond=None)[0]
    residual = lambda x: ((K[:, :-1] @ x - K[:, -1]) ** 2).sum()
    ratio = residual(fit(S * np.sqrt(w)[:, None])) / residual(fit(K))
    moments = np.hstack([np.ones((n, 1)), K, K * K])
    drawn = np.hstack([np.ones((len(S), 1)), S, S * S])
    moment = np.abs(drawn.T @ w - moments.sum(0)) / bernstein(moments, p)
    return dict(off=off, e=e, embedding=embedding, ratio=ratio, moment=moment.max(), rows=meta['rows'])
print(json.dumps([seen(path) for path in sys.argv[2:]]))`

interface Seen {
  readonly off: number
  readonly e: number
  readonly embedding: number
  readonly ratio: number
  readonly moment: number
}

test(
  'of sensor windows, NumPy finds the probabilities, and moments and a fit within the bounds',
  { timeout: PYTHON_TIMEOUT_MS },
  async (context) => {
    const python = pythonWith('numpy') ?? context.skip('no python3 with numpy here')
    const folder = testFolder()
    const keys = join(folder, 'K.npy')
    expect(spawnSync(process.execPath, [WINDOWS, keys]).status).toBe(0)
    const outs: string[] = []
    for (const rows of [2000, 4000]) {
      for (const seed of [1, 2, 3]) {
        const out = join(folder, `s${rows}-${seed}.npz`)
        await withJob({ workers: 0 }, (job) => sample({ keys: [keys], out, rows, seed }, job))
        outs.push(out)
      }
    }
    const all = runPython(python, SCRIPT, [keys, ...outs]) as Seen[]
    for (const { off, e, embedding, ratio, moment } of all) {
      expect(off).toBeLessThan(1e-6)
      expect(e).toBeLessThan(0.7)
      expect(embedding).toBeLessThan(e)
      expect(ratio).toBeGreaterThan(1 - 1e-9)
      expect(ratio).toBeLessThan((1 + e) / (1 - e))
      expect(moment).toBeLessThan(1)
    }
    console.info(`sample of sensor windows: ${JSON.stringify(all)}`)
  },
)
