"""
One matrix as people have it: sys.argv[1] is the folder. Writes every kind of file, VALUES/NAME.npy with the numbers in float64 as its own
library reads them, and kinds.json: [{kind, name, options, remedy?}]. A remedy is what the words of a refusal say, done: Python or a
shell's line that leaves fixed.npy. Writers that are not here are left out, and said in kinds.json's `absent`.
"""
import bz2, gzip, io, json, lzma, os, pickle, shutil, struct, subprocess, sys, tarfile, zipfile
import numpy as np
from numpy.lib import format as npy_format

os.chdir(sys.argv[1])
os.makedirs('values')
rng = np.random.default_rng(14)
REAL = rng.normal(size=(40, 3))
WHOLE = rng.integers(-100, 100, size=(40, 3))
BIG = WHOLE * 2**24 + 12345  # float32 has not so many digits
kinds, absent = [], []


def values(name, numbers):
    np.save(f'values/{name.replace("/", "_")}.npy', np.ascontiguousarray(numbers, dtype=np.float64))


def kind(what, name, numbers, data=None, options=(), remedy=None, refused=False):
    """`data`: bytes, or an array for np.save; None: the file is there. `refused`: there are no numbers to be had from it."""
    if isinstance(data, np.ndarray):
        np.save(open(name, 'wb'), data)
    elif data is not None:
        open(name, 'wb').write(data)
    if not refused:
        values(name, numbers)
    kinds.append({'kind': what, 'name': name, 'options': list(options), 'remedy': remedy, 'refused': refused})


def module(name, what):
    try:
        return __import__(name, fromlist=['x'])
    except ImportError:
        absent.append(f'{what} (no {name})')


def npy(array, version=None, descr=None):
    stream = io.BytesIO()
    npy_format.write_array(stream, np.asanyarray(array), version=version)
    data = stream.getvalue()
    if descr:
        head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {array.shape}, }}\n".encode()
        data = b'\x93NUMPY\x01\0' + struct.pack('<H', len(head)) + head + array.tobytes()
    return data


def numpy_files():
    for code in 'f2', 'f4', 'f8':
        for word, sign in ('little', '<'), ('big', '>'):
            for order, name in ('C', 'rows'), ('F', 'columns'):
                array = np.asarray(REAL.astype(sign + code), order=order)
                kind(f'.npy, {array.dtype.name}, {word}-endian, by {name}', f'{code}-{word}-{order}.npy', array, array)
    for code in 'i1', 'u1', '<i2', '>i2', '<u2', '<i4', '>i4', '<u4', '<i8', '>i8', '<u8':
        numbers = BIG if code[-1] in '48' else WHOLE
        array = (abs(numbers) if 'u' in code else numbers).astype(code)
        kind(f'.npy, {array.dtype.name}, {"big" if code[0] == ">" else "little"}-endian', f'{code.strip("<>")}-{code[0] == ">"}.npy', array, array)
    kind('.npy, bool', 'bool.npy', WHOLE > 0, WHOLE > 0)
    for major in 1, 2, 3:
        kind(f'.npy, header version {major}.0', f'v{major}.npy', REAL, npy(REAL, (major, 0)))
    kind(".npy, descr 'd'", 'd.npy', REAL, npy(REAL, descr='d'))
    kind(".npy, descr 'float64'", 'float64.npy', REAL, npy(REAL, descr='float64'))
    bits = (REAL.astype('f4').view('u4') >> 16).astype('<u2')
    bf16 = (bits.astype('u4') << 16).view('f4')
    kind(".npy, descr 'bfloat16'", 'bf16-name.npy', bf16, npy(bits, descr='bfloat16'))
    kind('.npy, bfloat16 of ml_dtypes (void)', 'bf16-void.npy', bf16, npy(bits, descr='<V2'))
    for code in 'c8', 'c16':
        c = (REAL + 1j * REAL[::-1]).astype(code)
        kind(f'.npy, {c.dtype.name}', f'{code}.npy', np.concatenate([c.real, c.imag], axis=1), c)
    rec = np.array([tuple(r) for r in REAL], dtype=[('x', '<f8'), ('y', '<i4'), ('z', '>f4')])
    kind('.npy, records (structured)', 'records.npy', np.stack([rec[f].astype('f8') for f in rec.dtype.names], axis=1), rec)
    kind('.npy, a vector', 'vector.npy', REAL[:, :1], REAL[:, 0])
    kind('.npy, a stack of matrices', 'stack.npy', REAL, np.stack([REAL, REAL]))
    kind('.npy, a number', 'number.npy', REAL, np.array(5.0), refused=True)
    load = "import numpy; numpy.save('fixed.npy', numpy.load('%s', allow_pickle=True).astype('float64'))"
    kind('.npy, Python objects', 'object.npy', REAL, pickled(REAL.astype(object)), remedy=load % 'object.npy')
    kind('.npy, Python objects that are booleans', 'object-flags.npy', WHOLE > 0, pickled((WHOLE > 0).astype(object)))
    kind('.npy, text', 'text.npy', REAL, np.array([[repr(float(x)) for x in row] for row in REAL]), remedy=load % 'text.npy')
    kind('.npy, long double', 'longdouble.npy', REAL, REAL.astype('longdouble'), remedy=load % 'longdouble.npy')
    days = (np.datetime64('2024-01-01T00:00:00') + WHOLE.astype('m8[s]'))
    kind('.npy, dates', 'dates.npy', WHOLE, days, remedy="import numpy; numpy.save('fixed.npy', (numpy.load('dates.npy') - numpy.datetime64('2024-01-01')) / numpy.timedelta64(1, 's'))")
    kind('.npy, integers beyond 2^53', 'beyond.npy', REAL, WHOLE + 2**60, refused=True)
    kind('.npy, NaN inside', 'nan.npy', REAL, np.where(WHOLE == WHOLE[3, 1], np.nan, REAL), refused=True)
    kind('.npy, cut off', 'short.npy', REAL, npy(REAL)[:-100], refused=True)
    kind('.npy, two arrays saved into one', 'twice.npy', REAL, npy(REAL) + npy(REAL), refused=True)


