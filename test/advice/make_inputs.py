"""
Inputs as people have them, each beside NAME.values.npy, its numbers in float64 as NumPy reads them: sys.argv[1] is the
folder. Those under none/ are such that no line of Python is known to give their numbers; those under tables/ are read once it is said how.
"""
import gzip, json, os, struct, sys, zlib
import numpy as np

os.chdir(sys.argv[1])
os.makedirs('none')
rng = np.random.default_rng(11)
REAL = rng.normal(size=(40, 3))
WHOLE = rng.integers(-100, 100, size=(40, 3))
BIG = WHOLE * 2**24 + 12345  # float32 has not so many digits


def values(name, numbers):
    np.save(name + '.values.npy', np.ascontiguousarray(numbers, dtype=np.float64))


def saved(name, array, numbers=None):
    np.save(name, array)
    values(name, array if numbers is None else numbers)


for kind in ('i1', 'i2', '>i2'):
    saved(f'{kind.strip(">")}{"-big" * (kind[0] == ">")}.npy', WHOLE.astype(kind))
for kind in ('u1', 'u2'):
    saved(f'{kind}.npy', abs(WHOLE).astype(kind))
saved('bool.npy', WHOLE > 0)
for kind in ('i4', '>i4', 'i8', '>i8'):
    saved(f'{kind.strip(">")}{"-big" * (kind[0] == ">")}.npy', BIG.astype(kind))
for kind in ('u4', 'u8'):
    saved(f'{kind}.npy', abs(BIG).astype(kind))
saved('fortran.npy', np.asfortranarray(BIG))
saved("a b's.npy", BIG)
C = REAL + 1j * rng.normal(size=(40, 3))
for kind in ('c8', 'c16'):
    c = C.astype(kind)
    saved(f'{kind}.npy', c, np.concatenate([c.real, c.imag], axis=1))
saved('vector.npy', REAL[:, 0], REAL[:, :1])
saved('ids.npy', BIG[:, 0], BIG[:, :1])
rec = np.array([tuple(r) for r in REAL], dtype=[('index', '<i8'), ('x', '<f8'), ('y', '>f4')])
saved('records.npy', rec, np.stack([rec[f].astype('f8') for f in rec.dtype.names], axis=1))
np.savez('members.npz', k=BIG, v=REAL[:, 0]); values('members.npz#k', BIG); values('members.npz#v', REAL[:, :1])
np.savez_compressed('deflated.npz', k=BIG.astype('i4')); values('deflated.npz', BIG)
np.savez_compressed('complex.npz', k=C); values('complex.npz', np.concatenate([C.real, C.imag], axis=1))


def tensors(name, dtype, array):
    head = json.dumps({'k': {'dtype': dtype, 'shape': array.shape, 'data_offsets': [0, array.nbytes]}}).encode()
    open(name, 'wb').write(struct.pack('<Q', len(head)) + head + array.tobytes())
    values(name, array)


tensors('i64.safetensors', 'I64', BIG.astype('<i8'))
tensors('i64-ids.safetensors', 'I64', BIG[:, 0].astype('<i8')); values('i64-ids.safetensors', BIG[:, :1])
tensors('u8.safetensors', 'U8', abs(WHOLE).astype('u1'))
tensors('bool.safetensors', 'BOOL', WHOLE > 0)


def text(name, body, numbers, end='\n'):
    open(name, 'w', newline='').write(body.replace('\n', end))
    values(name, numbers)


def rows(separator, array=REAL, form='%.17g'):
    return ''.join(separator.join(form % x for x in row) + '\n' for row in array)


text('plain.csv', rows(','), REAL)
text('header.csv', 'x,y,"z"\n' + rows(','), REAL)
text('crlf.csv', 'x,y,z\n' + rows(', '), REAL, '\r\n')
text('semicolon.csv', rows(';'), REAL)
text('tabs.tsv', 'x\ty\tz\n' + rows('\t'), REAL)
text('plain.tsv', rows('\t'), REAL)
text('blanks.txt', rows('  '), REAL)
text('one-row.csv', '10.5,20,30\n', [[10.5, 20, 30]])
text('no-end.csv', rows(',')[:-1], REAL)
text('integers.csv', rows(',', BIG, '%d'), BIG)
text('rows.json', json.dumps(REAL.tolist()), REAL)
text('named.npy', rows(','), REAL)
np.save('inside.npy', REAL)
open('K.npy.gz', 'wb').write(gzip.compress(open('inside.npy', 'rb').read())); values('K.npy.gz', REAL)
os.rename('inside.npy', 'gzipped.bin'); open('gzipped.bin', 'wb').write(open('K.npy.gz', 'rb').read()); values('gzipped.bin', REAL)
try:
    import scipy.sparse as sp

    for form in ('csr', 'csc', 'coo'):
        for name, dense in (('float', REAL * (WHOLE > 0)), ('int', (WHOLE * (WHOLE > 0)).astype('i4'))):
            sp.save_npz(f'{form}-{name}.npz', sp.coo_matrix(dense).asformat(form)); values(f'{form}-{name}.npz', dense)
    os.makedirs('sparse')
    D = np.diag([1.5, 2, 3, 4]) + np.diag([5, 6, 7], 1)
    np.save('sparse/dense.npy', D)
    sp.save_npz('sparse/dia-matrix.npz', sp.dia_matrix(D)); sp.save_npz('sparse/dia-array.npz', sp.dia_array(D))
    sp.save_npz('sparse/bsr.npz', sp.bsr_matrix(D))
    np.save('sparse/column.npy', D[:, 1:2].copy()); sp.save_npz('sparse/coo-1.npz', sp.coo_array(D[:, 1]))
    np.save('sparse/stack.npy', np.stack([D, 2 * D + 1])); sp.save_npz('sparse/coo-3.npz', sp.coo_array(np.stack([D, 2 * D + 1])))
