import { badContent } from '../files/refusal.ts'

/** The header of a .npy file as it stands there: what NumPy's format.py calls descr, fortran_order and shape. */
export interface NpyHeader {
  /** `<f4`, or the text of a structured type. */
  readonly descr: string
  readonly structured: boolean
  readonly fortranOrder: boolean
  readonly shape: readonly number[]
}

/**
 * The Python dict literal of a .npy header. Strict: exactly NumPy's three keys, each once, and nothing behind it but
 * white space. Throws Content.
 */
export function parseNpyDict(text: string, path: string): NpyHeader {
  return new DictScanner(text, path).header()
}

class DictScanner {
  readonly #text: string
  readonly #path: string
  #at = 0
  #descr: Pick<NpyHeader, 'descr' | 'structured'> | undefined
  #fortranOrder: boolean | undefined
  #shape: readonly number[] | undefined

  constructor(text: string, path: string) {
    this.#text = text
    this.#path = path
  }

  header(): NpyHeader {
    this.#expect('{')
    while (!this.#accept('}')) {
      this.#entry()
      if (!this.#accept(',')) {
        this.#expect('}')
        break
      }
    }
    this.#take(/\s*/y)
    if (this.#at < this.#text.length) throw this.#damaged('nothing but spaces after the dictionary')
    if (this.#descr === undefined) throw this.#damaged("the key 'descr'")
    if (this.#fortranOrder === undefined) throw this.#damaged("the key 'fortran_order'")
    if (this.#shape === undefined) throw this.#damaged("the key 'shape'")
    return { ...this.#descr, fortranOrder: this.#fortranOrder, shape: this.#shape }
  }

  #entry(): void {
    const key = this.#string()
    this.#expect(':')
    if (key === 'descr' && this.#descr === undefined) this.#descr = this.#descrValue()
    else if (key === 'fortran_order' && this.#fortranOrder === undefined) this.#fortranOrder = this.#boolean()
    else if (key === 'shape' && this.#shape === undefined) this.#shape = this.#tuple()
    else throw this.#damaged("the keys 'descr', 'fortran_order' and 'shape', each once,")
  }

  #descrValue(): Pick<NpyHeader, 'descr' | 'structured'> {
    this.#take(/\s*/y)
    if (!'[('.includes(this.#text.charAt(this.#at))) return { descr: this.#string(), structured: false }
    const start = this.#at
    let depth = 0
    do {
      const token = this.#take(/\s*([[\]()]|'[^'\\]*'|"[^"\\]*"|[^[\]()'"]+)/y)?.[1]
      if (token === undefined) throw this.#damaged('a closed list')
      if (token === '[' || token === '(') depth++
      if (token === ']' || token === ')') depth--
    } while (depth > 0)
    return { descr: this.#text.slice(start, this.#at), structured: true }
  }

  /** Python 2 wrote u'...' as well. No escapes: NumPy needs none here. */
  #string(): string {
    const match = this.#take(/\s*u?(?:'([^'\\\n]*)'|"([^"\\\n]*)")/y)
    if (match === undefined) throw this.#damaged('a quoted string')
    return match[1] ?? match[2]
  }

  #boolean(): boolean {
    const match = this.#take(/\s*(True|False)\b/y)
    if (match === undefined) throw this.#damaged('True or False')
    return match[1] === 'True'
  }

  #tuple(): readonly number[] {
    const shape: number[] = []
    this.#expect('(')
    while (!this.#accept(')')) {
      shape.push(this.#extent())
      if (!this.#accept(',')) {
        if (shape.length === 1) throw this.#damaged("',' after the one dimension")
        this.#expect(')')
        break
      }
    }
    return shape
  }

  /** Python 2 wrote long numbers as 3L. */
  #extent(): number {
    const match = this.#take(/\s*(0|[1-9]\d*)L?(?![\w.])/y)
    if (match === undefined) throw this.#damaged('a dimension (a whole number >= 0)')
    const extent = Number(match[1])
    if (!Number.isSafeInteger(extent))
      throw badContent(this.#path, `dimension ${match[1]} in the header is too large`)
    return extent
  }

  #accept(character: string): boolean {
    this.#take(/\s*/y)
    if (this.#text.charAt(this.#at) !== character) return false
    this.#at++
    return true
  }

  #expect(character: string): void {
    if (!this.#accept(character)) throw this.#damaged(`'${character}'`)
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return undefined
    this.#at = pattern.lastIndex
    return match
  }

  #damaged(expected: string): Error {
    const found =
      this.#at < this.#text.length ? shownText(this.#text.slice(this.#at, this.#at + 20)) : 'its end'
    return badContent(
      this.#path,
      `the .npy header is damaged: ${expected} expected at character ${this.#at}, found ${found}`,
    )
  }
}

/** As it stands there, but for what a message keeps for lines to type. */
function shownText(text: string): string {
  return JSON.stringify(text).replaceAll('`', "'")
}
