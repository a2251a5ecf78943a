import { withJob } from '../../job/job.ts'
import { merge } from '../../jobs/merge.ts'
import { defineCommand } from '../options/command.ts'
import { outputOptions, runtimeOptions } from '../options/common-options.ts'
import { jobOptionsOf } from '../options/job-options.ts'
import { listOption } from '../options/option.ts'
import { searchText } from '../text/search-text.ts'

export const command = defineCommand({
  name: 'merge',
  description:
    'Joins universal sets of disjoint rows, made with one epsilon, into the universal set of all these rows. ' +
    'build with --row-offset gives each part its row ids.',
  usage: 'A.lev B.lev … --out C.lev',
  positionals: {
    placeholder: 'FILES',
    description: '.lev files, a quoted pattern, @list.txt',
    most: Infinity,
  },
  options: {
    out: listOption('FILE', '.lev for this program, .npz for NumPy'),
    kernels: runtimeOptions.kernels,
    ...outputOptions,
  },
  examples: [
    ['merge a.lev b.lev --out all.lev', 'the universal set of both parts’ rows'],
    ["merge 'parts/*.lev' --out all.lev", 'of many'],
  ],
  async run(values, io) {
    const options = { ...values, files: values.positionals }
    return await withJob(jobOptionsOf(values, io), async (job) => {
      const summary = await merge(options, job)
      return { summary, text: searchText(summary, job.findings) }
    })
  },
})
