/**
 * The first key that an object of the JSON `text` has twice, undefined where none has: JSON.parse takes the last one in
 * silence. `text` is JSON that JSON.parse has taken.
 */
export function repeatedKey(text: string): string | undefined {
  // Keys of the objects around the place; undefined for arrays.
  const around: (Set<string> | undefined)[] = []
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found, colon] = match
    if (found === '{') around.push(new Set())
    else if (found === '[') around.push(undefined)
    else if (found === '}' || found === ']') around.pop()
    else if (colon !== undefined) {
      const key = JSON.parse(found.slice(0, found.length - colon.length)) as string
      const keys = around.at(-1)
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}
