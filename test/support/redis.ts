import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './gate.ts'

type Owner = { after(done: () => Promise<void> | void): void }

/** Ends what it started when the test process is gone: it waits for the end of its input, which closes with that process. */
const KEEPER = `"$@" & child=$!; echo "pid $child"; cat >/dev/null; kill -9 $child 2>/dev/null`

/** A cluster's bus listens 10,000 above. */
async function redisPort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port < 22_000 && (await isFree(port + 10_000))) return port
  }
}
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

export type Redis = {
  host: string
  port: number
  url: string
  pid(): number
  /** What redis-cli says, without the last line break. */
  cli(...args: string[]): string
  /** Ends it without warning. */
  kill(): Promise<void>
  stop(): void
  cont(): void
  /** A copy of its data folder; and such a copy back in its place, while it is not running. */
  copyFiles(): string
  putFiles(copy: string): void
  /** Starts it again on the same port and data. */
  restart(): Promise<void>
}
export type Start = { args?: string[]; sentinel?: string; port?: number; cli?: string[] }

const TAKEN = /already in use/

/** A real server on a free port with its data in a folder of its own; it does not outlive the test. */
export async function startRedis(t: Owner, start: Start = {}): Promise<Redis> {
  // A port that was free may be another's by now: files of tests run side by side.
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(t, start.port ?? (await redisPort()), start)
    } catch (error) {
      if (start.port !== undefined || attempt === 5 || !TAKEN.test(String(error))) throw error
    }
  }
}

async function startOn(t: Owner, own: number, { args = [], sentinel, cli: cliArgs = [] }: Start): Promise<Redis> {
  const dir = mkdtempSync(join(tmpdir(), 'sello-redis-'))
  mkdirSync(join(dir, 'data'))
  const config = join(dir, 'redis.conf')
  writeFileSync(config, `${sentinel ?? 'save ""\nappendonly yes\nappendfsync always\n'}dir ${join(dir, 'data')}\nbind 127.0.0.1\n`)
  const command = ['redis-server', config, ...(cliArgs.includes('--tls') ? [] : ['--port', String(own)]), ...args]
  if (sentinel !== undefined) command.push('--sentinel')
  /** Null until it runs: to signal 0 would be to signal this process and all of its group. */
  let pid: number | null = null
  let end: () => Promise<void> = async () => {}

  async function begin() {
    const child = spawn('sh', ['-c', KEEPER, 'keeper', ...command], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    const ended = once(child, 'exit')
    let said = ''
    child.stdout.on('data', (chunk) => {
      if (said.length < 10_000) said += chunk
    })
    end = async () => {
      child.stdin.end()
      await ended
    }
    for (let i = 0; !/^pid \d+\n/.test(said); i++) {
      if (i > 500) throw new Error('redis-server was not started')
      await wait(10)
    }
    pid = Number(/^pid (\d+)/.exec(said)![1])
    for (let i = 0; ; i++) {
      const { stdout } = spawnSync('redis-cli', ['-h', '127.0.0.1', '-p', String(own), ...cliArgs, 'ping'], { encoding: 'utf8' })
      if (/^(PONG|NOAUTH)/.test(stdout)) break
      if (i > 500 || TAKEN.test(said)) throw new Error(`redis-server does not answer: ${said.slice(-2000)}`)
      await wait(20)
    }
  }

  const signal = (name: NodeJS.Signals) => {
    if (pid === null) return
    try {
      process.kill(pid, name)
    } catch {
      // it is gone already
    }
  }
  t.after(async () => {
    signal('SIGKILL')
    await end()
    rmSync(dir, { recursive: true, force: true })
  })
  await begin()
  return {
    host: '127.0.0.1',
    port: own,
    url: `redis://127.0.0.1:${own}`,
    pid: () => pid!,
    cli(...words) {
      const { stdout, stderr } = spawnSync('redis-cli', ['-h', '127.0.0.1', '-p', String(own), ...cliArgs, ...words], { encoding: 'utf8' })
      return `${stdout}${stderr}`.trimEnd()
    },
    async kill() {
      signal('SIGKILL')
      await end()
    },
    stop: () => signal('SIGSTOP'),
    cont: () => signal('SIGCONT'),
    copyFiles() {
      const copy = mkdtempSync(join(dir, 'copy-'))
      cpSync(join(dir, 'data'), copy, { recursive: true })
      return copy
    },
    putFiles(copy) {
      rmSync(join(dir, 'data'), { recursive: true })
      cpSync(copy, join(dir, 'data'), { recursive: true })
    },
    restart: begin,
  }
}

export type Cluster = { url: string; nodes: Redis[] }

/** Three masters with a third of the slots each, and as many replicas of each as asked for. */
export async function startCluster(t: Owner, { replicas = 0, args = [] }: { replicas?: number; args?: string[] } = {}): Promise<Cluster> {
  const more = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...args]
  const nodes = await Promise.all(Array.from({ length: 3 * (1 + replicas) }, () => startRedis(t, { args: more })))
  const places = nodes.map(({ port }) => `127.0.0.1:${port}`)
  const made = spawnSync('redis-cli', ['--cluster', 'create', ...places, '--cluster-replicas', String(replicas), '--cluster-yes'], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (made.status !== 0) throw new Error(`no cluster: ${made.stdout}${made.stderr}`)
  for (const node of nodes) {
    for (let i = 0; !node.cli('cluster', 'info').includes('cluster_state:ok'); i++) {
      if (i > 500) throw new Error('the cluster does not come up')
      await wait(20)
    }
  }
  return { url: `redis-cluster://${places.join(',')}`, nodes }
}

/** Three sentinels that watch a master, and agree within a second or two that it is gone. */
export async function startSentinels(t: Owner, master: Redis, replicas: number): Promise<{ url: string; sentinels: Redis[] }> {
  const sentinel = [
    `sentinel monitor mymaster 127.0.0.1 ${master.port} 2`,
    'sentinel down-after-milliseconds mymaster 500',
    'sentinel failover-timeout mymaster 3000',
    '',
  ].join('\n')
  const sentinels = await Promise.all([1, 2, 3].map(() => startRedis(t, { sentinel })))
  const knowsAll = (one: Redis) => {
    const said = one.cli('sentinel', 'master', 'mymaster').split('\n')
    const number = (name: string) => Number(said[said.indexOf(name) + 1])
    return number('num-other-sentinels') === 2 && number('num-slaves') === replicas
  }
  for (let i = 0; !sentinels.every(knowsAll); i++) {
    if (i > 300) throw new Error('the sentinels do not find each other')
    await wait(100)
  }
  return { url: `redis-sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/mymaster`, sentinels }
}

/** A certificate for 127.0.0.1 and localhost, and the authority that made it: paths of PEM files in `folder`. */
export function makeCertificate(folder: string): { ca: string; cert: string; key: string } {
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`)
  }
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...fresh, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=Test CA', '-days', '3650')
  openssl('req', ...fresh, '-keyout', at('key.pem'), '-out', at('cert.csr'), '-subj', '/CN=redis')
  writeFileSync(at('san'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '3650', '-extfile', at('san')]
  openssl('x509', '-req', '-in', at('cert.csr'), ...signing, '-out', at('cert.pem'))
  return { ca: at('ca.pem'), cert: at('cert.pem'), key: at('key.pem') }
}
