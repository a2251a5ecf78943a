import { arrayLabel, type StoredArray } from './stored-array.ts'

const ACCEPTED = 'accepted are float16, float32, float64 and bfloat16'

/** Two-byte elements that may be bfloat16: NumPy saves it as |V2, and others save its bits as integers. */
const BFLOAT16_BITS = /^(?:void|u?int16) \('[<>=|]?[Vui]2'\)$/

/** True where `dtypeName` is of two-byte elements that may be bfloat16. */
export function isBfloat16Bits(dtypeName: string): boolean {
  return BFLOAT16_BITS.test(dtypeName)
}

/** `array` with its elements taken as bfloat16, where `isBfloat16` says so and they are two bytes of no float type. */
export function withBfloat16(array: StoredArray, isBfloat16: boolean | undefined): StoredArray {
  if (!isBfloat16 || !isBfloat16Bits(array.dtypeName)) return array
  return { ...array, dtype: 'bf16', dtypeName: 'bfloat16' }
}

/** Why the elements of `array` are not read, and what to do instead. */
export function typeAdvice(array: StoredArray): string {
  const { dtypeName } = array
  const found = `elements of type ${dtypeName}; ${ACCEPTED}`
  if (isBfloat16Bits(dtypeName)) {
    const bits = dtypeName.startsWith('void')
      ? 'NumPy saves bfloat16 so: if that is what they are'
      : 'If they are the bits of bfloat16 numbers'
    const other = dtypeName.startsWith('void') ? '' : `; else convert: ${converted(array)}`
    return `${found}. ${bits}, add --dtype bf16${other}`
  }
  if (dtypeName.startsWith('complex')) {
    const loaded = loadingCode(array)
    return `${found}. Save the real part, numpy.save('real.npy', ${loaded}.real), or both parts as columns: a = ${loaded}; numpy.save('columns.npy', numpy.concatenate([a.real, a.imag], axis=-1))`
  }
  if (dtypeName.startsWith('Python'))
    return `${found}. Save the numbers alone: numpy.save('numbers.npy', ${loadingCode(array).replace(')', ', allow_pickle=True)')}.astype('float32'))`
  if (/^(structured|byte|string|void|unknown)/.test(dtypeName))
    return `${found}. Save the numbers alone: numpy.save('numbers.npy', array.astype('float32'))`
  return `${found}. Convert: ${converted(array)}`
}

/** The Python that loads `array` as NumPy or PyTorch sees it. */
export function loadingCode(array: Pick<StoredArray, 'path' | 'name' | 'dtypeName'>): string {
  const { path, name, dtypeName } = array
  if (!path.toLowerCase().endsWith('.safetensors'))
    return `numpy.load(${quoted(path)})${name === '' ? '' : `[${quoted(name)}]`}`
  // NumPy has no type for what PyTorch calls float8.
  const module = /F8|F4|F6/.test(dtypeName) ? 'torch' : 'numpy'
  return `safetensors.${module}.load_file(${quoted(path)})[${quoted(name)}]`
}

function converted(array: StoredArray): string {
  const loaded = loadingCode(array)
  const floats = loaded.startsWith('safetensors.torch') ? '.float().numpy()' : ".astype('float32')"
  return `numpy.save('converted.npy', ${loaded}${floats})`
}

/** As Python writes a string of ordinary characters. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** Advice for an array whose leading axes are not all selected. `indexCount` of them are. */
export function axesAdvice(array: StoredArray, indexCount: number): string {
  const { path, name, shape } = array
  const leading = shape.length - 2
  const indexed = (count: number) => `'${path}#${name}[${Array.from({ length: count }, () => 0).join(',')}]'`
  // `run --heads` takes the last two leading axes, or one.
  const selected = Math.max(indexCount, leading - 2)
  const heads = selected === 0 ? `'${arrayLabel(array)}'` : indexed(selected)
  return `for one of them type ${indexed(leading)}; \`levattention run\` takes each by itself: ${heads} with --heads all`
}
