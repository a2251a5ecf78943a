"""Fixtures of the matrix readers, written by NumPy (2.4) and, where NumPy has no writer, by hand from the format's
specification. Deterministic: running it again changes no byte.

    python3 test/golden/make_readers.py

Writes test/golden/readers/* and expected.json beside them: for every address the matrix as float64.
"""

import base64
import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format

OUT = Path(__file__).parent / 'readers'
rng = np.random.default_rng(20261)
matrices, refused, listings, headers = [], [], [], []


def values(shape, dtype):
    """Normal numbers, exact in dtype; float64 ones are not exact in float32."""
    return rng.standard_normal(shape).astype(dtype)


def expect(address, array, **options):
    wide = np.asarray(array, dtype=np.float64)
    # Integers of up to 16 bits are exact in float32.
    element = 'f64' if array.dtype.itemsize == 8 or (array.dtype.kind in 'iu' and array.dtype.itemsize == 4) else 'f32'
    matrices.append(
        {'address': address, 'options': options, 'rows': wide.shape[0], 'cols': wide.shape[1], 'element': element,
         'values': wide.ravel().tolist()}
    )


def save(name, array):
    np.save(OUT / name, array)
    return name


def npy_bytes(array, version=None):
    stream = io.BytesIO()
    npy_format.write_array(stream, np.asanyarray(array), version=version, allow_pickle=True)
    return stream.getvalue()


def npy_by_hand(dictionary, data, encoding='latin1', version=1):
    text = dictionary.encode(encoding) + b'\n'
    length = struct.pack('<H' if version == 1 else '<I', len(text))
    return b'\x93NUMPY' + bytes([version, 0]) + length + text + data


def bfloat16(shape):
    """(bits, values): float32 with its lower half cut off."""
    bits = values(shape, np.float32).view(np.uint32) >> 16
    return bits.astype('<u2'), (bits.astype(np.uint32) << 16).view(np.float32)


def npy_files():
    for code in 'f2', 'f4', 'f8':
        for order, sign in ('little', '<'), ('big', '>'):
            for layout in 'C', 'F':
                array = np.asarray(values((5, 3), code).astype(sign + code), order=layout)
                expect(save(f'{code}-{order}-{layout}.npy', array), array)
    for major in 1, 2, 3:
        array = values((4, 2), 'f4')
        (OUT / f'version{major}.npy').write_bytes(npy_bytes(array, (major, 0)))
        expect(f'version{major}.npy', array)
    array = values((3, 2), 'f4')
    for name, dictionary in (
        ('native', "{'descr': '=f4', 'fortran_order': False, 'shape': (3, 2), }"),
        ('bar', "{'descr': '|f4', 'fortran_order': False, 'shape': (3, 2)}"),
        ('no-sign', "{'shape': (3, 2,), 'fortran_order': False, 'descr': 'f4'}"),
        ('python2', "{u'descr': u'<f4', 'fortran_order': False, 'shape': (3L, 2L), }"),
        ('double-quotes', '{ "descr" : "<f4" ,\t"fortran_order" : False , "shape" : ( 3 , 2 ) }   '),
    ):
        (OUT / f'{name}.npy').write_bytes(npy_by_hand(dictionary, array.tobytes()))
        expect(f'{name}.npy', array)
    expect(save('no-rows.npy', np.zeros((0, 3), 'f4')), np.zeros((0, 3), 'f4'))
    expect(save('one-element.npy', np.full((1, 1), 1 / 3)), np.full((1, 1), 1 / 3))
    expect(save('name#with[0].npy', array), array)
    expect('name#with[0].npy#', array)
    for layout in 'C', 'F':
        stack = np.asarray(values((2, 4, 3), 'f4'), order=layout)
        save(f'stack3-{layout}.npy', stack)
        for i in range(2):
            expect(f'stack3-{layout}.npy#[{i}]', stack[i])
        stack = np.asarray(values((2, 3, 4, 2), 'f8'), order=layout)
        save(f'stack4-{layout}.npy', stack)
        for i, j in np.ndindex(2, 3):
            expect(f'stack4-{layout}.npy#[{i},{j}]', stack[i, j])
    expect('stack3-C.npy#[ 1 ]', np.load(OUT / 'stack3-C.npy')[1])


