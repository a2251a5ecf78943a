import { isLevError } from '@levattention/core'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { evaluateCommand } from './evaluate-command.ts'
import { picturesCommand } from './pictures-command.ts'
import { shipCommand } from './ship-command.ts'
import { showCommand } from './show-command.ts'
import { speedCommand } from './speed-command.ts'
import { studyCommand } from './study-command.ts'
import { trainCommand } from './train-command.ts'

await yargs(hideBin(process.argv))
  .scriptName('vision')
  .command(showCommand)
  .command(trainCommand)
  .command(evaluateCommand)
  .command(studyCommand)
  .command(speedCommand)
  .command(picturesCommand)
  .command(shipCommand)
  .demandCommand(1, 'name a command')
  .strict()
  .fail((message, error, command) => {
    if (isLevError(error)) process.stderr.write(`vision: ${error.message}\n`)
    else if (error) process.stderr.write(`${error.stack ?? error.message}\n`)
    else {
      command.showHelp()
      process.stderr.write(`\n${message}\n`)
    }
    process.exit(isLevError(error) ? 1 : 2)
  })
  .parseAsync()
