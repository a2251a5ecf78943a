// @ts-check
// The headings of a page of Markdown, and the anchors that they have where pages are shown (GitHub's rule).

/**
 * @typedef {object} Heading
 * @property {number} depth 1 for '#'
 * @property {string} text
 * @property {string} anchor
 */

/**
 * @param {string} page
 * @returns {Heading[]}
 */
export function headingsOf(page) {
  /** @type {Map<string, number>} */
  const seen = new Map()
  const prose = page.replaceAll(/^```[^]*?^```$/gm, '')
  return Array.from(prose.matchAll(/^(#+) (.+)$/gm), ([, marks, text]) => {
    const slug = slugOf(text)
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return { depth: marks.length, text, anchor: before === 0 ? slug : `${slug}-${before}` }
  })
}

/** @param {string} text */
function slugOf(text) {
  const plain = text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
  return plain.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-')
}
