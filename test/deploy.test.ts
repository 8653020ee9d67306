import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { readConfig } from '../src/config.ts'
import { deploy, fileOf, imageEnvironment, makeFiles, readCompose, readUnits, replaced, roleIn } from './support/deploy.ts'

const root = join(deploy, '..')
const files = mkdtempSync(join(tmpdir(), 'sello-deploy-'))
after(() => rmSync(files, { recursive: true, force: true }))
makeFiles(files)

describe('deploy/Dockerfile', () => {
  const text = fileOf('Dockerfile').replace(/\\\n/g, ' ')
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM')))
  const all = (word: string) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))

  test('each base names its version, of a Node that runs the sources', () => {
    assert.equal(all('FROM').length, 2)
    for (const base of all('FROM')) assert.ok(Number(/^node:(\d+)[\d.]*-slim\b/.exec(base)?.[1]) >= 26, base)
  })

  test('what it copies is there, and is let through by .dockerignore', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
    assert.ok(ignored.includes('*'))
    const sources = all('COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(/\s+/).slice(0, -1))
    assert.ok(sources.includes('src') && sources.includes('package-lock.json'))
    for (const source of sources) {
      assert.ok(existsSync(join(root, source)), source)
      assert.ok(ignored.includes(`!${source}`), `${source} does not reach the builder`)
    }
  })

  test('it runs as nobody in particular, tells its health and ends in order', () => {
    assert.deepEqual(
      last.filter((line) => line.startsWith('USER')),
      ['USER 10001:10001'],
    )
    assert.ok(last.includes('STOPSIGNAL SIGTERM'))
    assert.ok(last.includes('VOLUME /var/lib/sello'))
    assert.match(last.find((line) => line.startsWith('ENTRYPOINT'))!, /^ENTRYPOINT \["node", "\/opt\/sello\/src\/main\.ts"\]$/)
    assert.match(text, /--omit=dev --omit=optional --ignore-scripts/)
    assert.equal(imageEnvironment().SELLO_MODE, 'production')
  })

  test('its health check says what the ops listener says', async (t) => {
    let status = 200
    const server = createServer((_, response) => response.writeHead(status).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const [, , script] = JSON.parse(/CMD (\["node", "-e".*\])$/m.exec(text)![1]!) as string[]
    const check = (port: number) =>
      new Promise<number | null>((resolve) => {
        spawn(process.execPath, ['-e', script!], { env: { SELLO_OPS_PORT: String(port) } }).once('exit', resolve)
      })
    const { port } = server.address() as { port: number }
    assert.equal(await check(port), 0)
    status = 503
    assert.equal(await check(port), 1)
    assert.equal(await check(9), 1) // where nobody listens
  })
})

describe('deploy/compose.yaml', () => {
  const { services, networks, secrets, volumes } = readCompose()
  const own = Object.entries(services).filter(([, { build }]) => build)

  test('every service of ours starts with the settings that it gives', () => {
    assert.deepEqual(own.map(([name]) => name).toSorted(), ['gateway', 'messaging', 'persistence'])
    for (const [name, { command, environment }] of own) {
      assert.equal(roleIn(command!), name)
      const config = readConfig(replaced({ ...imageEnvironment(), ...environment! }, { '/run/secrets': files }), roleIn(command!))
      assert.equal(config.mode, 'production')
      assert.deepEqual(config.withoutEffect, [])
      const read = new Set(Object.values(environment!).flatMap((value) => /\/run\/secrets\/(\S+)/.exec(value)?.[1] ?? []))
      assert.deepEqual([...read].toSorted(), services[name]!.secrets!.toSorted(), 'it is given what it reads, and nothing else')
    }
  })

  test('a setting that is misspelt would be found', () => {
    const environment = { ...imageEnvironment(), ...services.messaging!.environment, SELLO_SMPT_TLS: 'required' }
    assert.throws(() => readConfig(replaced(environment, { '/run/secrets': files }), 'messaging'), /SELLO_SMPT_TLS is not a setting/)
  })

  test('every secret is a file that the scripts make, and is used', () => {
    const made = readdirSync(files)
    for (const { file } of Object.values(secrets)) assert.ok(made.includes(file.split('/').at(-1)!), file)
    assert.deepEqual(
      [...new Set(Object.values(services).flatMap((service) => service.secrets ?? []))].toSorted(),
      Object.keys(secrets).toSorted(),
    )
  })

  test('only the gateway is published, to this machine; each reaches only whom it must', () => {
    const members = (network: string) => Object.keys(services).filter((name) => services[name]!.networks.includes(network))
    assert.deepEqual(Object.fromEntries(Object.keys(networks).map((name) => [name, members(name)])), {
      front: ['gateway'],
      'to-persistence': ['gateway', 'persistence'],
      'to-messaging': ['gateway', 'messaging'],
      'to-redis': ['persistence', 'redis'],
      mail: ['messaging', 'mailpit'],
    })
    for (const name of ['to-persistence', 'to-messaging', 'to-redis']) assert.equal(networks[name]!.internal, true)
    const published = Object.entries(services).filter(([, { ports }]) => ports)
    assert.deepEqual(
      published.filter(([, { profiles }]) => !profiles).map(([name]) => name),
      ['gateway'],
    )
    for (const port of published.flatMap(([, { ports }]) => ports!)) assert.match(port, /^127\.0\.0\.1:/)
  })

  test('every container is bounded, without privileges, and of a named version', () => {
    for (const [name, { image, read_only, cap_drop, mem_limit, build, user }] of Object.entries(services)) {
      assert.match(image, /:v?\d+\.\d+/, name)
      assert.deepEqual([read_only, cap_drop, typeof mem_limit], [true, ['ALL'], 'string'], name)
      assert.ok(build || /^[1-9]\d*:/.test(user ?? ''), `${name} runs as root`)
      if (build) assert.ok(existsSync(join(deploy, build.context, build.dockerfile)))
    }
    assert.deepEqual(Object.keys(volumes), ['redis', 'commands'])
  })
})

