// @ts-check
// Each command, p of each kind, every mask, method and way to cut the work: lines of a shell, in order.

const POWERS = ['.5', '2', '3', '4']
const QUIET = '--quiet'
const SOFTMAX = '--attention softmax --keys K.npy --queries Q.npy'
const ATTEND = '--queries D.npy --keys D.npy --values D.npy'

/** @type {readonly string[]} */
export const CASES = [
  ...POWERS.flatMap((p) => [
    `levattention run --keys K.npy --queries Q.npy --p ${p} --out run-${p}.npz --universal run-${p}.lev ${QUIET}`,
    `levattention run --keys D.npy --p ${p} --out self-${p}.ndjson ${QUIET}`,
    `levattention run --keys S.npy --p ${p} --out singular-${p}.csv ${QUIET}`,
    `levattention build K.npy --p ${p} --epsilon .02 --out build-${p}.lev --out build-${p}.npz ${QUIET}`,
    `levattention query --universal build-${p}.lev --queries Q.npy --keys K.npy --epsilon .02 --out query-${p}.npz ${QUIET}`,
    `levattention scores K.npy --p ${p} --out scores-${p}.npy ${QUIET}`,
    `levattention run --keys D.npy --p ${p} --causal --out causal-${p}.npz --universal causal-${p}.lev ${QUIET}`,
    `levattention run --keys D.npy --p ${p} --segment 100 --out segment-${p}.npz ${QUIET}`,
    `levattention run --keys H.npy --queries HQ.npy --p ${p} --heads all --epsilon .1 --out heads-${p} ${QUIET}`,
    `cat K.npy | levattention build - --p ${p} --out stream-${p}.lev ${QUIET}`,
    `levattention build K2.npy --p ${p} --append stream-${p}.lev --out append-${p}.lev ${QUIET}`,
    `levattention build K2.npy --p ${p} --row-offset 9000 --out next-${p}.lev ${QUIET}`,
    `levattention verify --keys K.npy --queries Q.npy --heavy run-${p}.npz | timeless`,
  ]),
  ...['2', '3'].flatMap((p) => [
    `levattention merge stream-${p}.lev next-${p}.lev --out merged-${p}.lev ${QUIET}`,
    `levattention query --universal merged-${p}.lev --queries Q.npy --out merged-${p}.npz ${QUIET}`,
  ]),
  `levattention run --keys K.npy --queries Q.npy --scores interval --p 3 --out interval.npz ${QUIET}`,
  ...['.5', '3'].map(
    (p) =>
      `levattention run --keys K.npy --queries Q.npy --scores estimate --delta 1e-3 --seed 5 --p ${p} --out estimate-${p}.npz ${QUIET}`,
  ),
  `levattention run --keys K.npy --queries Q.npy --p 3 --tighten --out tight.npz --universal tight.lev ${QUIET}`,
  `levattention run --keys K.npy --queries Q.npy --p 3 --passes 1 --out one-pass.npz ${QUIET}`,
  `levattention run --keys K.npy --queries Q.npy --keep 25 --out keep.npz --universal keep.lev ${QUIET}`,
  `levattention run --keys K.npy --queries Q.npy --sign positive --out positive.csv ${QUIET}`,
  `levattention run --keys K.npy --queries Q.npy --method sketch --delta 1e-3 --out sketch.npz --universal sketch.lev ${QUIET}`,
  `levattention run --keys K1.npy --keys K2.npy --concat --queries Q.npy --out concat.npz ${QUIET}`,
  `levattention run --keys K.bin --dtype f32 --cols 8 --queries Q.npy --out raw.npz ${QUIET}`,
  `levattention run --keys K.npy --queries Q.npy --workers 2 --shard-rows 4096 --fan-in 2 --query-batches 3 --out cut.npz ${QUIET}`,
  `levattention run --keys K.npy --queries Q.npy --kernels scalar --out scalar.npz ${QUIET}`,
  `levattention run --keys - --queries Q.npy --out piped.npz ${QUIET} < K.npy`,
  `levattention run --keys D.npy --epsilon .2 ${QUIET}`,
  `levattention run --keys K.npy --queries Q.npy --checkpoint run-folder --shard-rows 4096 --out kept.npz ${QUIET}`,
  `levattention plan --keys K.npy --queries Q.npy --run steps --shard-rows 4096 --query-batches 2 ${QUIET}`,
  ...['0', '1'].flatMap((level) =>
    ['0', '1', '2'].map(
      (index) => `levattention step map --run steps --level ${level} --index ${index} ${QUIET}`,
    ),
  ),
  `levattention step finish --run steps ${QUIET}`,
  ...['0', '1'].map((index) => `levattention step query --run steps --index ${index} ${QUIET}`),
  `levattention step collect --run steps ${QUIET}`,
  `levattention run ${SOFTMAX} --out softmax.npz ${QUIET}`,
  `levattention run ${SOFTMAX} --shard-rows 4096 --kernels scalar --top 5 --out softmax-top.ndjson ${QUIET}`,
  `levattention run ${SOFTMAX} --causal --query-start 8000 --sliding-window 5000 --precision f64 --out softmax-window.npz ${QUIET}`,
  `levattention run --attention softmax --keys H.npy --queries HQ.npy --heads all --epsilon .1 --out softmax-heads ${QUIET}`,
  `levattention verify --keys K.npy --queries Q.npy --heavy softmax.npz | timeless`,
  `levattention attend ${ATTEND} --keep 20 --local 3 --rest-clusters 8 --out attend.npy --lse lse.npy --selected s.npz ${QUIET}`,
  `levattention attend ${ATTEND} --full --causal --out full.npy ${QUIET}`,
  `levattention attend --queries HQ.npy --keys H.npy --values H.npy --heads all --select norm-max --keep 9 --out attend-heads.npy ${QUIET}`,
  `levattention coverage --queries HQ.npy --keys H.npy --values H.npy --heads all --out cover.csv --out cover.json --out cover.npz | timeless`,
  `levattention coverage --queries HQ.npy --keys H.npy --heads all --sample 500 --keep 9,20,50 ${QUIET}`,
  `levattention inspect cover.npz`,
  `levattention inspect s.npz`,
  `levattention sample K.npy --rows 200 --seed 7 --out sample.npz ${QUIET}`,
  `levattention inspect run-2.lev --list`,
  `levattention inspect K.npy`,
  `levattention curve K.npy | timeless`,
  `levattention generate planted --out planted --n 5000 --d 6 --m 50 --seed 3 ${QUIET}`,
  `levattention generate planted --out noisy --n 5000 --d 30 --m 50 --planted 20 --noise 1e-4 --coherence 2 ${QUIET}`,
]
