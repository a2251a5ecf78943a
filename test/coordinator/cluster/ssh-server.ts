/** A private sshd on this host with keys of its own, for tests of steps on other hosts. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isThere } from '../../slurm/cluster.ts'

const SSHD = '/usr/sbin/sshd'

/** Why none can be started here; undefined where one can. */
export function whyNoSsh(): string | undefined {
  if (!existsSync(SSHD) || !isThere('ssh')) return 'no sshd (apt-get install openssh-server)'
  return process.getuid?.() === 0 ? undefined : 'not root'
}

export class SshServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lev-ssh-'))
  #server: ChildProcess | undefined

  /** What to call instead of ssh; every host is this one. */
  get command(): string {
    return `ssh -F ${join(this.#folder, 'config')}`
  }

  async start(): Promise<void> {
    const port = await freePort()
    const at = (name: string) => join(this.#folder, name)
    for (const name of ['host', 'user'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)])
    writeFileSync(at('authorized'), readFileSync(at('user.pub')), { mode: 0o600 })
    const server = {
      Port: port,
      ListenAddress: '127.0.0.1',
      HostKey: at('host'),
      AuthorizedKeysFile: at('authorized'),
      StrictModes: 'no',
      UsePAM: 'no',
      PasswordAuthentication: 'no',
      PidFile: 'none',
    }
    const client = {
      HostName: '127.0.0.1',
      Port: port,
      User: userInfo().username,
      IdentityFile: at('user'),
      IdentitiesOnly: 'yes',
      StrictHostKeyChecking: 'no',
      UserKnownHostsFile: at('known'),
      LogLevel: 'ERROR',
      BatchMode: 'yes',
    }
    writeFileSync(at('sshd_config'), linesOf(server))
    writeFileSync(at('config'), linesOf(client))
    // sshd refuses to start without it.
    mkdirSync('/run/sshd', { recursive: true })
    this.#server = spawn(SSHD, ['-D', '-f', at('sshd_config'), '-E', at('log')], { stdio: 'ignore' })
    const end = performance.now() + 10_000
    while (spawnSync('sh', ['-c', `${this.command} any-host true`]).status !== 0) {
      if (performance.now() > end) throw new Error(`sshd does not answer: ${readFileSync(at('log'), 'utf8')}`)
      await sleep(100)
    }
  }

  stop(): void {
    this.#server?.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function linesOf(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
