import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { folder } from '../support/folder.ts'
import { freePort } from '../support/gate.ts'
import { type Ran, runSello, type Sello, startSello, until } from '../support/server.ts'
import { captureSmtp } from '../support/smtp.ts'

/** Given back, letters go out at the restart; kept, their leases would end after 30 s. Room for a machine that is busy. */
const RESENT_MS = 10_000

/** It was refused in one line that says why, with nothing else said. */
function refused({ code, stdout, stderr }: Ran, why: RegExp) {
  assert.equal(code, 1, stderr || stdout)
  assert.match(stderr, /^sello: [^\n]+\n$/)
  assert.match(stderr, why)
  assert.equal(stdout, '')
}

/** Sends half of a registration, until the server says that it has its head; `finish` sends the rest and gives everything that was answered until the connection ended. */
async function halfSent({ url, apiKey }: Sello, email: string) {
  const body = JSON.stringify({ email, token: 'slow' })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(
    `POST /v1/identities HTTP/1.1\r\nHost: sello\r\nAuthorization: Bearer ${apiKey}\r\nExpect: 100-continue\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
  )
  const [told] = (await once(socket, 'data')) as [Buffer]
  assert.equal(told.toString(), 'HTTP/1.1 100 Continue\r\n\r\n')
  const answered = text(socket)
  return {
    socket,
    finish() {
      socket.write(body.slice(10))
      return answered
    },
  }
}

describe('the process', { concurrency: 2, timeout: 240_000 }, () => {
  test('a second start on the same data folder is refused, and the first goes on', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t) }
    const first = await startSello(t, settings)
    for (let i = 0; i < 2; i++) refused(await runSello(['start'], settings), /another Sello process has the store/)
    assert.equal((await first.register('ana@example.com')).status, 202)
    assert.equal((await first.run('apps', 'list')).code, 0, 'the commands still reach the first')
    await first.kill()
    const second = await startSello(t, settings)
    assert.equal((await second.register('ana@example.com')).status, 202)
    refused(await runSello(['start'], settings), /another Sello process has the store/)
    assert.equal((await second.stop()).code, 0)
  })

  test('SIGTERM under load: it ends in order, and no acknowledged letter is lost or doubled', async (t) => {
    const smtp = await captureSmtp()
    t.after(smtp.close)
    const settings = { SELLO_DATA_DIR: folder(t), SELLO_LIMITS: 'off', SELLO_SMTP_URL: smtp.url }
    const acked: string[] = []
    const answers: number[] = []
    for (let round = 0; round < 3; round++) {
      const sello = await startSello(t, settings)
      let sending = true
      const hands = Array.from({ length: 32 }, async (_, hand) => {
        for (let i = 0; sending; i++) {
          const email = `r${round}-${i}@domain${hand}.example`
          const answer = await sello.register(email).catch(() => null)
          if (!answer) return
          answers.push(answer.status)
          if (answer.status === 202) acked.push(email)
        }
      })
      await wait(700)
      const { code, signal, ms } = await sello.stop()
      sending = false
      await Promise.all(hands)
      assert.deepEqual({ code, signal }, { code: 0, signal: null })
      assert.ok(ms < 10_000, `it took ${Math.round(ms)} ms to end`)
    }
    const last = await startSello(t, settings)
    const missing = () => {
      const arrived = new Set(smtp.letters.map(({ envelope }) => envelope.to))
      return acked.filter((email) => !arrived.has(email))
    }
    const left = missing().length
    const began = performance.now()
    await until('the letters that were left', RESENT_MS, () => missing().length === 0).catch(() => {})
    const took = Math.round(performance.now() - began)
    assert.deepEqual(missing(), [], `acknowledged, and no letter ${took} ms after the restart`)
    await last.stop()
    const all = smtp.letters.map(({ messageId }) => messageId)
    console.log(
      `SIGTERM three times under load: ${acked.length} acknowledged, ${all.length} letters, the last ${left} ${took} ms after the restart`,
    )
    assert.equal(new Set(all).size, all.length, 'none twice')
    assert.deepEqual([...new Set(answers)], [202])
  })

  test('requests that are under way at SIGTERM are answered; nobody new is let in', async (t) => {
    const sello = await startSello(t, { SELLO_DATA_DIR: folder(t) })
    const halves = await Promise.all(Array.from({ length: 20 }, (_, i) => halfSent(sello, `half${i}@example.com`)))
    const ending = sello.stop()
    await wait(500)
    const stranger = connect(Number(new URL(sello.url).port), '127.0.0.1')
    const outcome = await new Promise((resolve) => {
      stranger.once('error', (error: NodeJS.ErrnoException) => resolve(error.code)).once('connect', () => resolve('connected'))
    })
    assert.equal(outcome, 'ECONNREFUSED')
    assert.equal(await sello.readiness(), 503, 'not ready from the signal on')
    for (const answer of await Promise.all(halves.map((half) => half.finish()))) {
      assert.match(answer, /^HTTP\/1\.1 202 /)
      assert.match(answer, /\r\nconnection: close\r\n/i)
    }
    const { code, ms } = await ending
    assert.equal(code, 0)
    assert.ok(ms < 5000, `it took ${Math.round(ms)} ms to end`)
  })

  test('a reader of the log that stops reading costs lines, never requests, nor the end', async (t) => {
    const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_LIMITS: 'off' })
    sello.child.stdout!.pause()
    const slow: number[] = []
    const dropped = () => sello.metric('sello_log_lines_dropped')
    await until('lines to be dropped', 120_000, async () => {
      const answers = await Promise.all(Array.from({ length: 500 }, () => sello.ask({ path: '/nothing' })))
      slow.push(...answers.filter(({ status, ms }) => status !== 404 || ms > 5000).map(({ ms }) => ms))
      return (await dropped()) > 0
    })
    assert.deepEqual(slow, [])
    assert.equal((await sello.register('ana@example.com')).status, 202)
    assert.equal(await sello.readiness(), 200)
    const began = performance.now()
    const gone = once(sello.child, 'exit')
    sello.child.kill('SIGTERM')
    const outcome = await Promise.race([gone, wait(15_000, ['still there after 15 s'], { ref: false })])
    assert.deepEqual(outcome, [0, null])
    const ms = performance.now() - began
    assert.ok(ms < 5000, `it took ${Math.round(ms)} ms to end while nobody read its words`)
    sello.child.stdout!.resume()
  })

  test('a reader of the log that goes away changes nothing', async (t) => {
    const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_LIMITS: 'off' })
    sello.child.stdout!.destroy()
    for (let i = 0; i < 5; i++) {
      const answers = await Promise.all(Array.from({ length: 40 }, (_, k) => sello.register(`gone${i}-${k}@example.com`)))
      assert.ok(answers.every(({ status }) => status === 202))
    }
    assert.equal(await sello.readiness(), 200)
    sello.child.kill('SIGTERM')
    const outcome = await Promise.race([once(sello.child, 'exit'), wait(15_000, ['still there after 15 s'], { ref: false })])
    assert.deepEqual(outcome, [0, null])
    assert.equal(sello.stderr(), '')
  })

  test('generated secrets that are gone or damaged beside a store: refused, and nothing is made anew', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t) }
    const path = join(settings.SELLO_DATA_DIR, 'development-secrets.json')
    const before = await startSello(t, settings)
    const { body } = await before.register('ana@example.com')
    await before.stop()
    const good = readFileSync(path, 'utf8')
    const { signing, ...unsigned } = JSON.parse(good) as Record<string, unknown>
    rmSync(path)
    refused(await runSello(['start'], settings), /development-secrets\.json is gone/)
    refused(await runSello(['apps', 'list'], settings), /development-secrets\.json is gone/)
    assert.equal(existsSync(path), false)
    const damaged = ['', '{}', 'null', good.slice(0, 100), good.replace('"v": 1', '"v": 9'), JSON.stringify({ ...unsigned, signing: {} })]
    for (const bad of damaged) {
      writeFileSync(path, bad)
      refused(await runSello(['start'], settings), /development-secrets\.json is damaged/)
      assert.equal(readFileSync(path, 'utf8'), bad)
    }
    writeFileSync(path, good)
    assert.ok(signing)
    const after = await startSello(t, settings)
    assert.equal((await after.show(body.id!)).status, 200)
    await after.stop()
  })

  test('a data folder that cannot be written is refused in one line', async (t) => {
    const file = join(folder(t), 'file')
    writeFileSync(file, '')
    for (const place of [file, join(file, 'below'), '/proc/sello', '/dev/null/sello']) {
      refused(await runSello(['start'], { SELLO_DATA_DIR: place }), /the data folder .* cannot be written .*SELLO_DATA_DIR/)
    }
  })

  test('a port that is taken is refused in one line that names its setting', async (t) => {
    const port = await freePort()
    const holder = createServer().listen(port, '127.0.0.1')
    t.after(() => holder.close())
    const settings = { SELLO_DATA_DIR: folder(t) }
    for (const name of ['SELLO_PORT', 'SELLO_OPS_PORT']) {
      const ran = await runSello(['start'], { ...settings, [name]: String(port) })
      refused(ran, new RegExp(`port ${port} is taken; ${name} `))
    }
    const sello = await startSello(t, settings)
    await sello.stop()
  })

  test('killed at any moment of its first start, it starts the next time', async (t) => {
    for (let round = 0; round < 16; round++) {
      const settings = { SELLO_DATA_DIR: folder(t) }
      await runSello(['start'], settings, 120 + round * 15)
      const left = existsSync(settings.SELLO_DATA_DIR) ? readdirSync(settings.SELLO_DATA_DIR).join() : ''
      const sello = await startSello(t, settings).catch((error: Error) => assert.fail(`after ${left}: ${error.message}`))
      assert.equal((await sello.register('ana@example.com')).status, 202)
      await sello.kill()
    }
  })
})