def pickled(array):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def archives():
    np.savez('one.npz', K=REAL); kind('.npz, one array', 'one.npz', REAL)
    np.savez('some.npz', K=REAL, Q=REAL[:5]); kind('.npz, several arrays', 'some.npz', REAL)
    np.savez_compressed('packed.npz', K=REAL); kind('.npz, compressed', 'packed.npz', REAL)
    with zipfile.ZipFile('plain.zip', 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('K.npy', npy(REAL))
    kind('.zip with a .npy in it', 'plain.zip', REAL)
    with zipfile.ZipFile('csv.zip', 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('K.csv', rows(','))
    kind('.zip with a CSV in it', 'csv.zip', REAL, remedy="unzip -oq csv.zip && python3 -c \"import numpy; numpy.save('fixed.npy', numpy.loadtxt('K.csv', delimiter=','))\"")
    for suffix, squeeze, undo in ('gz', gzip.compress, 'gzip'), ('bz2', bz2.compress, 'bzip2'), ('xz', lzma.compress, 'xz'):
        kind(f'.npy by {undo}', f'K.npy.{suffix}', REAL, squeeze(npy(REAL)), remedy=None if suffix == 'gz' else f'{undo} -dc K.npy.{suffix} > fixed.npy')
    if shutil.which('zstd'):
        open('zst.npy', 'wb').write(npy(REAL)); subprocess.run(['zstd', '-q', '--rm', 'zst.npy', '-o', 'K.npy.zst'])
        kind('.npy by zstd', 'K.npy.zst', REAL, remedy='zstd -qdc K.npy.zst > fixed.npy')
    else: absent.append('.npy by zstd (no zstd)')
    kind('CSV by gzip', 'K.csv.gz', REAL, gzip.compress(rows(',').encode()))
    kind('CSV by bzip2', 'K.csv.bz2', REAL, bz2.compress(rows(',').encode()), remedy="bzip2 -dc K.csv.bz2 > unpacked.csv && python3 -c \"import numpy; numpy.save('fixed.npy', numpy.loadtxt('unpacked.csv', delimiter=','))\"")
    with tarfile.open('K.tar', 'w') as t: open('inside.npy', 'wb').write(npy(REAL)); t.add('inside.npy')
    with tarfile.open('K.tar.gz', 'w:gz') as t: t.add('inside.npy')
    os.remove('inside.npy')
    kind('.tar', 'K.tar', REAL, remedy='tar xf K.tar && mv inside.npy fixed.npy')
    kind('.tar.gz', 'K.tar.gz', REAL, remedy='tar xzf K.tar.gz && mv inside.npy fixed.npy')


def tensors(name, dtype, array, more=b'', **others):
    head = json.dumps({'k': {'dtype': dtype, 'shape': array.shape, 'data_offsets': [0, array.nbytes]}, **others}).encode()
    return struct.pack('<Q', len(head)) + head + array.tobytes() + more


def safetensors():
    bits = (REAL.astype('f4').view('u4') >> 16).astype('<u2')
    for dtype, array, numbers in (
        ('F16', REAL.astype('<f2'), None), ('BF16', bits, (bits.astype('u4') << 16).view('f4')), ('F32', REAL.astype('<f4'), None),
        ('F64', REAL, None), ('I64', BIG.astype('<i8'), None), ('I32', BIG.astype('<i4'), None), ('I16', WHOLE.astype('<i2'), None),
        ('U8', abs(WHOLE).astype('u1'), None), ('BOOL', WHOLE > 0, None),
    ):
        kind(f'.safetensors, {dtype}', f'{dtype}.safetensors', array if numbers is None else numbers, tensors('k', dtype, array))
    kind('.safetensors, F8_E4M3', 'F8.safetensors', REAL, tensors('k', 'F8_E4M3', np.zeros((40, 3), 'u1')), refused=True)
    kind('.safetensors, several tensors', 'two.safetensors', REAL, tensors('k', 'F64', REAL, bytes(8), z={'dtype': 'F64', 'shape': [1], 'data_offsets': [960, 968]}))


def rows(separator, array=REAL, form='%.17g', end='\n'):
    return ''.join(separator.join(form % x for x in row) + end for row in array)


def tables():
    text = lambda what, name, body, numbers=REAL, **more: kind(what, name, numbers, body if isinstance(body, bytes) else body.encode(), **more)
    header = 'x,y,z\n' + rows(',')
    text('CSV', 'plain.csv', rows(','))
    text('CSV, header', 'header.csv', header)
    text('CSV, CRLF', 'crlf.csv', rows(',', end='\r\n'))
    text('CSV, all quoted', 'quoted.csv', 'x,y,z\n' + ''.join(','.join(f'"{x:.17g}"' for x in row) + '\n' for row in REAL))
    text('CSV, semicolons', 'semicolon.csv', rows(';'))
    text('CSV, byte order mark', 'bom.csv', b'\xef\xbb\xbf' + header.encode())
    text('CSV, UTF-16', 'utf16.csv', header.encode('utf-16'), remedy="iconv -f UTF-16 -t UTF-8 utf16.csv | python3 -c \"import numpy, sys; numpy.save('fixed.npy', numpy.loadtxt(sys.stdin, delimiter=',', skiprows=1))\"")
    text('CSV, Latin-1 names', 'latin1.csv', ('größe,y,z\n' + rows(',')).encode('latin1'))
    text('CSV, no end of line at the end', 'no-end.csv', rows(',')[:-1])
    text('CSV, integers of 11 digits', 'integers.csv', rows(',', BIG, '%d'), BIG)
    text('CSV, comment on top', 'comment.csv', '# made today\n' + rows(','))
    text('CSV, decimal commas', 'comma.csv', rows(';').replace('.', ','), remedy="tr , . < comma.csv | python3 -c \"import numpy, sys; numpy.save('fixed.npy', numpy.loadtxt(sys.stdin, delimiter=';'))\"")
    text('CSV, a column of row names', 'named.csv', 'id,x,y,z\n' + ''.join(f'r{i},{line}\n' for i, line in enumerate(rows(',').splitlines())), options=['--id', 'id'])
    text('CSV, a column of text', 'words.csv', 'id,x,y,z\n' + ''.join(f'r{i},{line}\n' for i, line in enumerate(rows(',').splitlines())))
    text('CSV, decimal commas, as Excel exports them', 'excel.csv', ('sep=;\nx;y;z\n' + rows(';')).replace('.', ',').replace('\n', '\r\n').encode('utf-8-sig'))
    text('CSV, commas between thousands in quotes', 'thousands.csv', 'x,y,z\n' + ''.join(','.join(f'"{x:,}"' for x in row) + '\n' for row in (WHOLE * 1234567).tolist()), WHOLE * 1234567)
    text('CSV, texts alone', 'texts.csv', 'city,kind\n' + ''.join(f'c{i},k{i % 3}\n' for i in range(40)), refused=True)
    text('CSV, a word of a server', 'forbidden.csv', 'Forbidden', refused=True)
    text('CSV, an error of a spreadsheet', 'div.csv', header + '#DIV/0!,1,2\n', refused=True)
    text('CSV, missing values', 'missing.csv', header.replace('\n0.', '\n,', 1) + ',,\n', refused=True)
    text('CSV, a NaN', 'csv-nan.csv', header + 'NaN,1,2\n', refused=True)
    text('CSV, first line of numbers or names', 'unsure.csv', '1,2,3\n' + rows(',', WHOLE, '%d'), np.vstack([[1, 2, 3], WHOLE]), options=['--header', 'no'])
    text('TSV', 'tabs.tsv', 'x\ty\tz\n' + rows('\t'))
    text('text, blanks', 'blanks.txt', rows('   '))
    stream = io.StringIO(); np.savetxt(stream, REAL); text('numpy.savetxt', 'savetxt.txt', stream.getvalue())
    stream = io.StringIO(); np.savetxt(stream, REAL, header='x y z', fmt='%.17g'); text('numpy.savetxt, header', 'savetxt-header.txt', stream.getvalue())
    text('libsvm text', 'libsvm.txt', ''.join('1 ' + ' '.join(f'{j + 1}:{x:.17g}' for j, x in enumerate(row)) + '\n' for row in REAL), refused=True)
    text('ARFF', 'K.arff', '@relation k\n@attribute x numeric\n@attribute y numeric\n@attribute z numeric\n@data\n' + rows(','), remedy="sed 1,/@data/d K.arff | python3 -c \"import numpy, sys; numpy.save('fixed.npy', numpy.loadtxt(sys.stdin, delimiter=','))\"")
    text('JSON', 'K.json', json.dumps(REAL.tolist()))
    text('JSON lines', 'K.jsonl', ''.join(json.dumps(row) + '\n' for row in REAL.tolist()), remedy="import json, numpy; numpy.save('fixed.npy', numpy.array([json.loads(line) for line in open('K.jsonl')]))")
    pandas = module('pandas', 'pandas tables')
    if pandas:
        frame = pandas.DataFrame(REAL, columns=list('xyz'))
        frame.to_csv('pandas.csv'); kind('CSV of pandas, with its index', 'pandas.csv', REAL)
        frame.to_csv('pandas-plain.csv', index=False); kind('CSV of pandas, index=False', 'pandas-plain.csv', REAL)
        frame.to_pickle('pandas.pkl'); kind('pickle of pandas', 'pandas.pkl', REAL, remedy="import numpy, pandas; numpy.save('fixed.npy', pandas.read_pickle('pandas.pkl').to_numpy())")
        if module('openpyxl', 'Excel workbooks'):
            frame.to_excel('K.xlsx', index=False); kind('.xlsx', 'K.xlsx', REAL, remedy="import numpy, pandas; numpy.save('fixed.npy', pandas.read_excel('K.xlsx').to_numpy())")
    if shutil.which('Rscript'):
        np.savetxt('r-in.txt', REAL, fmt='%.17g')
        code = 'options(digits=17); K <- as.matrix(read.table("r-in.txt")); write.csv(K, "r.csv"); write.csv(K, "r-plain.csv", row.names=FALSE); write.table(K, "r.txt"); saveRDS(K, "K.rds"); save(K, file="K.RData")'
        subprocess.run(['Rscript', '-e', code], check=True); os.remove('r-in.txt')
        fifteen = np.genfromtxt('r-plain.csv', delimiter=',', skip_header=1)
        kind('CSV of R, write.csv', 'r.csv', fifteen); kind('CSV of R, row.names=FALSE', 'r-plain.csv', fifteen)
        kind('text of R, write.table', 'r.txt', np.genfromtxt('r.txt', skip_header=1, usecols=(1, 2, 3)))
        for name, what in ('K.rds', '.rds of R'), ('K.RData', '.RData of R'):
            read = 'K <- readRDS("K.rds")' if name == 'K.rds' else 'load("K.RData")'
            kind(what, name, REAL, remedy=f"Rscript -e '{read}; writeBin(as.vector(t(K)), \"K.bin\")' && python3 -c \"import numpy; numpy.save('fixed.npy', numpy.fromfile('K.bin').reshape(40, 3))\"")
    else: absent.append('files of R (no Rscript)')


def other_libraries():
    sparse = module('scipy.sparse', 'sparse matrices of SciPy')
    if sparse:
        thin = np.where(WHOLE > 20, REAL, 0)
        for form in 'csr', 'csc', 'coo', 'bsr', 'dia':
            sparse.save_npz(f'{form}.npz', sparse.coo_matrix(thin).asformat(form)); kind(f'sparse .npz of SciPy, {form}', f'{form}.npz', thin, remedy=None if form in ('csr', 'csc', 'coo') else f"import numpy, scipy.sparse; numpy.save('fixed.npy', scipy.sparse.load_npz('{form}.npz').toarray())")
        sparse.save_npz('dia-array.npz', sparse.dia_array(thin)); kind('sparse .npz of SciPy, dia_array', 'dia-array.npz', thin)
        sparse.save_npz('flat.npz', sparse.csr_matrix(thin), compressed=False); kind('sparse .npz of SciPy, not compressed', 'flat.npz', thin)
    files = module('scipy.io', 'MATLAB files')
    if files:
        for version in '4', '5':
            files.savemat(f'v{version}.mat', {'K': REAL}, format=version)
            kind(f'.mat, version {version}', f'v{version}.mat', REAL, remedy=f"import numpy, scipy.io; numpy.save('fixed.npy', scipy.io.loadmat('v{version}.mat')['K'])")
        files.mmwrite('K.mtx', REAL, precision=17); kind('Matrix Market, array', 'K.mtx', REAL, remedy="import numpy, scipy.io; numpy.save('fixed.npy', scipy.io.mmread('K.mtx'))")
        files.mmwrite('S.mtx', sparse.coo_matrix(REAL), precision=17); kind('Matrix Market, coordinate', 'S.mtx', REAL, remedy="import numpy, scipy.io; numpy.save('fixed.npy', scipy.io.mmread('S.mtx').toarray())")
    h5py = module('h5py', 'HDF5 files')
    if h5py:
        with h5py.File('K.h5', 'w') as f: f['K'] = REAL
        kind('HDF5', 'K.h5', REAL, remedy="import h5py, numpy; numpy.save('fixed.npy', h5py.File('K.h5')['K'][:])")
        shutil.copy('K.h5', 'v73.mat'); kind('.mat, version 7.3 (HDF5)', 'v73.mat', REAL, remedy="import h5py, numpy; numpy.save('fixed.npy', h5py.File('v73.mat')['K'][:])")
    unpickle = "import numpy, pickle; numpy.save('fixed.npy', pickle.load(open('%s', 'rb')))"
    for protocol in 2, 5:
        kind(f'pickle, protocol {protocol}', f'p{protocol}.pkl', REAL, pickle.dumps(REAL, protocol), remedy=unpickle % f'p{protocol}.pkl')


def vectors_and_raw():
    of = lambda array, code: b''.join(struct.pack('<i', 3) + row.astype(code).tobytes() for row in array)
    kind('.fvecs', 'K.fvecs', REAL.astype('f4'), of(REAL, '<f4'))
    kind('.bvecs', 'K.bvecs', abs(WHOLE), of(abs(WHOLE), 'u1'))
    kind('.ivecs', 'K.ivecs', BIG, of(BIG, '<i4'))
    bits = (REAL.astype('f4').view('u4') >> 16).astype('<u2')
    for word, data, numbers in (
        ('f16', REAL.astype('<f2'), REAL.astype('f2')), ('bf16', bits, (bits.astype('u4') << 16).view('f4')),
        ('f32', REAL.astype('<f4'), REAL.astype('f4')), ('f64', REAL, REAL),
    ):
        kind(f'raw {word}', f'{word}.bin', numbers, data.tobytes(), ['--dtype', word, '--cols', '3'])
    kind('raw f64, by columns', 'fortran.bin', REAL, REAL.T.copy().tobytes(), ['--dtype', 'f64', '--cols', '3', '--order', 'F'])
    kind('raw f64 behind 16 bytes', 'offset.bin', REAL, bytes(16) + REAL.tobytes(), ['--dtype', 'f64', '--cols', '3', '--offset', '16'])
    kind('raw, nothing said', 'dump.bin', REAL, REAL.tobytes(), refused=True)


def downloads():
    gone = lambda what, name, data: kind(what, name, REAL, data, refused=True)
    lfs = b'version https://git-lfs.github.com/spec/v1\noid sha256:' + b'a' * 64 + b'\nsize 205207893\n'
    gone('Git LFS pointer', 'lfs.npy', lfs); gone('Git LFS pointer', 'lfs.safetensors', lfs)
    gone('HTML page', 'page.npz', b'<!DOCTYPE html><html><head><title>Virus scan warning</title></head></html>')
    gone('empty file', 'empty.npy', b'')
    gone('.npy, line ends turned into CRLF', 'as-text.npy', npy(REAL).replace(b'\n', b'\r\n'))
    gone('.npy, re-encoded as UTF-8', 'utf8.npy', npy(REAL).decode('latin1').encode())
    gone('GGUF model', 'K.gguf', b'GGUF' + struct.pack('<IQQ', 3, 0, 0) + bytes(64))
    gone('Arrow (Feather)', 'K.feather', b'ARROW1\0\0' + bytes(200) + b'ARROW1')
    with zipfile.ZipFile('K.pt', 'w') as z: z.writestr('archive/data.pkl', b'\x80\2.'); z.writestr('archive/data/0', bytes(64))
    gone('PyTorch file', 'K.pt', None)
    gone('Parquet, damaged', 'broken.parquet', b'PAR1' + bytes(100) + b'PAR1')
    gone('PNG picture', 'K.png', b'\x89PNG\r\n\x1a\n' + bytes(60))
    gone('PDF', 'K.pdf', b'%PDF-1.7\n' + bytes(60))
    gone('SQLite database', 'K.sqlite', b'SQLite format 3\0' + bytes(84))
    os.makedirs('K.zarr'); open('K.zarr/.zarray', 'w').write('{}'); gone('Zarr store', 'K.zarr', None)
    os.makedirs('parts'); [np.save(f'parts/p{i}.npy', REAL[20 * i : 20 * i + 20]) for i in (0, 1)]; kind('folder of .npy', 'parts', REAL)


def wrong_names():
    for what, name, data in (
        ('.npy', 'npy.bin', npy(REAL)), ('.npy', 'npy.csv', npy(REAL)), ('.npy', 'npy.parquet', npy(REAL)), ('CSV', 'csv.npy', rows(',').encode()),
        ('CSV', 'csv.bin', rows(',').encode()), ('CSV', 'csv.parquet', rows(',').encode()), ('.safetensors', 'tensors.npy', tensors('k', 'F64', REAL)),
        ('.npz', 'npz.npy', open('one.npz', 'rb').read()), ('gzip of .npy', 'gzip.npy', gzip.compress(npy(REAL))), ('JSON', 'json.npy', json.dumps(REAL.tolist()).encode()),
    ):
        kind(f'{what} named {os.path.splitext(name)[1]}', name, REAL, data)
    kind('pickle named .npy', 'pickle.npy', REAL, pickle.dumps(REAL), remedy="import numpy; numpy.save('fixed.npy', numpy.load('pickle.npy', allow_pickle=True))")
    if os.path.exists('K.h5'):
        shutil.copy('K.h5', 'h5.npy'); kind('HDF5 named .npy', 'h5.npy', REAL, remedy="import h5py, numpy; numpy.save('fixed.npy', h5py.File('h5.npy')['K'][:])")


for make in numpy_files, archives, safetensors, tables, other_libraries, vectors_and_raw, downloads, wrong_names:
    make()
np.save('values/parquet.npy', REAL); np.save('values/parquet-whole.npy', BIG)
json.dump({'kinds': kinds, 'absent': absent}, open('kinds.json', 'w'))
