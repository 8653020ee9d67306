// `./sello test`: runs the suite, installs what it needs where it may, and ends with one line that counts.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { turns } from './order.ts'

const root = join(import.meta.dirname, '..')
const words = process.argv.slice(2)
// Inherited by the tests: how often each race is run.
const rounds = numberAfter('--rounds')
if (rounds === undefined) delete process.env.TEST_ROUNDS
else process.env.TEST_ROUNDS = rounds
const quick = words.includes('--quick')
const named = words.filter((word) => !word.startsWith('-'))
const unknown = words.filter((word) => word.startsWith('-') && word !== '--quick')
if (unknown.length > 0) {
  console.error(`sello: test does not know ${unknown.join(' ')}. Try: ./sello test --help`)
  process.exit(2)
}
/** Needs a real mail server. */
const MTA = 'test/messaging/mta.test.ts'
/** Runs what /docs shows. */
const PROGRAMS = 'test/contract/programs.test.ts'
/** Runs what docs/import.md shows. */
const GUIDES = 'test/docs-import.test.ts'
/** What only the full run has: real kills, real time, a real browser, a real Redis, a real mail server, other languages, documents. */
const SLOW = ['test/faults/', 'test/browser/', 'test/client/', 'test/store/redis', MTA, PROGRAMS, 'test/flows/example', 'test/docs']

const all = globSync('test/**/*.test.ts', { cwd: root }).sort()
const files =
  named.length > 0
    ? named.map((file) => relative(root, join(process.cwd(), file)))
    : all.filter((file) => !quick || !SLOW.some((beginning) => file.startsWith(beginning)))
const missing = files.filter((file) => !existsSync(join(root, file)))
if (files.length === 0 || missing.length > 0) {
  console.error(`sello: there is no test ${missing.join(', ')}`)
  process.exit(2)
}
if (files.some((file) => file.startsWith('test/browser/'))) needChromium()
if (files.includes(MTA)) needMta()
if (files.includes(PROGRAMS)) needLanguages()
if (files.includes(GUIDES)) needJq()
if (!quick && files.some((file) => /support\/(redis|places|services)\.ts/.test(readFileSync(join(root, file), 'utf8')))) needRedis()

// Inherited by the tests: where stories are played.
if (quick) process.env.TEST_PLACES = 'one'
else delete process.env.TEST_PLACES

const counts = { passed: 0, failed: 0, skipped: 0 }
const started = performance.now()
for (const turn of turns(files)) await play(turn.files, turn.atOnce)
setImmediate(() => {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  console.log(`\n${files.length} files in ${Math.round((performance.now() - started) / 100) / 10} s`)
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
  process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0)
})

async function play(some: readonly string[], concurrency: number) {
  const stream = run({ files: some.map((file) => join(root, file)), concurrency, timeout: (rounds ? 120 : 15) * 60 * 1000 })
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return
    if (event.skip !== undefined || event.todo !== undefined) counts.skipped++
    else counts.passed++
  })
  stream.on('test:fail', (event) => {
    if (event.details.type !== 'suite') counts.failed++
  })
  stream.compose(new spec()).pipe(process.stdout, { end: false })
  await new Promise((resolve) => stream.once('end', resolve))
}

/** Takes `--name VALUE`, a whole number from 1 on, out of the words. */
function numberAfter(name: string): string | undefined {
  const at = words.indexOf(name)
  if (at < 0) return undefined
  const [, value = ''] = words.splice(at, 2)
  if (/^[1-9]\d{0,3}$/.test(value)) return value
  console.error(`sello: test ${name} takes a number from 1 to 9999`)
  process.exit(2)
}

/** The browser tests drive Debian's chromium. */
function needChromium() {
  const command = 'apt-get update && apt-get install -y --no-install-recommends chromium fonts-liberation'
  need(
    'The browser tests need /usr/bin/chromium',
    () => existsSync('/usr/bin/chromium'),
    command,
    ' Without a browser: ./sello test --quick',
  )
}

/** PHP, Go and Java are tried where they are; these two are small, and everybody has them. */
function needLanguages() {
  const isThere = () => ['curl', 'python3'].every((name) => spawnSync(name, ['--version']).status === 0)
  const command = 'apt-get update && apt-get install -y --no-install-recommends curl python3'
  need('The tests of the programs in /docs need curl and python3', isThere, command, ' Without them: ./sello test --quick')
}

function needJq() {
  const isThere = () => spawnSync('jq', ['--version']).status === 0
  const command = 'apt-get update && apt-get install -y --no-install-recommends jq'
  need('The tests of docs/import.md need jq', isThere, command, ' Without it: ./sello test --quick')
}

/** The tests of the Redis store start real servers, each on a port of its own. Debian's package would start one, too: not here. */
function needRedis() {
  const isThere = () => spawnSync('redis-server', ['--version']).status === 0 && spawnSync('redis-cli', ['--version']).status === 0
  need(
    'The Redis tests need redis-server and redis-cli',
    isThere,
    'apt-get update && apt-get install -y --no-install-recommends redis-server',
  )
}

/** What a test needs is installed where that is allowed; otherwise the command to type is named. */
function need(what: string, isThere: () => boolean, command: string, instead = '') {
  if (isThere()) return
  const may = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0
  if (may) {
    console.log(`${what}: ${command}`)
    // Exit 101 of this policy keeps Debian's packages from starting their service.
    const quiet =
      'test -e /usr/sbin/policy-rc.d || { printf "#!/bin/sh\\nexit 101\\n" >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d; trap "rm /usr/sbin/policy-rc.d" EXIT; }'
    execFileSync('sh', ['-c', `${quiet}; ${command}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  if (isThere()) return
  console.error(`sello: ${what[0]!.toLowerCase()}${what.slice(1)}. On Debian: sudo sh -c '${command}'.${instead}`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}

/**
 * The tests with a real mail server run Debian's Postfix. Its package is unpacked into a folder of ours, not installed: no service of
 * the system begins. It changes between accounts by itself, so it needs root.
 */
function needMta() {
  const folder = join(root, 'node_modules/.cache/postfix')
  const master = join(folder, 'usr/lib/postfix/sbin/master')
  const isRoot = process.getuid?.() === 0
  if (isRoot && existsSync(master)) return
  const libraries = "$(dpkg-deb -f postfix_*.deb Depends | tr ',' '\\n' | grep -o '^ *lib[a-z0-9.+-]*')"
  const command =
    `mkdir -p ${folder} && cd ${folder} && apt-get update && apt-get download postfix && ` +
    `apt-get install -y --no-install-recommends openssl ${libraries} && dpkg-deb -x postfix_*.deb . && rm postfix_*.deb`
  if (isRoot && spawnSync('apt-get', ['--version']).status === 0) {
    console.log(`The tests with a mail server need Postfix: ${command}`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'], env })
  }
  if (isRoot && existsSync(master)) return
  const why = `need root and, in ${folder}, Debian's Postfix`
  console.error(`sello: the tests with a mail server ${why}. As root: ${command}. Without a mail server: ./sello test --quick`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
