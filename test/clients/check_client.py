"""Every function of the Python client against the command's own files and brute force; prints one line a check, ends with 1 where one fails.

Arguments: the folder of the client, and of how many refusals by the command one is tried."""

import html
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, load_npz

sys.path.insert(0, sys.argv[1])
import levattention as lev  # noqa: E402

COMMAND = os.environ["LEVATTENTION"]
failed = 0


def check(name, holds):
    global failed
    failed += not holds
    print("ok" if holds else "FAIL", name)


def command(*words):
    subprocess.run([COMMAND, *words, "--quiet"], check=True, stdout=subprocess.DEVNULL)


rng = np.random.default_rng(5)
K, Q = rng.normal(size=(400, 6)).astype("f4"), rng.normal(size=(30, 6)).astype("f4")
K[::40] *= 9
V = rng.normal(size=(400, 3)).astype("f4")
A = np.abs(Q.astype("f8") @ K.astype("f8").T)
os.chdir(tempfile.mkdtemp())
for name, array in dict(K=K, Q=Q, V=V).items():
    np.save(name + ".npy", array)

for p in (2, 3):
    share = A**p / (A**p).sum(1, keepdims=True)
    found = lev.heavy(Q, K, epsilon=0.05, p=p)
    check(f"heavy, p = {p}: the pairs of brute force", ((found.toarray() > 0) == (share >= 0.05)).all())
    check(f"heavy, p = {p}: their scores", np.allclose(found.toarray()[share >= 0.05], share[share >= 0.05], rtol=1e-9))
command("run", "--keys", "K.npy", "--queries", "Q.npy", "--epsilon", "0.05", "--out", "h.npz")
same, ours = load_npz("h.npz"), lev.heavy("Q.npy", "K.npy", epsilon=0.05)
check("heavy: the command's numbers to the bit", (same != ours).nnz == 0)
soft = np.exp(Q.astype("f8") @ K.astype("f8").T / np.sqrt(6))
soft /= soft.sum(1, keepdims=True)
found = lev.heavy(Q, K, epsilon=0.02, attention="softmax").toarray()
check("heavy, softmax: the pairs of brute force", ((found > 0) == (soft >= 0.02)).all())
causal = lev.heavy(K[:50], K[:50], epsilon=0.3, causal=True).toarray()
check("heavy, causal: no key behind its query", (np.triu(causal, 1) == 0).all() and causal.any())



def attended(ids):
    """Brute force: softmax attention over these keys alone."""
    part = soft[:, ids]
    return part / part.sum(1, keepdims=True) @ V[ids]


