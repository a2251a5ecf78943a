"""LevAttention from Python: one file over the command `levattention`, with numpy and scipy alone.

    import levattention as lev
    pairs = lev.heavy(Q, K, epsilon=0.01)          # scipy.sparse.csr_matrix [m, n] of every pair of at least 0.01
    ids, bounds = lev.universal(K, keep=100)       # the keys that can ever matter most, and how much
    tau = lev.scores(X)                            # leverage of every row, float64
    out = lev.attend(Q, K, V, keep=32)             # attention over the 32 keys of largest leverage
    told = lev.report(Q, K, V, out='report.html')  # all of it as a page to look at; its first words as (question, answer)

Arrays may be NumPy arrays, or paths that the command reads (.npy, .npz#name, .safetensors#name, ...), which are not copied. Every further
keyword is an option of the command: `query_start=5` is --query-start 5, `causal=True` is --causal. An error of the command is a `LevError`
with its tag, which calls an array by the name of its argument. The command is found by the environment variable LEVATTENTION, on the PATH, or in the repository that this file lies in.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections import namedtuple
from pathlib import Path

import numpy as np

__all__ = ["LevError", "attend", "coverage", "heavy", "report", "sample", "scores", "universal"]

Sample = namedtuple("Sample", "row_ids probabilities weights rows")
Sample.__doc__ = "Rows drawn by their leverage: ids ascending, p_j and 1/p_j of each, and the rows [count, d] themselves."


class LevError(Exception):
    """What the command refused or met. `tag`: Option, Content, NotFound, CannotWrite, ...; `place`: file or argument, row, column, option."""

    def __init__(self, tag, message, place=None, exit_code=None):
        super().__init__(message)
        self.tag = tag
        self.place = place or {}
        self.exit_code = exit_code


def heavy(queries, keys, epsilon=0.01, attention="power", p=2, causal=False, **options):
    """Every pair with A_ij >= epsilon as a csr_matrix [m, n] of scores; none is missed.

    attention='power': |q.k|^p; attention='softmax': exp(scale q.k), exactly."""
    from scipy.sparse import load_npz

    asked = {"epsilon": epsilon, "causal": causal, **options}
    if attention == "softmax":
        asked["attention"] = "softmax"
    elif attention == "power":
        asked["p"] = p
    else:
        raise ValueError(f"attention is {attention!r}; 'power' or 'softmax'")
    with _Folder() as folder:
        out = folder.path("heavy.npz")
        folder.run("run", keys=keys, queries=queries, out=out, **asked)
        return load_npz(out)


def universal(keys, keep=None, epsilon=None, p=2, **options):
    """(row ids, bounds) of the universal set, the largest bound first: no query gives a key more than its bound."""
    if keep is None and epsilon is None:
        epsilon = 0.01
    with _Folder() as folder:
        out = folder.path("u.npz")
        folder.run("build", keys=keys, keep=keep, epsilon=epsilon, p=p, out=out, **options)
        with np.load(out) as found:
            return found["rowIds"], found["bounds"]


def scores(rows, p=2, **options):
    """The leverage score of every row [n], float64 (p other than 2: certified bounds)."""
    with _Folder(keys="rows") as folder:
        out = folder.path("tau.npy")
        folder.run("scores", keys=rows, p=p, out=out, **options)
        return np.load(out)


def sample(rows, count, seed=1, **options):
    """`count` rows in expectation, drawn by their leverage; sums over them weighted by `weights` are unbiased."""
    with _Folder(keys="rows") as folder:
        out = folder.path("s.npz")
        folder.run("sample", keys=rows, rows=count, seed=seed, out=out, **options)
        with np.load(out) as found:
            return Sample(found["rowIds"], found["probabilities"], found["weights"], found["rows"])


def attend(queries, keys, values, keep=32, select="leverage", **options):
    """Softmax attention over the keys that a rule keeps, renormalised over them: [m, dv], or [heads, m, dv] of heads."""
    if len(_shape_of(queries)) > 2:
        options.setdefault("heads", "all")
    with _Folder() as folder:
        out = folder.path("O.npy")
        folder.run("attend", queries=queries, keys=keys, values=values, keep=keep, select=select, out=out, **options)
        return np.load(out)


def coverage(queries, keys, values=None, **options):
    """How much of their softmax attention selections of keys hold: what `coverage --json` prints, as a dict."""
    with _Folder() as folder:
        return folder.run("coverage", queries=queries, keys=keys, values=values, **options)


def report(queries=None, keys=None, values=None, out="report.html", **options):
    """Writes one HTML file that shows which keys matter, and returns its first words: [(question, answer), ...].

    Without queries `keys` is a table, whose rows are scored; arrays of three axes and more are heads. force=True replaces a file."""
    if len(_shape_of(keys)) > 2:
        options.setdefault("heads", "all")
    with _Folder() as folder:
        told = folder.run("report", queries=queries, keys=keys, values=values, out=out, **options)
        folder.hide_in(out)
    return [(one["question"], one["answer"]) for one in told["answers"]]


class _Folder:
    """Temporary files of one call, gone at its end. `called`: options by the names of the arguments, where these are others."""

    def __init__(self, **called):
        self._called = called

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="levattention-")
        self._arguments = {}
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def path(self, name):
        return os.path.join(self._folder.name, name)

    def hide_in(self, page):
        """Of how a page was made it says `--keys keys.npy` where an array was given: the temporary file is gone."""
        if not self._arguments:
            return
        with open(page, encoding="utf-8") as file:
            text = file.read()
        with open(page, "w", encoding="utf-8") as file:
            file.write(text.replace(self._folder.name + os.sep, ""))

    def named(self, text):
        """`text` with the names of arguments in place of their temporary files."""
        for path, name in self._arguments.items():
            text = text.replace(path, name)
        return text.replace(self._folder.name + os.sep, "")

    def argument(self, path):
        return self._arguments.get(path)

    def run(self, command, **options):
        """The command's summary, as a dict. Raises LevError."""
        words = [word for name, value in options.items() for word in self._words(name, value)]
        # Its messages on standard error are for a person at the command: here they are in the summary.
        program = _command()
        try:
            found = subprocess.run(
                [program, command, *words, "--json", "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        except OSError as error:
            raise LevError("NotFound", f"cannot start {program}: {error.strerror}", {"file": program}) from error
        if found.returncode == 0:
            return json.loads(found.stdout)
        raise _error_of(found, self)

    def _words(self, name, value):
        if value is None or value is False:
            return []
        option = "--" + name.replace("_", "-")
        if value is True:
            return [option]
        if isinstance(value, np.ndarray):
            path = self.path(name + ".npy")
            np.save(path, value, allow_pickle=False)
            self._arguments[path] = self._called.get(name, name)
            return [option, path]
        if isinstance(value, (list, tuple)):
            value = ",".join(str(one) for one in value)
        return [option, os.fspath(value) if isinstance(value, Path) else str(value)]


def _error_of(found, folder):
    try:
        error = json.loads(found.stdout)["error"]
    except (ValueError, KeyError):
        message = folder.named(found.stderr.strip()) or f"levattention ended with {found.returncode} and said nothing"
        return LevError("Internal", message, exit_code=found.returncode)
    place = {name: value for name, value in error.items() if name not in ("tag", "message")}
    argument = folder.argument(place.get("file"))
    if argument is not None:
        place = {**place, "argument": argument}
        del place["file"]
    return LevError(error["tag"], folder.named(error["message"]), place, found.returncode)


def _shape_of(array):
    return array.shape if isinstance(array, np.ndarray) else ()


def _command():
    named = os.environ.get("LEVATTENTION")
    if named:
        return named
    beside = Path(__file__).resolve().parents[2] / "node_modules" / ".bin" / "levattention"
    found = shutil.which("levattention") or (str(beside) if beside.exists() else None)
    if found:
        return found
    raise LevError(
        "NotFound",
        "no command levattention: put it on the PATH (npm install -g @levattention/coordinator), or set LEVATTENTION to it; "
        "in its repository: npm run setup",
    )