except ImportError:
    pass

os.chdir('none')
np.save('object.npy', np.array([[1, 2.5], [None, 4.5]], dtype=object))
np.save('object-flags.npy', np.array([[True, False], [False, True], [True, True]], dtype=object))
np.save('string.npy', np.array([['1.5', 'x'], ['3', '4']]))
np.save('bytes.npy', np.array([[b'1.5', b'2'], [b'3', b'4']]))
np.save('dates.npy', np.array([['2024-01-01T00:00:01', 'NaT'], ['2024-01-01', '2024-02-01']], dtype='M8[ns]'))
np.save('spans.npy', np.array([[1, 2], [3, 4]], dtype='m8[s]'))
np.save('beyond.npy', np.array([[2**53 + 1, 2], [3, 4]]))
np.save('beyond-u8.npy', np.array([[2**64 - 1, 2], [3, 4]], dtype='u8'))
np.save('text-records.npy', np.array([('a', 1.5), ('b', 2.5)], dtype=[('name', 'U3'), ('x', 'f8')]))
np.save('beyond-records.npy', np.array([(2**60 + 1, 1.5)], dtype=[('id', 'i8'), ('x', 'f8')]))
np.save('void.npy', np.zeros((2, 2), 'V3'))
np.save('longdouble.npy', np.array([[2**60 + 1, 2], [3, 4]], dtype='longdouble'))
np.save('number.npy', np.array(5))
np.save('many-fields.npy', np.zeros(3, dtype=[(f'field{i}', 'f8') for i in range(3000)]))
np.savez_compressed('wide.npz', k=np.array([[2**53 + 1, 2]]))
open('big.json', 'w').write('[[9007199254740993, 2], [3, 4]]')
open('ragged.json', 'w').write('[[1, 2], [3]]')
open('lines.json', 'w').write('[1, 2]\n[3, 4]\n')
open('K.h5', 'wb').write(b'\x89HDF\r\n\x1a\n' + bytes(500))
open('K.parquet', 'wb').write(b'PAR1' + bytes(100) + b'PAR1')
open('a`b.npy', 'wb').write(open('beyond.npy', 'rb').read())

os.chdir('..')
text('frame.csv', ',x,y,z\n' + ''.join(f'{i},{line}\n' for i, line in enumerate(rows(',').splitlines())), REAL)
text('comment.csv', '# made today\n' + rows(','), REAL)
text('quoted.csv', 'x,y,z\n' + ''.join(','.join(f'"{x:.17g}"' for x in row) + '\n' for row in REAL), REAL)
open('bom.csv', 'wb').write(b'\xef\xbb\xbf' + rows(',').encode()); values('bom.csv', REAL)
open('K.csv.gz', 'wb').write(gzip.compress(rows(',').encode())); values('K.csv.gz', REAL)
os.makedirs('tables')
for name, first in (
    ('nan', 'nan,1'), ('na', '1.5,NA'), ('empty', '1,'), ('unit', '50%,1'), ('money', '$1.5,2'), ('typo', '12-3,4'),
    ('suffix', '1.5,2.5f'), ('bracket', '(1.5),2'), ('digits', '1_000,2'), ('hex', '0x10,2'), ('counted', '0,1'),
    ('beyond', '1e400,2'), ('mixed', 'a,2'), ('none', 'None,2'),
):
    open(f'tables/{name}-first.csv', 'w').write(first + '\n2,3\n4,5\n')
open('tables/names.csv', 'w').write('name,x\nann,1\nbob,2\n')
open('tables/missing.csv', 'w').write('x,y\n1,\n3,4\n')
