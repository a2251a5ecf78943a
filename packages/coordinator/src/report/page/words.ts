import { count, plain } from '../draw/numbers.ts'
import { type HeadReport, isOfPower, type ReportFacts } from '../facts/report-facts.ts'
import { attentionHtml, directionHtml } from './cells.ts'

type Word = readonly [word: string, html: string]

/** What the words of the page mean, a line each, closed: for who meets them first. */
export function wordList(facts: ReportFacts): string {
  const words = [...ofScores(facts), ...ofSelections(facts)]
  if (words.length === 0) return ''
  const lines = words.map(([word, html]) => `<dt>${word}</dt><dd>${html}.</dd>`)
  return `<details class="words"><summary><h3>Words</h3></summary><dl>${lines.join('')}</dl></details>`
}

function ofScores({ heads, noun }: ReportFacts): Word[] {
  const [head] = heads
  const { epsilon, p, isCausal } = head
  if (!heads.some(isOfPower)) return []
  const share =
    noun === 'row'
      ? `the largest share that the row takes of ${directionHtml(head)} in any direction b`
      : `the largest share of the ${attentionHtml(p)} attention that the key takes of any query q${isCausal ? ' at or after it' : ''}`
  const isLeverage = p === 2 && !isCausal
  const kinds = heads.filter(({ scores }) => scores).map(({ kind }) => kind)
  return [
    ['score', `of a ${noun}${isLeverage ? ', its leverage' : ''}: ${share}; from 0 to 1`],
    ...(kinds.some((kind) => kind !== 'leverage') ? [['bound', boundText(head)] as const] : []),
    ['epsilon', `the share from which on a ${noun} counts, here ${plain(epsilon)}`],
    ['U', `the universal set: every ${noun} whose score, or bound of it, reaches epsilon; |U| is how many`],
    ...(heads.some(({ power, softmax }) => power ?? softmax)
      ? [['heavy pair', 'a query and a key that takes epsilon or more of its attention'] as const]
      : []),
  ]
}

function boundText({ kind }: HeadReport): string {
  return kind === 'ridge'
    ? 'a score with a little added to every direction: of nearly dependent columns no more is known'
    : 'a number that the score is not above'
}

function ofSelections({ heads, keep }: ReportFacts): Word[] {
  const judged = heads.filter(({ coverage }) => coverage)
  if (judged.length === 0) return []
  const has = (select: string) =>
    judged.some(({ coverage }) => coverage?.selections.some((one) => one.select === select))
  const { isCausal } = judged[0]
  const most = `the N keys with the most softmax attention of all these queries together`
  const words: (readonly [select: string, ...Word])[] = [
    ['norm-max', 'norm-max, norm-min', 'the N longest keys, the N shortest ones'],
    ['random', 'random', 'N keys drawn at random, the mean over draws'],
    ['accumulated', isCausal ? 'most attended' : 'best fixed', most],
    ['best', 'best per query', 'the N keys that each query attends to most: no other N hold more'],
  ]
  return [
    ['N', `how many keys a rule keeps, here ${count(keep)}`],
    ['mass', 'the share of a query’s softmax attention that the kept keys hold, the mean over queries'],
    ...(has('leverage') ? [['leverage', 'as a rule: the N keys of the largest scores'] as const] : []),
    ...words.filter(([select]) => has(select)).map(([, word, html]) => [word, html] as const),
  ]
}