def npz_files():
    keys, queries, heads = values((4, 3), 'f4'), np.asfortranarray(values((3, 3), '>f8')), values((2, 3, 2), 'f2')
    arrays = {'keys': keys, 'queries': queries, 'heads': heads, 'labels': np.arange(4)}
    np.savez(OUT / 'stored.npz', **arrays)
    np.savez_compressed(OUT / 'deflated.npz', **arrays)
    np.savez(OUT / 'one.npz', keys=keys)
    np.savez_compressed(OUT / 'one-deflated.npz', keys=keys)
    # Limits of 0 make the writer use zip64 records for every size, offset and count.
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 0, 0
    np.savez(OUT / 'zip64.npz', **arrays)
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits
    with zipfile.ZipFile(OUT / 'comment.npz', 'w') as archive:
        archive.comment = b'a comment behind the end record'
        archive.writestr(zipfile.ZipInfo('readme.txt'), 'not an array')
        archive.writestr(zipfile.ZipInfo('sub/k[0]\u00e9.npy'), npy_bytes(keys))
    for name in 'stored', 'deflated', 'zip64':
        expect(f'{name}.npz#keys', keys)
        expect(f'{name}.npz#queries', queries)
        expect(f'{name}.npz#heads[1]', heads[1])
        listings.append({'address': f'{name}.npz', 'arrays': [describe(n, a, name == 'deflated') for n, a in arrays.items()]})
    expect('one.npz', keys)
    expect('one-deflated.npz', keys)
    expect('comment.npz', keys)
    expect('comment.npz#sub/k[0]\u00e9', keys)


def describe(name, array, deflated=False):
    known = {'<f2': 'float16', '<f4': 'float32', '<f8': 'float64', '>f8': 'float64'}
    dtype = known.get(array.dtype.str, f"{array.dtype.name} ('{array.dtype.str}')")
    order = 'Fortran' if array.flags.fnc else 'C'
    return {'name': name, 'shape': list(array.shape), 'dtype': dtype, 'order': order,
            'bigEndian': array.dtype.str[0] == '>', 'deflated': deflated, 'accepted': array.dtype.kind in 'fiub'}


def safetensors(tensors):
    header, data = {'__metadata__': {'format': 'pt'}}, b''
    for name, (dtype, array) in tensors.items():
        offsets = [len(data), len(data) + array.nbytes]
        header[name] = {'dtype': dtype, 'shape': list(array.shape), 'data_offsets': offsets}
        data += array.tobytes()
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    return struct.pack('<Q', len(text)) + text + data


def safetensors_files():
    bits, wide = bfloat16((2, 4, 3))
    f16, f32, f64 = (values((3, 3), code) for code in ('<f2', '<f4', '<f8'))
    tensors = {
        'layer.0.k': ('F32', f32), 'layer.0.q': ('F16', f16), 'wide': ('F64', f64), 'heads': ('BF16', bits),
        'ids': ('I64', np.arange(5)), 'k[0]': ('F32', f32 * 2), 'empty': ('F32', np.zeros((0, 3), '<f4')),
    }
    (OUT / 'several.safetensors').write_bytes(safetensors(tensors))
    (OUT / 'one.safetensors').write_bytes(safetensors({'weights': ('F64', f64)}))
    expect('several.safetensors#layer.0.k', f32)
    expect('several.safetensors#layer.0.q', f16)
    expect('several.safetensors#wide', f64)
    expect('several.safetensors#heads[1]', wide[1])
    expect('several.safetensors#k[0]', f32 * 2)
    expect('several.safetensors#empty', np.zeros((0, 3), 'f4'))
    expect('one.safetensors', f64)


def raw_files():
    bits, wide = bfloat16((4, 3))
    (OUT / 'raw-bf16.bin').write_bytes(b'headr' + bits.tobytes())
    expect('raw-bf16.bin', wide, dtype='bf16', cols=3, offsetBytes=5)
    for dtype, code in ('f16', '<f2'), ('f32', '<f4'), ('f64', '<f8'):
        array = values((4, 3), code)
        (OUT / f'raw-{dtype}.bin').write_bytes(array.tobytes())
        expect(f'raw-{dtype}.bin', array, dtype=dtype, cols=3)


def refuse(name, array, found):
    save(name, array)
    refused.append({'address': name, 'found': found})


