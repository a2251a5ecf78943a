"""Runs the programs of docs/python.md: the first on random arrays, that of a model with random arrays of GPT-2's shapes in place of its own."""

import os
import re
import sys
import tempfile
import warnings
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, sys.argv[1])
import levattention as lev  # noqa: E402

WIDTH = 768
rng = np.random.default_rng(6)
with open(sys.argv[2], encoding="utf-8") as page:
    first, model_lines = re.findall("```python\n(.*?)```", page.read(), re.S)
os.chdir(tempfile.mkdtemp())


def check(name, holds):
    print("ok" if holds else "FAIL", name)


class Tensor:
    """As much of a tensor as these lines use."""

    def __init__(self, array):
        self.array = array

    def __len__(self):
        return len(self.array)

    def __getitem__(self, at):
        return Tensor(self.array[at])

    def detach(self):
        return self

    def split(self, width, dim):
        return [Tensor(part) for part in np.split(self.array, self.array.shape[dim] // width, axis=dim)]

    def reshape(self, *shape):
        return Tensor(self.array.reshape(shape))

    def transpose(self, one, other):
        return Tensor(self.array.swapaxes(one, other))

    def numpy(self):
        return self.array


class Model:
    """Hands its layer's hook random queries, keys and values, one a token."""

    def __init__(self):
        layer = SimpleNamespace(c_attn=SimpleNamespace(register_forward_hook=self.record))
        self.h = [SimpleNamespace(attn=layer)] * 12
        self.config = SimpleNamespace(n_embd=WIDTH)

    def record(self, hook):
        self.hook = hook

    def eval(self):
        return self

    def __call__(self, input_ids):
        self.hook(None, None, Tensor(rng.normal(size=(1, len(input_ids), 3 * WIDTH)).astype("f4")))


def tokens(text, return_tensors):
    return {"input_ids": re.findall(r"\w+|[^\w\s]", text)}


class NoGrad:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def pretrained(made):
    return SimpleNamespace(from_pretrained=lambda *_, **__: made)


sys.modules["torch"] = SimpleNamespace(no_grad=NoGrad)
sys.modules["transformers"] = SimpleNamespace(AutoModel=pretrained(Model()), AutoTokenizer=pretrained(tokens))

names = {name: rng.normal(size=(300, 8)) for name in "QKVX"}
# Its few keys are an example of how to call, and warned of.
warnings.simplefilter("ignore", lev.LevWarning)
exec(first, names)
check("the first program: local attention", names["out"].shape == (300, 8))
check("the first program: words of a page", len(names["words"]) > 3 and os.path.exists("report.html"))
names = {"lev": lev}
exec(model_lines, names)
check("of a model: heads, tokens, d", names["out"].shape == names["Q"].shape == (12, len(names["Q"][0]), 64))
check("of a model: some hundred tokens", 200 <= len(names["Q"][0]) <= 700)
check("of a model: its page", os.path.exists("gpt2.html"))