hat = (np.linalg.qr(K.astype("f8"))[0] ** 2).sum(1)
check("scores: QR", np.allclose(lev.scores(K), hat, atol=1e-9))
curve = lev.curve(K)
told = json.loads(subprocess.run([COMMAND, "curve", "K.npy", "--json", "--quiet"], check=True, stdout=subprocess.PIPE).stdout)
check("curve: the command's", [*zip(curve.epsilons, curve.sizes)] == [(one["epsilon"], one["universalSize"]) for one in told["curve"]])
check("curve: brute force", curve.sizes.tolist() == [(hat >= epsilon).sum() for epsilon in curve.epsilons] and abs(curve.max_bound - hat.max()) < 1e-9)
ids, bounds = lev.universal(K, keep=10)
check("universal: the ten largest scores", set(ids.tolist()) == set(np.argsort(-hat)[:10].tolist()) and (np.diff(bounds) <= 0).all())
check("universal: by epsilon", len(lev.universal(K, epsilon=0.05)[0]) == (hat >= 0.05).sum())
drawn = lev.sample(K, 50, seed=3)
check("sample: rows and weights", (drawn.rows == K[drawn.row_ids.astype(int)]).all() and np.allclose(drawn.weights * drawn.probabilities, 1))
command("attend", "--queries", "Q.npy", "--keys", "K.npy", "--values", "V.npy", "--keep", "32", "--out", "O.npy")
check("attend: the command's bytes", (lev.attend(Q, K, V, keep=32) == np.load("O.npy")).all())
heads = lev.attend(np.stack([Q, Q]), np.stack([K, K]), np.stack([V, V]), keep=32)
check("attend: heads", heads.shape == (2, 30, 3) and np.allclose(heads[1], np.load("O.npy"), atol=1e-6))
full = lev.attend(Q, K, V, full=True)
check("attend: full", np.allclose(full, soft @ V, atol=1e-5))
kept = np.flatnonzero(hat >= 0.03)
check("attend: epsilon", 5 < len(kept) < 400 and np.allclose(lev.attend(Q, K, V, epsilon=0.03), attended(kept), atol=1e-5))
check("attend: ids, a list", np.allclose(lev.attend(Q, K, V, ids=[7, 3, 300]), attended([7, 3, 300]), atol=1e-5))
check("attend: 32 by default", (lev.attend(Q, K, V) == np.load("O.npy")).all())
check("attend: full=False asks for nothing", (lev.attend(Q, K, V, full=False) == np.load("O.npy")).all())
by_norm = np.argsort(-np.linalg.norm(K.astype("f8"), axis=1))[:32]
check("attend: 32 by default, of any rule", np.allclose(lev.attend(Q, K, V, select="norm-max"), attended(by_norm), atol=1e-5))
by_own = lev.attend(Q, K, V, keep=3, select=list(range(400)))
check("attend: scores of one's own, a list", np.allclose(by_own, attended([397, 398, 399]), atol=1e-5))
near = np.abs(np.arange(30)[:, None] - np.arange(400)) <= 3
local = np.where(near, soft, 0)
local = local / local.sum(1, keepdims=True) @ V
check("attend: local keys alone", np.allclose(lev.attend(Q, K, V, select="local", local=3, query_start=0), local, atol=1e-5))
few = attended(np.arange(5))
check("attend: fewer keys than 32", np.allclose(lev.attend(Q, K[:5], V[:5]), few, atol=1e-5))
np.save("K5.npy", K[:5]), np.save("V5.npy", V[:5])
check("attend: of files too", np.allclose(lev.attend("Q.npy", Path("K5.npy"), "V5.npy"), few, atol=1e-5))
check("attend: of heads in any layout", lev.attend(*(np.ones((1, 7, 2, 4)),) * 3, layout="bshd").shape == (1, 7, 2, 4))
by_top = lev.heavy(Q, K, attention="softmax", top=3).toarray() > 0
check("heavy: top alone", (by_top.sum(1) == 3).all() and (np.where(by_top, soft, 1).min(1) >= np.where(by_top, 0, soft).max(1)).all())
check("heavy: keep alone", lev.heavy(Q, K, keep=5).nnz > 0)


class Tensor:
    """Of another library: all that NumPy knows of it is __array__."""

    def __array__(self, dtype=None, copy=None):
        return K


check("a list", np.allclose(lev.scores(K.tolist()), hat, atol=1e-9))
check("an object with __array__", (lev.scores(Tensor()) == lev.scores(K)).all())
np.save("K1.npy", K[:100]), np.save("K2.npy", K[100:])
check("a list of paths", np.allclose(lev.scores(["K1.npy", Path("K2.npy")], concat=True), hat, atol=1e-9))
check("weights, a list", np.allclose(lev.scores(K, weights=[4.0] * 400), hat, atol=1e-9))
told = lev.coverage(Q, K, V, keep=np.array([8, 32]), select=["leverage", "random"])
check("coverage: rules and numbers", len(told["heads"][0]["selections"]) == 4)
by_head = lev.coverage(np.stack([Q, Q]), np.stack([K, K]), keep=8)["heads"]
check("coverage: arrays of three axes are heads", len(by_head) == 2)
check("a Fortran-ordered array", np.allclose(lev.scores(np.asfortranarray(K)), hat, atol=1e-9))
big = rng.normal(size=(65536, 64)).astype("f4")
check("65,536 x 64", abs(lev.scores(big).sum() - 64) < 1e-6)

# The page's first words are the command's to the byte, and the page but for times and for how it was typed.
command("report", "--queries", "Q.npy", "--keys", "K.npy", "--values", "V.npy", "--epsilon", "0.05", "--out", "one.html")
found = subprocess.run(
    [COMMAND, "report", "--queries", "Q.npy", "--keys", "K.npy", "--values", "V.npy", "--epsilon", "0.05", "--out", "two.html", "--json", "--quiet"],
    check=True,
    stdout=subprocess.PIPE,
)
tried = "; levattention run --queries Q.npy --keys K.npy --epsilon 0.05 --out heavy.npz, then levattention verify --queries Q.npy --keys K.npy --heavy heavy.npz, tries them against brute force"
words = [(one["question"], one["answer"].replace(tried, "")) for one in json.loads(found.stdout)["answers"]]
check("report: the command's first words", lev.report(Q, K, V, out="three.html", epsilon=0.05) == words and len(words) > 3)