describe('deploy/systemd', () => {
  const units = readUnits()
  /** What an operator puts into the EnvironmentFile. */
  const address = { SELLO_PUBLIC_URL: 'https://id.example.com', SELLO_MAIL_FROM: 'Sello <no-reply@example.com>' }

  test('every unit starts with the settings that it gives', () => {
    assert.deepEqual(units.map(({ role }) => role).toSorted(), ['all', 'gateway', 'messaging', 'persistence'])
    for (const { name, role, environment, credentials } of units) {
      const config = readConfig({ ...address, ...replaced(environment, { '%d': files, '%S': '/var/lib' }) }, role)
      assert.equal(config.mode, 'production', name)
      const read = Object.values(environment).flatMap((value) => /%d\/(.+)$/.exec(value)?.[1] ?? [])
      assert.deepEqual(read.toSorted(), Object.keys(credentials).toSorted(), `${name} is given what it reads, and nothing else`)
      for (const [credential, path] of Object.entries(credentials)) {
        assert.equal(path, `/etc/sello/secrets/${credential}`)
        assert.ok(existsSync(join(files, credential)), credential)
      }
    }
  })

  test('each has a user that is made, time to end in, and no way to gain a right', () => {
    const users = [...fileOf('systemd/sello.sysusers.conf').matchAll(/^u (\S+)/gm)].map(([, name]) => name)
    for (const { text, name } of units) {
      assert.ok(users.includes(/^User=(.+)$/m.exec(text)![1]), name)
      assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)![1]) > 10, name)
      for (const line of ['NoNewPrivileges=yes', 'CapabilityBoundingSet=', 'ProtectSystem=strict', 'RestartPreventExitStatus=2'])
        assert.ok(text.split('\n').includes(line), `${name}: ${line}`)
    }
  })

  test('the sockets lie where their callers look', () => {
    const of = (role: string) => units.find((unit) => unit.role === role)!
    for (const role of ['persistence', 'messaging']) {
      const { environment, text } = of(role)
      assert.equal(environment.SELLO_HOST, of('gateway').environment[`SELLO_${role.toUpperCase()}_URL`])
      assert.ok(environment.SELLO_HOST!.startsWith(`unix:/run/${/^RuntimeDirectory=(.+)$/m.exec(text)![1]}/`))
      assert.match(of('gateway').text, new RegExp(`^SupplementaryGroups=.*\\b${/^User=(.+)$/m.exec(text)![1]}\\b`, 'm'))
    }
  })

  test('systemd has nothing to say against them, where it is there to be asked', () => {
    assert.ok(units.every(({ text }) => /^\[Unit\]\n.+^\[Service\]\n.+^\[Install\]\n/ms.test(text)))
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) return
    const names = units.map(({ name, text }) => {
      // Sello is not installed on this machine: any program stands for it.
      writeFileSync(join(files, name), text.replace('/opt/sello/sello', '/bin/sh').replace(/^Documentation=.*\n/m, ''))
      return name
    })
    writeFileSync(join(files, 'sello.target'), fileOf('systemd/sello.target').replace(/^Documentation=.*\n/m, ''))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...names.map((name) => `./${name}`)], {
      cwd: files,
      encoding: 'utf8',
    })
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  })
})

describe('deploy/certificates.sh and secrets.sh', () => {
  const certificate = (name: string) => new X509Certificate(readFileSync(join(files, `${name}.pem`)))

  test('one authority, a certificate for each server; nobody else enters the folder', () => {
    const ca = certificate('ca')
    assert.equal(ca.ca, true)
    for (const name of ['persistence', 'messaging', 'redis', 'mailpit']) {
      const one = certificate(name)
      assert.ok(one.verify(ca.publicKey) && !one.ca, name)
      assert.equal(one.checkHost(name), name)
      assert.equal(one.checkHost('example.com'), undefined)
    }
    assert.equal(statSync(files).mode & 0o777, 0o700)
    assert.equal(statSync(join(files, 'ca.key')).mode & 0o777, 0o600)
  })

  test('run again, certificates are new under the same authority, and secrets stay', () => {
    const seen = () => ({ ca: certificate('ca').fingerprint256, pepper: readFileSync(join(files, 'pepper'), 'utf8') })
    const before = { ...seen(), serial: certificate('redis').serialNumber }
    makeFiles(files)
    assert.deepEqual(seen(), { ca: before.ca, pepper: before.pepper })
    assert.notEqual(certificate('redis').serialNumber, before.serial)
  })
})
