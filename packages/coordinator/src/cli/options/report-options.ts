import { choiceOption, countOption, flagOption, listOption, shareOption, textOption } from './option.ts'

/** What a report draws, and where it goes. */
export const reportOptions = {
  values: listOption('FILE', 'Values V [n, dv], as the keys: how far outputs are off is measured too'),
  out: textOption('FILE', 'The page: one .html file that needs nothing beside it'),
  svg: textOption('DIR', 'A folder for each plot as an .svg of its own'),
  epsilon: shareOption('E', 'A key is heavy that takes this share of a query’s attention; default 0.01'),
  keep: countOption('N', 'How many keys selections are compared at; default 32, of few keys half of them'),
  causal: flagOption('Query i sees keys 0 to i'),
  'query-start': countOption('P', 'With --causal: query 0 stands at key P', 0),
  sample: countOption(
    'N',
    'Judge N queries, drawn without replacement by --seed; default: as many as take seconds',
  ),
  seed: countOption('S', 'Which random keys and sampled queries; default 1', 0),
  image: textOption('FILE', 'With --grid: a .png or .jpg that the keys are laid over'),
  attention: choiceOption(
    ['power', 'softmax'],
    'Of pairs that another program saved again, without what the file said: which attention they are of',
  ),
  tokens: textOption('FILE', 'A JSON list of words, one a key: the text with heavy keys marked'),
}

/** Of `curve`. */
export const pictureOption = textOption('FILE', 'The curve as a picture, .svg')
