// @ts-nocheck: a page has other globals than Node
// Runs in a page: what is wrong with it, in sentences. Words are held against what is drawn below them.
// oxlint-disable

function faultsOf(leastContrast) {
  const wrong = []
  for (const details of document.querySelectorAll('details')) details.open = true
  const root = document.documentElement
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll('main *')].filter(
      (one) => one.getBoundingClientRect().right > root.clientWidth + 1,
    )
    wrong.push(`scrolls sideways, by ${wide.at(-1)?.outerHTML.slice(0, 80)}`)
  }
  const ownText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? '').trim() !== '')
  const texts = [...document.querySelectorAll('main *')].filter(
    (element) => ownText(element) && element.getClientRects().length > 0 && !element.closest('title'),
  )
  const rgba = (css) => {
    const numbers = (css.match(/[\d.]+/g) ?? []).map(Number)
    const scale = css.startsWith('color(') ? 255 : 1
    return [numbers[0] * scale, numbers[1] * scale, numbers[2] * scale, numbers[3] ?? 1]
  }
  const blend = (over, under) => [0, 1, 2].map((i) => over[i] * over[3] + under[i] * (1 - over[3]))
  const luminance = (colour) => {
    const [r, g, b] = colour.map((c) =>
      c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const background = (element) => {
    if (!element) return rgba(getComputedStyle(document.body).backgroundColor).slice(0, 3)
    const own = rgba(getComputedStyle(element).backgroundColor)
    return own[3] === 0 ? background(element.parentElement) : blend(own, background(element.parentElement))
  }
  // Words in a bar or on a cell stand on what is drawn below them.
  const drawnBelow = (element) => {
    const box = element.getBoundingClientRect()
    const under = background(element)
    const shapes = [...(element.closest('svg')?.querySelectorAll('rect') ?? [])].filter((rect) => {
      const own = rect.getBoundingClientRect()
      return (
        own.left <= box.left + 1 &&
        own.right >= box.right - 1 &&
        own.top <= box.top + box.height / 2 &&
        own.bottom >= box.bottom - box.height / 2
      )
    })
    return shapes.reduce((below, rect) => {
      const style = getComputedStyle(rect)
      if (style.fill === 'none') return below
      const [r, g, b, a] = rgba(style.fill)
      return blend([r, g, b, a * Number(style.fillOpacity) * Number(style.opacity)], below)
    }, under)
  }
  for (const element of texts) {
    const style = getComputedStyle(element)
    const inSvg = element.namespaceURI?.endsWith('svg') === true
    const [fore, back] = [
      rgba(inSvg ? style.fill : style.color),
      inSvg ? drawnBelow(element) : background(element),
    ]
    const [a, b] = [luminance(blend(fore, back)), luminance(back)].sort((x, y) => y - x)
    const contrast = (a + 0.05) / (b + 0.05)
    if (contrast < leastContrast)
      wrong.push(`contrast ${contrast.toFixed(2)} of "${element.textContent?.slice(0, 40)}"`)
    if (Number.parseFloat(style.fontSize) < 10)
      wrong.push(`${style.fontSize} of "${element.textContent?.slice(0, 40)}"`)
  }
  // Words of one drawing, and of a row of a table, may not lie on one another.
  for (const group of [...document.querySelectorAll('main svg'), ...document.querySelectorAll('tr')]) {
    const boxes = texts
      .filter((one) => group.contains(one) && one.tagName !== 'SUP' && one.tagName !== 'SUB')
      .map((element) => {
        const range = document.createRange()
        range.selectNodeContents(element)
        return {
          element,
          box: element.namespaceURI?.endsWith('svg')
            ? element.getBoundingClientRect()
            : range.getBoundingClientRect(),
        }
      })
    for (let i = 0; i < boxes.length; i++)
      for (let j = i + 1; j < boxes.length; j++) {
        const [one, other] = [boxes[i], boxes[j]]
        if (one.element.contains(other.element) || other.element.contains(one.element)) continue
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left)
        const tall = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top)
        // Boxes of letters have room above and below.
        if (wide > 1.5 && tall > 4.5)
          wrong.push(
            `"${one.element.textContent?.slice(0, 30)}" on "${other.element.textContent?.slice(0, 30)}" in ${group.closest('figure')?.dataset.plot ?? 'a table'}`,
          )
      }
  }
  // No line of another mark may run through a word.
  for (const svg of document.querySelectorAll('main figure svg')) {
    const words = texts.filter((one) => svg.contains(one))
    for (const line of svg.querySelectorAll('path.ln, path.lead, path.guide')) {
      const matrix = line.getScreenCTM()
      const length = line.getTotalLength()
      if (matrix === null || length === 0) continue
      const points = Array.from({ length: Math.ceil(length) + 1 }, (_, at) =>
        line.getPointAtLength(Math.min(at, length)).matrixTransform(matrix),
      )
      for (const word of words) {
        const box = word.getBoundingClientRect()
        const isIn = ({ x, y }) =>
          x > box.left + 1 && x < box.right - 1 && y > box.top + 3 && y < box.bottom - 3
        if (points.some(isIn))
          wrong.push(
            `"${word.textContent?.slice(0, 30)}" is crossed by a line (${line.getAttribute('class')}) in ${svg.closest('figure')?.dataset.plot}`,
          )
      }
    }
  }
  for (const figure of document.querySelectorAll('figure')) {
    const name = figure.dataset.plot
    if (!name) wrong.push('a figure without a name')
    if ((figure.querySelector('figcaption')?.textContent ?? '').length < 12)
      wrong.push(`${name} says nothing`)
    const svg = figure.querySelector('svg')
    if (!svg) continue
    if (!/[\u0022]?\w/.test(svg.getAttribute('aria-label') ?? ''))
      wrong.push(`${name} has no label for those who hear it`)
    const axes =
      svg.querySelectorAll('.axis').length +
      svg.querySelectorAll('.frame').length +
      svg.querySelectorAll('.cell,.tick').length
    if (axes === 0) wrong.push(`${name} has no axes`)
    if (!['place', 'picture', 'attended'].includes(name ?? '') && svg.querySelectorAll('.lab').length === 0)
      wrong.push(`${name} has no units`)
    if (svg.getBoundingClientRect().width < 250)
      wrong.push(`${name} is ${svg.getBoundingClientRect().width} px wide`)
  }
  return wrong
}
