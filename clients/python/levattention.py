"""LevAttention from Python: one file over the command `levattention`, with numpy and scipy alone.

    import levattention as lev
    pairs = lev.heavy(Q, K, epsilon=0.01)          # scipy.sparse.csr_matrix [m, n] of every pair of at least 0.01
    ids, bounds = lev.universal(K, keep=100)       # the keys that can ever matter most, and how much
    tau = lev.scores(X)                            # leverage of every row, float64
    sizes = lev.curve(K).sizes                     # how many keys can matter, at a dozen epsilons
    out = lev.attend(Q, K, V, keep=32)             # attention over the 32 keys of largest leverage
    told = lev.report(Q, K, V, out='report.html')  # all of it as a page to look at; its first words as (question, answer)

Arrays are whatever numpy.asarray takes (arrays, lists, tensors, data frames), or paths, str or os.PathLike, that the command reads (.npy,
.npz#name, .safetensors#name, ...), which are not copied; a list of paths is several files. Every further keyword is an option of the command:
`query_start=5` is --query-start 5, `causal=True` is --causal. What is refused is a `LevError` with a tag, which speaks of arguments by their
names here; what the command warns of is a `LevWarning`. The command is found by the environment variable LEVATTENTION, on the PATH, or in the repository that this file lies in.
"""

import html
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import namedtuple
from pathlib import Path

import numpy as np

__all__ = ["LevError", "LevWarning", "attend", "coverage", "curve", "heavy", "report", "sample", "scores", "universal"]

Sample = namedtuple("Sample", "row_ids probabilities weights rows")
Sample.__doc__ = "Rows drawn by their leverage: ids ascending, p_j and 1/p_j of each, and the rows [count, d] themselves."


Curve = namedtuple("Curve", "epsilons sizes max_bound")
Curve.__doc__ = "How many keys can take each epsilon: arrays, the largest epsilon first; no query gives any key more than max_bound."


class LevError(Exception):
    """What was refused or met. `tag`: Option, Content, NotFound, CannotWrite, ...; `place`: file or argument, row, column, option;
    `exit_code`: of the command, None where it was not started."""

    def __init__(self, tag, message, place=None, exit_code=None):
        super().__init__(message)
        self.tag = tag
        self.place = place or {}
        self.exit_code = exit_code