def page(path):
    text = re.sub("<h3>Time</h3>.*?</section>|<h3>Again</h3>.*?</section>", "", open(path, encoding="utf-8").read())
    text = re.sub("; <code>levattention run .*?tries them against brute force", "", text)
    return text.replace("queries (array)", "Q.npy").replace("keys (array)", "K.npy").replace("values (array)", "V.npy")


check("report: the command's page", page("three.html") == page("one.html"))
check("report: no temporary file in it", tempfile.gettempdir() + "/levattention-" not in open("three.html").read())



def again(path):
    """What a page says of how it is made again, and its first line."""
    text = open(path, encoding="utf-8").read()
    return html.unescape(re.search("<h3>Again</h3><pre>(.*?)</pre>", text)[1]), re.search('class="meta">(.*?)<', text)[1]


call, meta = again("three.html")
check("report: it says how it was made", call == "lev.report(queries=queries, keys=keys, values=values, out='three.html', epsilon=0.05)")
check("report: it says that these were arrays", "keys (array)" in meta and ".npy" not in meta)
lev.report("Q.npy", K, out="mixed.html", epsilon=0.05, causal=False)
call, meta = again("mixed.html")
check("report: a path by its name", call.startswith("lev.report(queries='Q.npy', keys=keys, out=") and "Q.npy" in meta and "keys (array)" in meta)
check("report: no command reads a file that is gone", "levattention run" not in open("three.html").read())
table = lev.report(keys=K, out=Path("table.html"), intercept=True, epsilon=0.05)
check("report: the column of ones is told", "400 rows x 6 columns and one of ones" in again("table.html")[1])
check("report: of a table", table[0][0] == "Which rows can matter at all?")
check("report: one array alone is a table", lev.report(K, out="alone.html", intercept=True, epsilon=0.05) == table)
check("report: force", lev.report(K, out="alone.html", intercept=True, epsilon=0.05, force=True) == table)
words = dict(lev.report(rng.standard_t(2, size=(400, 3)), out="listed.html", intercept=True, weights=np.ones(400)))
call = "numpy.flatnonzero(lev.scores(keys, weights=weights, intercept=True) >= 2 * 4 / 400) lists them"
check("report: rows are listed by a call", call in words["Which rows have high leverage?"])
check("report: and so on the page", "lev.scores(keys, weights=weights" in open("listed.html").read() and "leverage.csv" not in open("listed.html").read())
lev.report(np.stack([Q, Q]), np.stack([K, K]), out="heads.html")
check("report: heads", open("heads.html").read().count("<details") == 3)

