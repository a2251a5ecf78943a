import { isThere, LevError } from '@levattention/core/internal'
import { inspect, requireLev } from '../../inspect/inspect.ts'
import { levList } from '../../inspect/inspect-lev.ts'
import { withJob } from '../../job/job.ts'
import { type CommandIo, defineCommand } from '../options/command.ts'
import { inspectText } from '../text/inspect-text.ts'
import { countOf } from '../text/number-text.ts'
import { inputOptions } from '../options/common-options.ts'
import { flagOption } from '../options/option.ts'

export const command = defineCommand({
  name: 'inspect',
  description:
    'Tells what is in a .lev, .npy, .npz, .safetensors, .csv or .parquet file: shapes, types, and what to type to use each array; of a ' +
    'universal set its size, largest bounds and certificate.',
  usage: 'FILE [--list]',
  positionals: { placeholder: 'FILE', description: 'A file, or one array of it: act.npz#k', most: 1 },
  options: {
    list: flagOption('The keys of a .lev: lines of row id, tab, bound; bound descending'),
    columns: inputOptions.columns,
    header: inputOptions.header,
    id: inputOptions.id,
  },
  examples: [
    ['inspect act.safetensors', 'its tensors, and how to name them'],
    ['inspect K.csv', 'what each column of a table holds, and which to take'],
    ['inspect u.lev', 'what a universal set was made from'],
    ['inspect u.lev --list | head', 'the keys that can matter most'],
  ],
  async run(values, io) {
    const [file] = values.positionals
    if (file === undefined) throw new LevError('Option', 'no file: name one')
    if (/[*?]/.test(file) && !isThere(file)) {
      const message = `inspect takes one file, and ${file} is a pattern: name one of its files`
      throw new LevError('Option', message, { file })
    }
    if (values.list) return await list(file, values.json, io)
    const summary = await withJob({ workers: 0, kernels: 'scalar', startedMs: io.startedMs }, (job) =>
      inspect(
        { file, columns: values.columns, header: values.header, id: values.id, signal: io.signal },
        job,
      ),
    )
    return { summary, text: inspectText(file, summary.contents), textTo: 'stdout' }
  },
})

async function list(file: string, json: boolean, io: CommandIo) {
  if (json) {
    const message = '--list and --json both want standard output; leave one out'
    throw new LevError('Option', message, { option: 'list' })
  }
  requireLev(file)
  let lines = 0
  for (const piece of levList(file)) {
    await io.print(piece)
    lines += piece.split('\n').length - 1
  }
  return { summary: {}, text: `${file}: ${countOf(lines, 'key')}` }
}