class LevWarning(UserWarning):
    """What the command warns of, of an answer that stands. `code`: nearly-dependent, few-rows, ..."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


def heavy(queries, keys, epsilon=None, attention="power", p=None, causal=False, **options):
    """Every pair with A_ij >= epsilon (0.01, unless keep= or top= says how many) as a csr_matrix [m, n] of scores; none is missed.

    With p other than 2 and scores="estimate": every pair whose scoreHigh reaches epsilon, none missed but with a probability of delta.

    attention='power': |q.k|^p, p = 2 unless given; attention='softmax': exp(scale q.k), exactly."""
    from scipy.sparse import load_npz

    if attention != "power":
        options["attention"] = attention
    with _Call("heavy", keys=keys, queries=queries) as call:
        out = call.path("heavy.npz")
        call.run("run", options, epsilon=epsilon, p=p, causal=causal, out=out)
        return load_npz(out)


def universal(keys, keep=None, epsilon=None, p=2, **options):
    """(row ids, bounds) of the universal set, the largest bound first: no query gives a key more than its bound.

    Of the `keep` keys of the largest bounds, or of those that can reach epsilon (0.01 where neither is given)."""
    with _Call("universal", keys=keys) as call:
        out = call.path("u.npz")
        call.run("build", options, keep=keep, epsilon=epsilon, p=p, out=out)
        with np.load(out) as found:
            return found["rowIds"], found["bounds"]


def scores(rows, p=2, **options):
    """The leverage score of every row [n], float64 (p other than 2: certified bounds)."""
    with _Call("scores", called={"keys": "rows"}, keys=rows) as call:
        out = call.path("tau.npy")
        call.run("scores", options, p=p, out=out)
        return np.load(out)


def curve(keys, p=2, **options):
    """How many keys the universal set holds at a dozen epsilons [12], the largest first, and the largest share that any key can take."""
    with _Call("curve", keys=keys) as call:
        told = call.run("curve", options, p=p)
        epsilons, sizes = zip(*((one["epsilon"], one["universalSize"]) for one in told["curve"]))
        return Curve(np.array(epsilons), np.array(sizes), told.get("maxBound", 0.0))


def sample(rows, count, seed=1, **options):
    """`count` rows in expectation, drawn by their leverage; sums over them weighted by `weights` are unbiased."""
    with _Call("sample", called={"keys": "rows", "rows": "count"}, keys=rows) as call:
        out = call.path("s.npz")
        call.run("sample", options, rows=count, seed=seed, out=out)
        with np.load(out) as found:
            return Sample(found["rowIds"], found["probabilities"], found["weights"], found["rows"])


def attend(queries, keys, values, keep=None, select=None, **options):
    """Softmax attention over the keys that a rule keeps, renormalised over them: [m, dv], or [heads, m, dv] of heads.

    One of keep= (the keys that select= ranks first, by leverage unless it says otherwise), epsilon= (those of at least this leverage), ids=
    and full=True says which; without any it is keep=32, or all keys where these are fewer. local= and sink_tokens= come beside them;
    select='local' or 'local+sinks' keeps no others."""
    with _Call("attend", queries=queries, keys=keys, values=values) as call:
        out = call.path("O.npy")
        counts = (keep, options.get("epsilon"), options.get("ids"))
        if any(one is not None for one in counts) or options.get("full") or _keeps_none(select):
            call.run("attend", options, keep=keep, select=select, out=out)
        else:
            _attend_to_few(call, options, select=select, out=out)
        return np.load(out)


def coverage(queries, keys, values=None, **options):
    """How much of their softmax attention selections of keys hold: what `coverage --json` prints, as a dict."""
    with _Call("coverage", optional=("values",), queries=queries, keys=keys, values=values) as call:
        return call.run("coverage", options)


def report(queries=None, keys=None, values=None, out="report.html", **options):
    """Writes one HTML file that shows which keys matter, and returns its first words: [(question, answer), ...].

    One array alone, report(X) or report(keys=X), is a table, whose rows are scored; arrays of three axes and more are heads. force=True
    replaces a file."""
    if keys is None and values is None:
        queries, keys = None, queries
    with _Call("report", optional=("queries", "values"), queries=queries, keys=keys, values=values) as call:
        told = call.run("report", options, out=out)
        call.sign(out, dict(out=out, **options))
        return [(one["question"], call.without_files(one["answer"])) for one in told["answers"]]


# What stands between backticks, or an option in a sentence with what may be its value.
_ADVICE = re.compile(r"`(?P<typed>[^`]*)`|(?<![\w/.-])--(?P<name>[a-z][a-z-]*)(?: (?P<value>[A-Z]\b|all\b|\d+(?:[:x.]\d+)?\b))?")
_TRIED = re.compile(r"; (?:<code>)?levattention run [^;]*?, tries them against brute force")
_LISTED = re.compile(
    r"(?P<code><code>)?levattention scores (?P<words>[^<]*?) --out leverage\.csv(?:</code>)?, then (?:<code>)?awk [^<]*?\$NF (?:>|&gt;)= "
    r"(?P<least>[^'&]*)[^<]*?leverage\.csv(?:</code>)?, lists them"
)
_NOTES = ("turned-input", "deflated-input")  # how a file was read, which is no news to whoever named it
_HEADS = ("attend", "coverage", "report")  # functions that take several matrices at once
_ARRAYS = ("fit_queries", "ids", "key_mask", "keys", "queries", "query_mask", "select", "values", "weights")


def _caller_level():
    """Of the function that called into this file, as warnings.warn counts where it is called from."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        level, frame = level + 1, frame.f_back
    return level


def _keeps_none(select):
    return isinstance(select, str) and set(select.split("+")) <= {"local", "sinks", "rest"}


