"""Makes small-v1.lev from docs/formats.md alone, with nothing of LevAttention: python3 make_lev.py

Only the standard library: msgpack is written by hand here, in the canonical form that docs/formats.md states.
"""
import hashlib
import pathlib
import struct


def msgpack(value):
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if 0 <= value < 0x80:
            return struct.pack(">B", value)
        if 0 <= value < 0x100:
            return b"\xcc" + struct.pack(">B", value)
        if 0 <= value < 0x10000:
            return b"\xcd" + struct.pack(">H", value)
        raise ValueError(value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        text = value.encode()
        assert len(text) < 32
        return bytes([0xA0 | len(text)]) + text
    if isinstance(value, list):
        assert len(value) < 16
        return bytes([0x90 | len(value)]) + b"".join(map(msgpack, value))
    assert isinstance(value, dict) and len(value) < 16
    body = b"".join(msgpack(k) + msgpack(value[k]) for k in sorted(value))
    return bytes([0x80 | len(value)]) + body


def pad(data):
    return data + b"\0" * (-len(data) % 64)


blocks = [
    ("rowIds", "u64", "<3Q", [0, 2**32 + 5, 2**53]),
    ("bounds", "f64", "<3d", [0.5, -0.0, 1e-300]),
    ("keys", "f32", "<6f", [1, 2, 3, 4, 5, 6]),
    ("slots", "u32", "<1I", [0xFFFFFFFF]),
    ("empty", "u8", "<0B", []),
]
meta = {"epsilon": 0.01, "n": 1000, "names": ["a", "\u00fc"], "nested": {"b": None, "a": True}}
header = msgpack(
    {"meta": meta, "blocks": [{"name": n, "dtype": t, "length": len(v)} for n, t, _, v in blocks]}
)
body = pad(header) + b"".join(pad(struct.pack(form, *values)) for _, _, form, values in blocks)
total = 64 + len(body) + 32
preamble = struct.pack(
    "<8sHHIIIQ32x", b"\x89LEV\r\n\x1a\n", 1, 1, len(header), len(blocks), 0, total
)
content = preamble + body
out = pathlib.Path(__file__).with_name("small-v1.lev")
out.write_bytes(content + hashlib.sha256(content).digest())
