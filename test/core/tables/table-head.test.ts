// Catches: a separator, a header, an index column or a choice of columns that is told wrongly, or told where it should be asked. Cannot
// catch: tables whose first lines say another thing than the rest.
import { isLevError, tableHead, type TableOptions } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'

const headOf = (text: string, options: TableOptions = {}) =>
  tableHead('K.csv', new TextEncoder().encode(text), true, options)

/** The columns that are read, by name or place, and the first line of numbers. */
function seen(text: string, options: TableOptions = {}): [columns: string, first: string] {
  const { columns, dataStart } = headOf(text, options)
  const rest = new TextDecoder().decode(new TextEncoder().encode(text).subarray(dataStart))
  return [columns.join(' '), rest.split(/\r?\n/)[0]]
}

function refused(text: string, options: TableOptions = {}): string {
  try {
    headOf(text, options)
  } catch (error) {
    if (isLevError(error)) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

test.each([
  ['commas', '1.5,2\n3,4\n', ','],
  ['tabs', '1.5\t2\n3\t4\n', '\t'],
  ['semicolons', '1.5;2\n3;4\n', ';'],
  ['semicolons beside decimal commas', '1,5;2,5\n3,5;4\n', ';'],
  ['blanks of any number', '  1.5 2\n 3    4 \n', '\0'],
  ['one column', '1.5\n2\n3\n', ','],
  ['separators within quotes', '"a;1","b;2"\n1,2\n', ','],
])('%s are told from the first lines', (_, text, separator) => {
  expect(String.fromCharCode(headOf(text).separator)).toBe(separator)
})

describe('a first line', () => {
  test.each([
    ['names', 'a,b\n1,2\n', 'a b', '1,2'],
    ['names in quotes', '"a, b","c ""d"""\r\n1,2\r\n', 'a, b c "d"', '1,2'],
    ['a line end within a name', '"a\nb",c\n1,2\n', 'a\nb c', '1,2'],
    ['a byte order mark', '\ufeffa,b\n1,2\n', 'a b', '1,2'],
    ['other letters', 'größe,höhe\n1,2\n', 'größe höhe', '1,2'],
    ['numbers', '1.5,2\n3,4\n', '0 1', '1.5,2'],
    ['integers that do not count', '5,3\n3,4\n', '0 1', '5,3'],
    ['a missing value before integers that do not count', ',5,3\n3,4,1\n', '0 1 2', ',5,3'],
    ['four digits in no order', '1900,1700\n.5,4\n', '0 1', '1900,1700'],
    ['zero over whole numbers', '0\n1\n1\n', '0', '0'],
    ['comments and empty lines before it', '# made today\n\n# 1,2,3\na,b\n1,2\n', 'a b', '1,2'],
    ['names of a column of words, too', 'a,kind\n1,x\n', 'a kind', '1,x'],
    ['a missing value, which is no name', 'NA,1.5\n2,3\n', '0 1', 'NA,1.5'],
    ['names above missing values', 'a,b\nNA,NA\n1,2\n', 'a b', 'NA,NA'],
    ['names without rows', 'a,b\n', 'a b', ''],
    ['one row', '1.5,2\n', '0 1', '1.5,2'],
    ['names above decimal commas', 'a;b\n1,5;2,5\n', 'a b', '1,5;2,5'],
    ['names above true and false', 'a,b\nTrue,false\n', 'a b', 'True,false'],
    ['true and false', 'True,False\n1,0\n', '0 1', 'True,False'],
    ['integers that count, of two columns of integers', '1,2\n3,4\n', '0 1', '1,2'],
    ['labels', 's1,.1,.2\ns2,.3,.4\ns3,.5,.9\n', '0 1 2', 's1,.1,.2'],
    ['even steps, as other rows', '10,20,30\n5,10,15\n1,7,9\n', '0 1 2', '10,20,30'],
  ])('of %s', (_, text, columns, first) => {
    expect(seen(text)).toEqual([columns, first])
  })

  test.each([
    '0,1\n2,3\n',
    '1,2,3\n4,5,6\n',
    '2019,2020\n1.5,2\n',
    '2019,2020\n1,2\n',
    'gene,2019,2020\nA,5,7\nB,2,9\n',
    'country,1990\nA,5.5\n',
    'a,2\n3,4\n',
    '12-3,4\n5,6\n',
    'sample,450,500,550\ns1,.11,.52,.3\ns2,.2,.3,.9\n',
    'sample,450,520\ns1,.11,.52\ns2,.2,.3\n',
    '400.0,410.0,420.0\n.1,.2,.5\n.3,.5,.1\n',
    'Na\n1\n2\n',
    ',0,1\n0,1.5,2.25\n1,-0.5,3.5\n2,4.25,0.125\n',
    ',0,1\n0,1,2\n1,5,3\n',
    ',0\n0,1.5\n1,2.5\n',
    ',2001,2002\n0,1.5,2.25\n1,-0.5,3.5\n',
    ',400.0,410.0,420.0\n0,.1,.2,.5\n1,.3,.5,.1\n',
    '2001,,2003,2004\n.1,.2,.5,.3\n.3,.5,.1,.2\n',
    '0,1,2,\n.1,.2,.5,.3\n.3,.5,.1,.2\n',
    '2019,2019,2020,2020\n.1,.2,.5,.3\n.3,.5,.1,.2\n',
    '1990,2000,2020\n.1,.2,.5\n.3,.5,.1\n',
    '0\n2.5\n1.5\n',
    'Na,NA\n1,2\n3,4\n',
  ])('%j may be either: it is asked', (text) => {
    expect(refused(text)).toContain('may name the columns or be a row')
    expect(headOf(text, { header: 'yes' }).names).not.toEqual([])
    expect(headOf(text, { header: 'no' }).dataStart).toBe(0)
  })
})

describe('lines of one field more than there are names', () => {
  test('the first one names the rows, as R writes them', () => {
    const head = headOf('"a","b"\n"r1",1.5,2\n"r2",3,4\n')
    expect([head.names, head.idField, head.columns]).toEqual([['', 'a', 'b'], 0, ['a', 'b']])
  })

  test('a separator at the end of each is no field', () => {
    const head = headOf('a,b\n1,2,\n3,4,\n')
    expect([head.names, head.idField, head.columns]).toEqual([['a', 'b', ''], undefined, ['a', 'b']])
    expect(headOf('a,b\n1,2,\n3,4,\n', { columns: 'b,a' }).columns).toEqual(['b', 'a'])
  })

  test('one name over two whole numbers may stand over decimal commas: it is asked', () => {
    expect(refused('conc\n0,5\n1,25\n')).toContain('decimal commas, or names of rows')
    expect(headOf('conc\n0,5\n1,25\n', { id: '0' }).columns).toEqual(['conc'])
    expect(headOf('conc\nr0,5\nr1,25\n').idField).toBe(0)
  })
})

describe('a first column without a name', () => {
  test.each([
    ['that counts the rows from 0', ',x\n0,1.5\n1,2\n'],
    ['that counts them from 1', '"","x"\n"1",1.5\n"2",2\n'],
  ])('%s is left out or taken as it is told', (_, text) => {
    expect(headOf(text).hasRowNumbers).toBe(true)
    for (const columns of ['0:2', '1:2']) expect(headOf(text, { columns }).hasRowNumbers).toBe(false)
    expect(headOf(text, { columns: '1:2' }).columns).toEqual(['x'])
    expect(headOf(text, { columns: '0:2' }).columns).toEqual(['', 'x'])
  })

  test('whose name R leaves out names the rows', () => {
    const text = 'x\n1 1.5\n2 2\n'
    expect(headOf(text)).toMatchObject({ columns: ['x'], idField: 0, hasRowNumbers: false })
    expect(headOf(text, { columns: '0:2' })).toMatchObject({ columns: ['', 'x'], idField: 0 })
    // Of one line alone it is a separator too many.
    expect(headOf('x,y\n,1,2\n3,4\n').idField).toBeUndefined()
  })

  test('that counts nothing is taken', () => {
    expect(headOf(',x\n3.5,1\n1,2\n').columns).toEqual(['', 'x'])
  })
})

describe('columns are chosen', () => {
  const text = 'a,b,"c,d",4,a b\n1,x,3,4,5\n'
  const header = 'yes' as const

  test.each([
    ['a', 'a'],
    ['b,a', 'b a'],
    ['2:4', 'c,d 4'],
    ['"c,d",a', 'c,d a'],
    ['4', '4'],
    [' a , a b ', 'a a b'],
    ['0,2:5', 'a c,d 4 a b'],
  ])('%s', (columns, wanted) => {
    expect(headOf(text, { columns, header }).columns.join(' ')).toBe(wanted)
  })

  test.each([
    ['z', "no column named 'z'"],
    ['a,0', 'twice'],
    ['5', 'no column 5: it has 5 columns'],
    ['3:9', 'no column 8'],
    ['3:3', 'no column named'],
    ['', "no column named ''"],
    ['a,,b', "no column named ''"],
  ])('%s is none', (columns, found) => {
    expect(refused(text, { columns, header })).toContain(found)
  })

  test('two columns of one name are told apart by number alone', () => {
    for (const option of ['columns', 'id', 'weightColumn'])
      expect(refused('x,x,y\n1,2,3\n', { [option]: 'x' })).toContain("several columns named 'x'")
    expect(headOf('x,x\n1,2\n', { columns: '1' }).slots).toEqual(Int32Array.of(-1, 0))
  })

  test('where some numbers are names and others none: it is asked, and ranges count', () => {
    const table = ',0,1,2\n0,.5,2.5,3\n1,4,.5,6\n'
    expect(headOf(table, { header: 'yes', columns: '0,1' }).columns).toEqual(['0', '1'])
    const message = refused(table, { header: 'yes', columns: '1,3' })
    expect(message).toContain('has 1, which names column 2, and 3, which names none')
    expect(message).toContain('type ranges, here 1:2,3:4')
    expect(headOf(table, { header: 'yes', columns: '1:2,3:4' }).columns).toEqual(['0', '2'])
  })

  test('without names columns are numbers', () => {
    expect(refused('1.5,2\n', { columns: 'a' })).toContain('has no names')
  })
})

test('a first line that does not end within a mebibyte is refused', () => {
  const bytes = new Uint8Array(2 ** 20).fill(0x61)
  expect(() => tableHead('K.csv', bytes, false, {})).toThrow('first line of more than')
})
