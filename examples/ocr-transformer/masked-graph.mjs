// @ts-check
// Rewrites an ONNX graph so that every attention in it takes a mask and shows its queries, keys, values, scores and output. An
// attention is known by its shape: MatMul(queries, Transpose(keys)) -> Softmax -> MatMul(., values).
import { fieldsOf, joined, lengthField, numberField, textOf } from './protobuf.mjs'

/** @typedef {import('./protobuf.mjs').Field} Field */

// Numbers of fields and of an element type in onnx.proto.
const MODEL = { graph: 7 }
const GRAPH = { node: 1, input: 11, output: 12 }
const NODE = { input: 1, output: 2, operator: 4 }
const VALUE_INFO = { name: 1, type: 2 }
const TYPE = { tensor: 1 }
const TENSOR = { element: 1, shape: 2 }
const SHAPE = { dimension: 1 }
const DIMENSION = { name: 2 }
const FLOAT = 1

/**
 * Names of one attention's tensors; n tokens, each head of `dim` columns. `mask` is an input of the new graph, added to `scores`
 * ahead of the softmax: 0, or a number so low that the key has no weight. The others are outputs of it.
 * @typedef {object} Attention
 * @property {string} mask [1, heads, n, n]
 * @property {string} queries [1, heads, n, dim], the scale in them
 * @property {string} keys [1, heads, n, dim]
 * @property {string} values [1, heads, n, dim]
 * @property {string} scores [1, heads, n, n], without the mask
 * @property {string} output [1, heads, n, dim]
 *
 * @typedef {{ readonly inputs: readonly string[], readonly outputs: readonly string[], readonly operator: string }} Node
 */

/**
 * The new model, and its attentions in the order in which they run. Throws where there are none.
 * @param {Uint8Array} model
 * @returns {{ model: Uint8Array, attentions: Attention[] }}
 */
export function withMasks(model) {
  /** @type {Attention[]} */
  let attentions = []
  const fields = fieldsOf(model).map(({ number, payload, raw }) => {
    if (number !== MODEL.graph) return raw
    const masked = maskedGraph(fieldsOf(payload))
    attentions = masked.attentions
    return lengthField(MODEL.graph, masked.graph)
  })
  if (attentions.length === 0)
    throw new Error('no attention was found in the graph; is it that of a transformer?')
  return { model: joined(fields), attentions }
}

/** @param {readonly Field[]} fields */
function maskedGraph(fields) {
  const nodes = fields.filter(({ number }) => number === GRAPH.node).map(({ payload }) => nodeOf(payload))
  /** @type {Map<string, Attention>} by the name of the scores */
  const found = new Map()
  for (const node of nodes) {
    const attention = attentionAt(node, nodes, found.size)
    if (attention) found.set(attention.scores, attention)
  }
  const attentions = [...found.values()]
  const shown = attentions.flatMap(({ queries, keys, values, scores, output }) => [
    queries,
    keys,
    values,
    scores,
    output,
  ])
  const graph = joined([
    ...fields.flatMap((field) => nodeWithMask(field, found)),
    ...attentions.map(({ mask }) => lengthField(GRAPH.input, floatTensor(mask, 4))),
    ...shown.map((name) => lengthField(GRAPH.output, floatTensor(name, 4))),
  ])
  return { graph, attentions }
}

/**
 * The attention whose softmax `node` is, if it is one.
 * @param {Node} node
 * @param {readonly Node[]} nodes
 * @param {number} index
 * @returns {Attention | undefined}
 */
function attentionAt({ operator, inputs: [scores], outputs: [weights] }, nodes, index) {
  if (operator !== 'Softmax') return undefined
  const product = nodes.find((node) => node.operator === 'MatMul' && node.outputs[0] === scores)
  const sum = nodes.find((node) => node.operator === 'MatMul' && node.inputs[0] === weights)
  const turned = nodes.find((node) => node.operator === 'Transpose' && node.outputs[0] === product?.inputs[1])
  if (product === undefined || sum === undefined || turned === undefined) return undefined
  return {
    mask: `attention_mask_${index}`,
    queries: product.inputs[0],
    keys: turned.inputs[0],
    values: sum.inputs[1],
    scores,
    output: sum.outputs[0],
  }
}

/**
 * The bytes of a field of the graph: the softmax of an attention gets an addition before it, and reads that.
 * @param {Field} field
 * @param {ReadonlyMap<string, Attention>} attentions
 * @returns {Uint8Array[]}
 */
function nodeWithMask({ number, payload, raw }, attentions) {
  if (number !== GRAPH.node) return [raw]
  const { operator, inputs } = nodeOf(payload)
  const attention = operator === 'Softmax' ? attentions.get(inputs[0]) : undefined
  if (attention === undefined) return [raw]
  const { scores, mask } = attention
  const sum = `${mask}_and_scores`
  const addition = joined([
    lengthField(NODE.input, scores),
    lengthField(NODE.input, mask),
    lengthField(NODE.output, sum),
    lengthField(NODE.operator, 'Add'),
  ])
  const rest = fieldsOf(payload).filter((field) => field.number !== NODE.input)
  const softmax = joined([lengthField(NODE.input, sum), ...rest.map((field) => field.raw)])
  return [lengthField(GRAPH.node, addition), lengthField(GRAPH.node, softmax)]
}

/**
 * @param {Uint8Array} bytes
 * @returns {Node}
 */
function nodeOf(bytes) {
  const fields = fieldsOf(bytes)
  const textsOf = (/** @type {number} */ wanted) =>
    fields.filter(({ number }) => number === wanted).map(({ payload }) => textOf(payload))
  return {
    inputs: textsOf(NODE.input),
    outputs: textsOf(NODE.output),
    operator: textsOf(NODE.operator)[0] ?? '',
  }
}

/**
 * What the graph says of an input or output: float32, each axis of a length of its own.
 * @param {string} name
 * @param {number} axes
 */
function floatTensor(name, axes) {
  const dimensions = Array.from({ length: axes }, (_, axis) =>
    lengthField(SHAPE.dimension, lengthField(DIMENSION.name, `${name}_axis_${axis}`)),
  )
  const tensor = joined([numberField(TENSOR.element, FLOAT), lengthField(TENSOR.shape, joined(dimensions))])
  return joined([
    lengthField(VALUE_INFO.name, name),
    lengthField(VALUE_INFO.type, lengthField(TYPE.tensor, tensor)),
  ])
}