def _attend_to_few(call, options, **fixed):
    """32 keys, or as many as there are: how many a file has the command knows, and says."""
    try:
        call.run("attend", options, keep=32, **fixed)
    except LevError as error:
        fewer = re.match(r"keep is 32, and there are (\d+) keys?$", str(error))
        if fewer is None:
            raise
        call.run("attend", options, keep=int(fewer[1]), **fixed)


def _is_path(value):
    return isinstance(value, (str, os.PathLike))


def _are_paths(value):
    return isinstance(value, (list, tuple)) and len(value) > 0 and all(map(_is_path, value))


def _input(name, value):
    """A path, a list of paths, or an array of numbers. Raises LevError, which names the argument."""
    if _is_path(value) or _are_paths(value):
        return value
    if value is None:
        raise LevError("Option", f"{name} is None; give an array, or the path of one", {"argument": name, "option": name})
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise _bad_array(name, "some elements are masked; fill them, or leave their rows out")
    try:
        array = np.asarray(value)
    except (RuntimeError, TypeError, ValueError) as error:
        raise _bad_array(name, f"numpy.asarray makes no array of it: {error}") from error
    if array.dtype.kind in "US":
        _require_numbers(name, array)
    if not array.dtype.hasobject:
        return array
    ways = {"toarray": f"; give {name}.toarray()", "astype": f"; where all are numbers, give {name}.astype(float), else the columns that are"}
    todo = next((text for way, text in ways.items() if hasattr(value, way)), "")
    kind = type(value).__name__
    raise _bad_array(name, f"NumPy makes an array of objects (dtype {array.dtype}) of this {kind}, not of numbers{todo}")


def _require_numbers(name, array):
    """Raises LevError where some text is no number: astype(float), which the command would name, cannot read it either."""
    for text in array.flat:
        try:
            float(text)
        except ValueError:
            raise _bad_array(name, f"NumPy makes an array of text (dtype {array.dtype}) of it, and {str(text)!r} is no number; give the columns that are") from None


def _spelled(name, value):
    if _are_paths(value):
        return repr([os.fspath(path) for path in value])
    if _is_path(value):
        return repr(os.fspath(value))
    return name if name in _ARRAYS else repr(value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value)


def _array_text(name, value):
    return name if isinstance(value, np.ndarray) else f"numpy.asarray({name})"


def _bad_array(name, why):
    return LevError("Content", f"{name}: {why}", {"argument": name})