def refused_files():
    plain = np.arange(6).reshape(3, 2)
    refuse('complex.npy', plain.astype('c16'), 'complex128')
    refuse('longdouble.npy', plain.astype(np.longdouble), 'float128')
    refuse('string.npy', plain.astype('U3'), 'string')
    refuse('bytes.npy', plain.astype('S3'), 'byte string')
    refuse('date.npy', plain.astype('M8[s]'), 'datetime64')
    refuse('object.npy', plain.astype(object), 'Python object')
    refuse('structured.npy', np.zeros((2, 2), [('a', '<f4'), ('b', '<f4', (2,))]), 'structured')
    refuse('bfloat16.npy', np.zeros((2, 2), 'V2'), 'void')
    refuse('vector.npy', np.zeros(5, 'f4'), '(5,)')
    refuse('number.npy', np.array(1.5), '()')
    refuse('no-columns.npy', np.zeros((3, 0), 'f4'), 'd = 0')
    refuse('wide.npy', np.zeros((0, 4097), 'f4'), 'd = 4097 > 4096')
    refused.append({'address': 'stack3-C.npy', 'found': "'stack3-C.npy#[0]'"})
    refused.append({'address': 'stack4-F.npy', 'found': "'stack4-F.npy#[0,0]'"})
    refused.append({'address': 'stack4-F.npy#[1]', 'found': "'stack4-F.npy#[1,0]'"})
    refused.append({'address': 'stack3-C.npy', 'found': 'holds several matrices'})
    refused.append({'address': 'f4-little-C.npy#[0]', 'found': "type `f4-little-C.npy`"})
    refused.append({'address': 'several.safetensors#ids', 'found': '(5,)'})
    refused.append({'address': 'stored.npz', 'found': "keys (4, 3), queries (3, 3), heads (2, 3, 2), labels (4,)"})
    refused.append({'address': 'stored.npz', 'found': "'stored.npz#keys'"})
    refused.append({'address': 'several.safetensors', 'found': 'layer.0.k (3, 3)'})
    refused.append({'address': 'one-deflated.npz', 'found': 'is compressed'})


def integer_files():
    plain = np.arange(6).reshape(3, 2)
    for name, array in ('int64', plain), ('uint8', plain.astype('u1')), ('bool', plain > 1):
        expect(save(f'{name}.npy', array), array)
    tensors = {'bool': ('BOOL', plain > 1)}
    for kind in 'iu':
        for size in 1, 2, 4, 8:
            limits = np.iinfo(f'{kind}{size}')
            # The largest that float64 tells from its neighbours.
            low, high = max(limits.min, -2**53), min(limits.max, 2**53)
            array = np.array([[low, high], [0, 1], [high - 1, low + 1], [7, high // 3]], f'<{kind}{size}')
            tensors[f'{kind}{size}'] = f'{kind.upper()}{size * 8}', array
            for layout in 'C', 'F':
                for order, sign in ('little', '<'), ('big', '>'):
                    if size == 1 and sign == '>':
                        continue
                    written = np.asarray(array.astype(f'{sign}{kind}{size}'), order=layout)
                    expect(save(f'{kind}{size}-{order}-{layout}.npy', written), written)
    (OUT / 'integers.safetensors').write_bytes(safetensors(tensors))
    for name, (_, array) in tensors.items():
        expect(f'integers.safetensors#{name}', array)
    array = np.arange(8.).reshape(4, 2)
    for name, descr, data in (
        ('character-d', 'd', array), ('name-float64', 'float64', array), ('character-b', 'b', array.astype('i1')),
        ('character-H', 'H', array.astype('u2')), ('name-int32', 'int32', array.astype('i4')), ('name-bool', 'bool', array > 3),
    ):
        (OUT / f'{name}.npy').write_bytes(npy_by_hand(f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (4, 2)}}", data.tobytes()))
        assert (np.load(OUT / f'{name}.npy') == data).all()
        expect(f'{name}.npy', data)


def npy_headers():
    shapes = [(), (0,), (5,), (3, 4), (1_000_000, 64), (10**12, 1024), (0, 3), (1, 2, 3, 4)]
    shapes += [(1,) * axes for axes in range(1, 26)] + [(7, 10**digits) for digits in range(15)]
    for descr in '<f4', '<f8', '<i4', '<i8', '<u4', '<u8', '|u1', '|b1':
        for shape in shapes if descr == '<f4' else shapes[:8]:
            stream = io.BytesIO()
            npy_format.write_array_header_1_0(stream, {'descr': descr, 'fortran_order': False, 'shape': shape})
            headers.append({'descr': descr, 'shape': shape, 'text': stream.getvalue()[10:].decode(),
                            'start': base64.b64encode(stream.getvalue()[:10]).decode()})


OUT.mkdir(exist_ok=True)
npy_files()
npz_files()
safetensors_files()
raw_files()
refused_files()
integer_files()
npy_headers()
sections = {'matrices': matrices, 'refused': refused, 'listings': listings, 'npyHeaders': headers}
lines = (
    f'"{name}": [\n' + ',\n'.join(json.dumps(entry) for entry in entries) + '\n]' for name, entries in sections.items()
)
(OUT / 'expected.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')
