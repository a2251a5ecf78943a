"""Every function of the Python client against the command's own files and brute force; prints one line a check, ends with 1 where one fails."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.sparse import load_npz

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

hat = (np.linalg.qr(K.astype("f8"))[0] ** 2).sum(1)
check("scores: QR", np.allclose(lev.scores(K), hat, atol=1e-9))
ids, bounds = lev.universal(K, keep=10)
check("universal: the ten largest scores", set(ids.tolist()) == set(np.argsort(-hat)[:10].tolist()) and (np.diff(bounds) <= 0).all())
check("universal: by epsilon", len(lev.universal(K, epsilon=0.05)[0]) == (hat >= 0.05).sum())
drawn = lev.sample(K, 50, seed=3)
check("sample: rows and weights", (drawn.rows == K[drawn.row_ids.astype(int)]).all() and np.allclose(drawn.weights * drawn.probabilities, 1))
command("attend", "--queries", "Q.npy", "--keys", "K.npy", "--values", "V.npy", "--keep", "32", "--out", "O.npy")
check("attend: the command's bytes", (lev.attend(Q, K, V, keep=32) == np.load("O.npy")).all())
heads = lev.attend(np.stack([Q, Q]), np.stack([K, K]), np.stack([V, V]), keep=32)
check("attend: heads", heads.shape == (2, 30, 3) and np.allclose(heads[1], np.load("O.npy"), atol=1e-6))
told = lev.coverage(Q, K, V, keep=[8, 32], select="leverage,random")
check("coverage: rules and numbers", len(told["heads"][0]["selections"]) == 4)
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
words = [(one["question"], one["answer"]) for one in json.loads(found.stdout)["answers"]]
check("report: the command's first words", lev.report(Q, K, V, out="three.html", epsilon=0.05) == words and len(words) > 3)


def page(path):
    text = re.sub("<h3>Time</h3>.*?</section>|<h3>Again</h3>.*?</section>", "", open(path, encoding="utf-8").read())
    return text.replace("queries.npy", "Q.npy").replace("keys.npy", "K.npy").replace("values.npy", "V.npy")


check("report: the command's page", page("three.html") == page("one.html"))
check("report: no temporary file in it", tempfile.gettempdir() + "/levattention-" not in open("three.html").read())
check("report: it says how it was made", "--keys keys.npy" in open("three.html").read())
table = lev.report(keys=K, out=Path("table.html"), intercept=True, epsilon=0.05)
check("report: of a table", table[0][0] == "Which rows can matter at all?")
lev.report(np.stack([Q, Q]), np.stack([K, K]), out="heads.html")
check("report: heads", open("heads.html").read().count("<details") == 2)

for name, call, tag, part in (
    ("an option that is none", lambda: lev.scores(K, nonsense=3), "Option", "--nonsense"),
    ("a NaN", lambda: lev.scores(np.where(np.arange(18).reshape(9, 2) == 7, np.nan, 1.0)), "Content", "rows: row 3, column 1"),
    ("queries of another width", lambda: lev.heavy(Q[:, :5], K), "Content", "queries"),
    ("a page that is there", lambda: lev.report(Q, K, out="three.html"), "CannotWrite", "three.html"),
    ("a file that is not there", lambda: lev.scores("gone.npy"), "NotFound", "gone.npy"),
    ("an epsilon out of range", lambda: lev.heavy(Q, K, epsilon=2), "Option", "epsilon"),
):
    try:
        call()
        check(name, False)
    except lev.LevError as error:
        check(name + ": " + error.tag, error.tag == tag and part in str(error) and error.exit_code > 0)
        check(name + ": no temporary file is named", "levattention-" not in str(error) + str(error.place))
os.environ["LEVATTENTION"] = "/nowhere/levattention"
try:
    lev.scores(K)
    check("a command that is not there", False)
except lev.LevError as error:
    check("a command that is not there", error.tag == "NotFound")
sys.exit(failed > 0)