heads = np.stack([K, K])
np.save("H.npy", heads)
complex_rows = "`numpy.concatenate([rows.real, rows.imag], axis=-1)`"
refusals = (
    ("an option that is none", lambda: lev.scores(K, nonsense=3), "Option", "unknown option nonsense"),
    ("an option that is nearly one", lambda: lev.attend(Q, K, V, query_strat=3), "Option", "did you mean query_start?"),
    ("a NaN", lambda: lev.scores(np.where(np.arange(18).reshape(9, 2) == 7, np.nan, 1.0)), "Content", "rows: row 3, column 1"),
    ("queries of another width", lambda: lev.heavy(Q[:, :5], K), "Content", "queries"),
    ("a page that is there", lambda: lev.report(Q, K, out="three.html"), "CannotWrite", "`force=True` to replace it"),
    ("a file that is not there", lambda: lev.scores("gone--x.npy"), "NotFound", "gone--x.npy"),
    ("an epsilon out of range", lambda: lev.heavy(Q, K, epsilon=2), "Option", "`epsilon=0.01`"),
    ("a count out of range", lambda: lev.sample(K, 0), "Option", "count is 0"),
    ("a grid", lambda: lev.attend(Q, K, V, grid="7"), "Option", "`grid='14x14'`"),
    ("epsilon of 0", lambda: lev.attend(Q, K, V, epsilon=0), "Option", "epsilon is 0"),
    ("two of keep and full", lambda: lev.attend(Q, K, V, keep=3, full=True), "Option", "keep and full both say"),
    ("more keys than there are", lambda: lev.attend(Q, K[:5], V[:5], keep=16), "Option", "keep is 16, and there are 5 keys"),
    ("an attention that is none", lambda: lev.heavy(Q, K, attention="power3"), "Option", "attention is 'power3'"),
    ("p of softmax", lambda: lev.heavy(Q, K, attention="softmax", p=3), "Option", "p with attention softmax"),
    ("heads of heavy", lambda: lev.heavy(heads, heads), "Content", "`keys[0]`; lev.heavy takes one: call it for each"),
    ("heads of scores", lambda: lev.scores(heads), "Content", "`rows[0]`; lev.scores takes one: call it for each"),
    ("heads of attend, of a file", lambda: lev.attend("H.npy", "H.npy", "H.npy"), "Content", "heads='all' takes each by itself"),
    ("one axis", lambda: lev.scores(K[0]), "Content", "as one row, `rows.reshape(1, -1)`"),
    ("one axis, of a list", lambda: lev.scores([1, 2]), "Content", "`numpy.asarray(rows).reshape(1, -1)`"),
    ("complex numbers", lambda: lev.scores(K * 1j), "Content", complex_rows),
    ("text", lambda: lev.scores(K.astype(str)), "Content", "give rows.astype(float)"),
    ("a flag with a value", lambda: lev.heavy(Q, K, causal=1), "Option", "causal is 1; it takes True or False, as in `causal=True`"),
    ("ids out of range", lambda: lev.attend(Q, K, V, ids=[1, 2000]), "Content", "ids: entry 1 is 2000"),
)
for name, call, tag, part in refusals[:: int(sys.argv[2])]:
    try:
        call()
        check(name, False)
    except lev.LevError as error:
        check(f"{name}: {error.tag}, {error}", error.tag == tag and part in str(error) and error.exit_code > 0)
        check(name + ": no temporary file is named", "levattention-" not in str(error) + str(error.place))
        check(name + ": no argument is named twice", not re.search(r" \((keys|queries|values|rows)\)", str(error)))
        check(name + ": nothing of a shell", not re.search(r"(?<!\w)--\w|numpy\.(load|save)", str(error)))

# Answers that stand, of which the command warns.
near = rng.normal(size=(100, 3))
near[:, 2] = near[:, 0] + near[:, 1]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    lev.scores(near)
    lev.scores(K)
    lev.universal(K[:5])
ours = [one for one in caught if issubclass(one.category, lev.LevWarning)]
check("warnings: of nearly dependent columns", ours[0].message.code == "nearly-dependent" and "the rank is 3" in str(ours[0].message))
check("warnings: where the function is called", all(one.filename == __file__ for one in ours))
check("warnings: in this client's words", all("levattention-" not in str(one.message) for one in ours) and "`keys.T`" in str(ours[1].message))
check("warnings: none of what is well", len(ours) == 2)

# What the client refuses by itself names the argument.
for name, call, tag, argument in (
    ("objects", lambda: lev.scores(K.astype(object)), "Content", "rows"),
    ("text that is no number", lambda: lev.scores(np.array([["Ann", "1"], ["Bob", "2"]])), "Content", "rows"),
    ("rows of several lengths", lambda: lev.heavy(Q, [[1, 2], [3]]), "Content", "keys"),
    ("a sparse matrix", lambda: lev.heavy(csr_matrix(Q), K), "Content", "queries"),
    ("masked elements", lambda: lev.attend(Q, K, np.ma.masked_less(V, 0)), "Content", "values"),
    ("objects as an option", lambda: lev.scores(K, weights=[None] * 400), "Content", "weights"),
    ("None", lambda: lev.coverage(Q, None), "Option", "keys"),
    ("no array at all", lambda: lev.report(), "Option", "keys"),
    ("heads where there is one", lambda: lev.scores(heads, heads="all"), "Option", "heads"),
    ("an output of one's own", lambda: lev.scores(K, out="x.npy"), "Option", "out"),
    ("help", lambda: lev.scores(K, help=True), "Option", "help"),
):
    try:
        call()
        check(name, False)
    except lev.LevError as error:
        found = error.place.get("argument", error.place.get("option"))
        check(f"{name}: {error.tag}, {error}", error.tag == tag and found == argument and argument in str(error))
os.environ["LEVATTENTION"] = "/nowhere/levattention"
try:
    lev.scores(K)
    check("a command that is not there", False)
except lev.LevError as error:
    check("a command that is not there", error.tag == "NotFound" and "which LEVATTENTION names" in str(error))
sys.exit(failed > 0)