class _Call:
    """One call of `function`: its inputs by the command's names, and temporary files, gone at its end.

    `called`: names of arguments where these are not the command's; `optional`: inputs that may be None."""

    def __init__(self, function, called=None, optional=(), **inputs):
        self._function = function
        self._called = called or {}
        given = {name: value for name, value in inputs.items() if value is not None or name not in optional}
        self._inputs = {name: _input(self._name(name), value) for name, value in given.items()}
        self._arguments = {}
        # What a message may compute with, where the caller gave no array: a list has no reshape.
        self._spelled = {self._name(name): _array_text(self._name(name), value) for name, value in given.items()}

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="levattention-")
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def path(self, name):
        return os.path.join(self._folder.name, name)

    def without_files(self, text):
        """Without commands that would read a temporary file, which is gone: that which tries the pairs is left out, that which lists
        rows is a call."""
        return _LISTED.sub(self._listing, _TRIED.sub("", text)) if self._arguments else text

    def _listing(self, found):
        rows, *words = shlex.split(html.unescape(found["words"]))
        arguments = [self._arguments.get(rows, repr(rows))]
        for word, value in zip(words, [*words[1:], "--"]):
            if word.startswith("--"):
                name = self._name(word[2:])
                option = self._option(word[2:], "True" if value.startswith("--") else value)
                arguments.append(f"{name}={self._arguments[value]}" if value in self._arguments else option)
        call = f"numpy.flatnonzero(lev.scores({', '.join(arguments)}) >= {found['least']})"
        return f"<code>{html.escape(call, quote=False)}</code> lists them" if found["code"] else f"{call} lists them"

    def sign(self, page, options):
        """A page says that it is of arrays, whose temporary files are gone, and as which call it is made again."""
        with open(page, encoding="utf-8") as file:
            text = self.without_files(file.read())
        for path in self._arguments:
            name = os.path.basename(path)
            text = text.replace(path, name)
            # In its first line, its heading and its parameters.
            of_array = f"{self._arguments[path]} (array)"
            text = re.sub(rf'(?<=<p class="meta">)[^<]*', lambda found: found[0].replace(name, of_array), text, count=1)
            text = re.sub(rf"(<h2>|<dd>){re.escape(name)}(?=</)", lambda found: found[1] + of_array, text)
        again = f"<h3>Again</h3><pre>{html.escape(self._spelled_call(options))}</pre>"
        text = re.sub("<h3>Again</h3><pre>.*?</pre>", lambda _: again, text, flags=re.DOTALL)
        with open(page, "w", encoding="utf-8") as file:
            file.write(text)

    def _spelled_call(self, options):
        """As one types it: arrays by the names of their arguments."""
        given = [(self._name(name), value) for name, value in self._inputs.items()] + list(options.items())
        words = [f"{name}={_spelled(name, value)}" for name, value in given if value is not None]
        return f"lev.{self._function}({', '.join(words)})"

    def run(self, command, options, **fixed):
        """The command's summary, as a dict. Raises LevError."""
        self._refuse(options, fixed)
        if self._function in _HEADS and any(getattr(one, "ndim", 0) > 2 for one in self._inputs.values()):
            options = {"heads": "all", **options}
        asked = {**self._inputs, **fixed, **options}
        words = [word for name, value in asked.items() for word in self._words(name, value)]
        # Its messages on standard error are for a person at the command: here they are in the summary.
        program = _command()
        try:
            found = subprocess.run([program, command, *words, "--json", "--quiet"], capture_output=True, encoding="utf-8")
        except OSError as error:
            why = ", which LEVATTENTION names" if program == os.environ.get("LEVATTENTION") else ""
            raise LevError("NotFound", f"cannot start {program}{why}: {error.strerror}", {"file": program}) from error
        if found.returncode != 0:
            raise self._error_of(found)
        summary = json.loads(found.stdout)
        for warning in summary.get("warnings", ()):
            if warning["code"] not in _NOTES:
                warnings.warn(LevWarning(self._said(warning["message"]), warning["code"]), stacklevel=_caller_level())
        return summary

    def _refuse(self, options, fixed):
        """Throws on options that this file gives itself, and on heads where one matrix is answered for."""
        function = self._function
        for name in ("all", "help", "json", "quiet", *self._inputs, *fixed):
            if name in options:
                raise LevError("Option", f"lev.{function} has no argument {name}", {"option": name})
        for name in ("heads", "as_heads"):
            if function not in _HEADS and options.get(name):
                message = f"lev.{function} has no argument {name}: it takes one matrix; call it for each head"
                raise LevError("Option", message, {"option": name})

    def _words(self, name, value):
        if value is None or (isinstance(value, (bool, np.bool_)) and not value):
            return []
        option = "--" + name.replace("_", "-")
        if isinstance(value, (bool, np.bool_)):
            return [option]
        if name in _ARRAYS:
            self._spelled.setdefault(self._name(name), _array_text(self._name(name), value))
            value = _input(self._name(name), value)
        elif isinstance(value, np.ndarray):
            value = value.tolist()
        if name in _ARRAYS and name != "select" and _are_paths(value):
            return [word for path in value for word in (option, os.fspath(path))]
        if isinstance(value, np.ndarray):
            path = self.path(name + ".npy")
            np.save(path, value, allow_pickle=False)
            self._arguments[path] = self._name(name)
            return [option, path]
        if isinstance(value, (list, tuple)):
            value = ",".join(str(one) for one in value)
        return [option, os.fspath(value) if _is_path(value) else str(value)]

    def _name(self, option):
        """Of an option of the command, as it is called here."""
        name = option.replace("-", "_")
        return self._called.get(name, name)

    def _error_of(self, found):
        try:
            error = json.loads(found.stdout)["error"]
        except (ValueError, KeyError):
            message = self._said(found.stderr.strip()) or f"levattention ended with {found.returncode} and said nothing"
            return LevError("Internal", message, exit_code=found.returncode)
        place = {name: value for name, value in error.items() if name not in ("tag", "message")}
        for name in ("input", "option"):
            if isinstance(place.get(name), str):
                place[name] = self._name(place[name])
        argument = self._arguments.get(place.get("file"))
        if argument is not None:
            place = {**place, "argument": argument}
            del place["file"]
        return LevError(error["tag"], self._said(error["message"]), place, found.returncode)

    def _said(self, text):
        """A message of the command, as one says it here: arrays and options by the names of arguments, values as Python writes them."""
        for path, name in self._arguments.items():
            array = self._spelled[name]
            text = text.replace(f"numpy.load('{path}')", array)
            text = re.sub(rf"'{re.escape(path)}#(\[[^]']*\])?(\.T)?'", array + r"\1\2", text)
            text = re.sub(rf"(?:--{name.replace('_', '-')} )?{re.escape(path)}", name, text)
            text = re.sub(rf"in Python: `import numpy; numpy\.save\('[^']*', ([^`]*\b{name}\b[^`]*)\)`", r"`\1`", text)
            # Where its file stood beside it.
            text = text.replace(f"{name} ({name})", name)
            if text.startswith(f"{name}:"):
                text = re.sub(r" \((keys|queries|values)\);", ";", text)
                text = re.sub("save (its numbers|the numbers that the text shows) as float64", f"give {array}.astype(float)", text)
        text = text.replace(self._folder.name + os.sep, "")
        each = f"lev.{self._function} takes one: call it for each"
        if self._function in _HEADS:
            each = "heads='all' takes each by itself"
        else:
            text = re.sub(r" and, where the rows stand before the heads, --layout \w+", "", text)
        text = re.sub(r"run, build, [\w, ]+ take each by itself, with --heads all", each, text)
        text = re.sub(r"scores, curve, [\w, ]+ leave such rows out with --drop-missing", "drop_missing=True leaves such rows out", text)
        # A flag with a value: 1, 'yes'.
        flag = re.match(r"--([a-z-]+) takes no value, and '(.*?)' follows it", text)
        if flag is not None:
            text = f"{self._name(flag[1])} is {flag[2]}; it takes True or False, as in `{self._name(flag[1])}=True`"
        text = re.sub(r"did you mean `--([a-z-]+)`", lambda found: f"did you mean {self._name(found[1])}", text)
        return _ADVICE.sub(self._advice, text)

    def _advice(self, found):
        if found["name"] is not None:
            return self._option(found["name"], found["value"])
        typed = found["typed"]
        return f"`{self._typed(typed) if typed.startswith('--') else typed}`"

    def _typed(self, words):
        """`--grid 14x14 --force` as arguments: grid='14x14', force=True."""
        try:
            parts = shlex.split(words)
        except ValueError:
            return words
        arguments = []
        for at, part in enumerate(parts):
            if part.startswith("--"):
                value = next((one for one in parts[at + 1 : at + 2] if not one.startswith("--")), "True")
                arguments.append(self._option(part[2:], value))
        return ", ".join(arguments)

    def _option(self, name, value):
        name = self._name(name)
        if value is None:
            return name
        plain = value == "True" or re.fullmatch(r"[A-Z]|-?\d+(\.\d+)?(e-?\d+)?", value)
        return f"{name}={value if plain else repr(value)}"


def _command():
    named = os.environ.get("LEVATTENTION")
    if named:
        return named
    beside = Path(__file__).resolve().parent / "../../node_modules/.bin/levattention"
    found = shutil.which("levattention") or (os.path.normpath(beside) if beside.exists() else None)
    if found:
        return found
    raise LevError(
        "NotFound",
        "no command levattention: type npm run setup in a clone of its repository, and set the environment variable LEVATTENTION to the clone's "
        "node_modules/.bin/levattention",
    )
