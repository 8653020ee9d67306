import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { admin } from '../../src/contract/persistence.ts'
import { connect } from '../../src/http/connect.ts'
import { folder } from '../support/folder.ts'
import { freePort } from '../support/gate.ts'
import { type Ran, runSello, type Sello, type Settings, startSello, until } from '../support/server.ts'

const keyIn = ({ stdout }: Ran) => /^ {2}(sello_\w+)$/m.exec(stdout)?.[1] ?? assert.fail(`no API key in: ${stdout}`)

/** Runs a command that must go well. */
async function done(settings: Settings, ...args: string[]): Promise<Ran> {
  const ran = await runSello(args, settings)
  assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}`)
  assert.equal(ran.stderr, '')
  return ran
}
/** Runs a command that must be refused: 1 = not possible, 2 = not understood. */
async function refused(settings: Settings, code: 1 | 2, why: RegExp, ...args: string[]) {
  const ran = await runSello(args, settings)
  assert.equal(ran.code, code, `${args.join(' ')}: ${ran.stderr}${ran.stdout}`)
  assert.match(ran.stderr, /^sello: [^\n]+\n(Try: \.\/sello --help\n)?$/)
  assert.match(ran.stderr, why)
  assert.doesNotMatch(ran.stdout + ran.stderr, /\n {4}at /, 'no stack')
}
const opens = async (sello: Sello, key: string) => (await sello.show('idn_unknown', key)).status !== 401
/** Refused within a second, and then for good. */
async function shut(sello: Sello, key: string) {
  await until(`${key.slice(0, 9)}… to be refused`, 1000, async () => !(await opens(sello, key)))
  await wait(600)
  assert.equal(await opens(sello, key), false)
}

test('a reader who goes away is no fault of the command', async (t) => {
  const main = join(import.meta.dirname, '../../src/main.ts')
  const settings = { SELLO_DATA_DIR: folder(t) }
  for (const command of ['--help', 'apps list', 'keys list']) {
    const piped = spawn('sh', ['-c', `"${process.execPath}" "${main}" ${command} | true`], { env: { ...process.env, ...settings } })
    assert.equal(await text(piped.stderr), '', command)
  }
})

describe('the commands', { concurrency: 3, timeout: 240_000 }, () => {
  test('apps, beside a running Sello: keys come and go within a second', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t) }
    const sello = await startSello(t, settings)
    const first = keyIn(await done(settings, 'apps', 'add', 'Shop 1'))
    assert.ok(await opens(sello, first))
    const { stdout: listed } = await done(settings, 'apps', 'list')
    assert.match(listed, /^NAME .*\ndefault .*\nShop 1 +app_\d\d\w{22} +Shop 1 +– +sello_…\w{4} /)
    assert.ok(!listed.includes(first))
    const id = /app_\w+/.exec(listed.split('\n')[2]!)![0]

    const second = keyIn(await done(settings, 'apps', 'rotate', id))
    assert.ok((await opens(sello, first)) && (await opens(sello, second)), 'both are valid while it rotates')
    await done(settings, 'apps', 'rotate', 'Shop 1', '--finish')
    await shut(sello, first)
    assert.ok(await opens(sello, second))
    const third = keyIn(await done(settings, 'apps', 'rotate', 'Shop 1', '--now'))
    await shut(sello, second)
    assert.ok(await opens(sello, third))

    assert.match(
      (await done(settings, 'apps', 'set', id, '--display-name', 'La Tienda', '--reply-to', 'ana@example.com')).stdout,
      /La Tienda/,
    )
    assert.match((await done(settings, 'apps', 'list')).stdout, /La Tienda +ana@example\.com/)
    await done(settings, 'apps', 'set', id, '--reply-to', 'none')
    assert.doesNotMatch((await done(settings, 'apps', 'list')).stdout, /ana@example\.com/)
    assert.match((await done(settings, 'apps', 'list')).stdout, /\nShop 1 .* on +–$/m)
    const set = ['apps', 'set', 'Shop 1']
    const { stdout: listing } = await done(settings, ...set, '--origin', 'HTTPS://Shop.example:443/', '--origin', 'http://localhost:5173')
    assert.match(listing, /accounts on, for pages of https:\/\/shop\.example, http:\/\/localhost:5173\n$/)
    await done(settings, ...set, '--accounts', 'off')
    assert.match((await done(settings, 'apps', 'list')).stdout, /\nShop 1 .* off +https:\/\/shop\.example http:\/\/localhost:5173$/m)
    await done(settings, ...set, '--accounts', 'on', '--no-origins')
    assert.match((await done(settings, 'apps', 'list')).stdout, /\nShop 1 .* on +–$/m)
    const logo = join(settings.SELLO_DATA_DIR, 'logo.svg')
    writeFileSync(logo, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 20"><title>Shop</title><path d="M0 0H80V20z"/></svg>')
    const { stdout: brand } = await done(settings, ...set, '--accent', '#0A6A50', '--logo', logo, '--return', 'https://shop.example/in')
    const colours =
      'accent #0a6a50 (6.58:1 on the sheet, 5.62:1 on the page), in the dark theme #0e9772 (4.54:1 on the sheet, 5.00:1 on the page)'
    assert.deepEqual(brand.split('\n').slice(1), [
      `Shop 1: ${colours}`,
      'Shop 1: logo shown 160 × 40 px',
      'Shop 1: sign-in returns to https://shop.example/in',
      '',
    ])
    assert.match(
      (await done(settings, 'apps', 'list')).stdout,
      /\nShop 1 .* #0a6a50 #0e9772 +160 × 40 +https:\/\/shop\.example\/in +on +–$/m,
    )
    await done(settings, ...set, '--accent', 'none', '--logo', 'none', '--no-returns')
    assert.match((await done(settings, 'apps', 'list')).stdout, /\nShop 1 .* – +– +– +on +–$/m)
    await refused(settings, 1, /--yes/, 'apps', 'remove', 'Shop 1')
    assert.ok(await opens(sello, third))
    await done(settings, 'apps', 'remove', 'Shop 1', '--yes')
    await shut(sello, third)
    const changes = (await done(settings, 'apps', 'history')).stdout.split('\n').filter((line) => line.includes(id))
    const told = changes.map((line) => line.slice(21).replace(/ +app_\w+$/, ''))
    assert.deepEqual(told, [
      'added',
      'key added',
      'older keys revoked',
      'key replaced',
      'set',
      'set',
      'set',
      'set',
      'set',
      'set',
      'set',
      'removed',
    ])
    await sello.stop()
  })

  test('apps, keys and letters without a running Sello: the same, on the store itself', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t) }
    assert.match((await done(settings, 'apps')).stdout, /No apps yet/)
    const key = keyIn(await done(settings, 'apps', 'add', 'shop'))
    const newer = keyIn(await done(settings, 'apps', 'rotate', 'shop'))
    await done(settings, 'apps', 'rotate', 'shop', '--finish')
    assert.match((await done(settings, 'letters', '--to', 'ana@example.com')).stdout, /Nobody asked/)
    const sello = await startSello(t, settings)
    assert.deepEqual([await opens(sello, key), await opens(sello, newer)], [false, true])
    const { body } = await sello.register('ana@example.com', { key: newer })
    await until('the letter', 15_000, async () => (await sello.show(body.id!, newer)).body.status === 'sent')
    await sello.kill()
    const { stdout } = await done(settings, 'letters', '--to', 'Ana@EXAMPLE.com')
    assert.match(stdout, /^SENT: /)
    assert.match(stdout, new RegExp(`for app shop, ${body.id}, valid until`))
    assert.match(stdout, / queued\n.* handed_over\n.* accepted: 250 captured/)
    assert.match((await done(settings, 'apps', 'list')).stdout, /\nshop /)
  })

  test('what cannot be done is refused in one line', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t) }
    const sello = await startSello(t, settings)
    await refused(settings, 1, /there is an app "default" already/, 'apps', 'add', 'default')
    await refused(settings, 1, /a name is 1 to 40/, 'apps', 'add', 'no\nname')
    await refused(settings, 1, /there is no app "nobody"/, 'apps', 'rotate', 'nobody')
    await refused(settings, 1, /there is no app "nobody"/, 'apps', 'set', 'nobody', '--display-name', 'x')
    await refused(settings, 1, /there is no app "nobody"/, 'apps', 'remove', 'nobody', '--yes')
    await refused(settings, 1, /Reply-To is exactly one/, 'apps', 'set', 'default', '--reply-to', 'a@example.com, b@example.com')
    const origins = (...list: string[]) => ['apps', 'set', 'default', ...list.flatMap((origin) => ['--origin', origin])]
    await refused(settings, 1, /"https:\/\/a\.example\/shop" is no web origin/, ...origins('https://b.example', 'https://a.example/shop'))
    await refused(settings, 1, /at most 20 origins/, ...origins(...Array.from({ length: 21 }, (_, i) => `https://a${i}.example`)))
    const brand = (...words: string[]) => ['apps', 'set', 'default', ...words]
    await refused(
      settings,
      1,
      /2\.39:1 on white and 2\.04:1 on the page: 4\.5:1 is needed\. #a45800 has it/,
      ...brand('--accent', '#ff8800'),
    )
    await refused(settings, 1, /there is no file/, ...brand('--logo', join(settings.SELLO_DATA_DIR, 'nowhere.svg')))
    await refused(settings, 1, /the logo is not taken: it is neither a PNG nor an SVG/, ...brand('--logo', import.meta.filename))
    await refused(
      settings,
      1,
      /"https:\/\/a\.example" is no return URL: browsers write it https:\/\/a\.example\/$/m,
      ...brand('--return', 'https://a.example'),
    )
    await refused(settings, 1, /a display name/, 'apps', 'set', 'default', '--display-name', '\u202egnol')
    await refused(settings, 1, /not exactly one plain address/, 'letters', '--to', 'nobody')
    await refused(settings, 1, /not exactly one plain address/, 'erase', 'nobody', '--yes')
    await refused(settings, 1, /there is no key/, 'keys', 'use', '00000000')
    await refused(settings, 1, /there is no key "-o/, 'keys', 'retire', `-o${'A'.repeat(41)}`, '--force')
    await refused(settings, 2, /no role "mail"/, 'start', '--role', 'mail')
    await sello.stop()
  })

  test('what is not understood ends with 2', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t) }
    const words: [RegExp, ...string[]][] = [
      [/no command "frobnicate"/, 'frobnicate'],
      [/no command "toString"/, 'toString'],
      [/no command "__proto__"/, '__proto__'],
      [/apps has no "frobnicate"/, 'apps', 'frobnicate'],
      [/apps has no "constructor"/, 'apps', 'constructor'],
      [/keys has no "frobnicate"/, 'keys', 'frobnicate'],
      [/the name is missing/, 'apps', 'add'],
      [/the app is missing/, 'apps', 'set'],
      [/give --display-name, --reply-to, --accounts, --origin or --no-origins/, 'apps', 'set', 'default'],
      [/--accounts on or --accounts off/, 'apps', 'set', 'default', '--accounts', 'yes'],
      [/--origin or --no-origins, not both/, 'apps', 'set', 'default', '--origin', 'https://a.example', '--no-origins'],
      [/--return or --no-returns, not both/, 'apps', 'set', 'default', '--return', 'https://a.example/', '--no-returns'],
      [/--finish or --now, not both/, 'apps', 'rotate', 'default', '--finish', '--now'],
      [/--to ADDRESS is missing/, 'letters'],
      [/the address is missing/, 'erase'],
      [/one address at a time/, 'erase', 'a@example.com', 'b@example.com', '--yes'],
      [/--frob/, 'erase', 'a@example.com', '--frob'],
      [/keys add signing/, 'keys', 'add', 'frobs'],
      [/id is missing/, 'keys', 'use'],
      [/no role "baker"/, 'start', '--role', 'baker'],
      [/--frob/, 'start', '--frob'],
      [/--frob/, 'apps', 'list', '--frob'],
      [/--frob/, 'keys', '--frob'],
      [/--frob/, 'letters', '--frob'],
      [/--frob/, 'demo', '--frob'],
      [/extra/, 'start', 'extra'],
    ]
    for (const [why, ...args] of words) await refused(settings, 2, why, ...args)
  })

  test('every command explains itself', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t), SELLO_PORT: 'nonsense' }
    const general = (await done(settings, '--help')).stdout
    assert.match(general, /\.\/sello start/)
    for (const alias of [['-h'], ['help'], []]) assert.equal((await done(settings, ...alias)).stdout, general)
    for (const name of ['start', 'dev', 'demo', 'apps', 'keys', 'letters', 'erase', 'test', 'check', 'bench']) {
      const { stdout } = await done(settings, name, '--help')
      assert.ok(stdout.startsWith(`./sello ${name}`), stdout)
      assert.match(general, new RegExp(`\\./sello ${name}\\b`))
    }
    assert.equal((await done(settings, 'help', 'apps')).stdout, (await done(settings, 'apps', '--help')).stdout)
  })

  test('a long list reaches a slow reader whole', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t) }
    const sello = await startSello(t, settings)
    const office = connect(admin, { socket: join(settings.SELLO_DATA_DIR, 'sello.sock') })
    const names = Array.from({ length: 1000 }, (_, i) => `an application with quite a name ${i}`)
    for (const name of names) assert.equal((await office.addApp({ name })).kind, 'done')
    const main = join(import.meta.dirname, '../../src/main.ts')
    const reader = spawn('/bin/sh', ['-c', '"$@" | { sleep 1; cat; }', 'sh', process.execPath, main, 'apps', 'list'], {
      env: { ...process.env, ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const listed = await text(reader.stdout)
    assert.equal(listed.trim().split('\n').length, 2 + names.length, 'a head, app default, and each of them')
    await sello.stop()
  })

  test('demo plays the flows against a running Sello, and says so when there is none', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t), SELLO_PORT: String(await freePort()) }
    await refused(settings, 1, /nobody answers at http:\/\/localhost:\d+/, 'demo')
    const sello = await startSello(t, settings)
    const { stdout } = await done(settings, 'demo')
    assert.match(stdout, /All as it should be\.\n$/)
    const exchange = [...stdout.matchAll(/^> (\w+ \S+)[^<]*< (\d+)/gm)].map(([, call, status]) => `${call} ${status}`)
    assert.deepEqual(exchange.slice(-9), [
      'POST /v1/register 202',
      'POST /v1/verify-email 400',
      'POST /v1/login 403',
      'POST /v1/verify-email 200',
      'POST /v1/login 200',
      'GET /v1/account 200',
      'POST /v1/token 200',
      'POST /v1/logout 204',
      'GET /v1/account 401',
    ])
    await refused(settings, 1, /registration/, 'demo', '--key', 'sello_unknown')
    await sello.stop()
  })
})
