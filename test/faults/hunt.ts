import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { makeNumber } from '../../src/rules/number.ts'
import type { Api, Ran, Running } from '../support/server.ts'
import { filesOf, type Hay, needlesOf, type Secret, search } from './needles.ts'

export const marker = (name: string) => `${name.replaceAll(' ', '-')}-${randomBytes(16).toString('hex')}`
export const strangeNumber = () => makeNumber(String(randomInt(100)).padStart(2, '0'), String(randomInt(10 ** 9)).padStart(9, '0'))
const keyIn = ({ stdout }: Ran) => /^ {2}(sello_\w+)$/m.exec(stdout)?.[1] ?? assert.fail(`no API key in: ${stdout}`)

/** What is searched for, and what is searched: every file, also the generated secrets, which hold keys of their own but none of these. */
export function hunt() {
  const secrets: Secret[] = []
  const hay: Hay[] = []
  const spoken: string[] = []
  return {
    secrets,
    hay,
    /** Remembers a secret and gives it back. */
    keep(name: string, value = marker(name)) {
      secrets.push({ name, value })
      return value
    },
    look: (dataDir: string, when: string) => void hay.push(...filesOf(dataDir, when)),
    /** The log is its JSON lines; the banner, which shows the development key, is not one. */
    listen(sello: Pick<Running, 'stdout' | 'stderr'>, when: string) {
      const lines = sello.stdout().split('\n')
      const log = lines.filter((line) => line.startsWith('{')).join('\n')
      assert.ok(log.length > 0, 'there is a log')
      spoken.push(log)
      hay.push({ place: `${when}: log`, bytes: Buffer.from(log) }, { place: `${when}: stderr`, bytes: Buffer.from(sello.stderr()) })
    },
    spoken: () => spoken.join('\n'),
  }
}
export type Hunt = ReturnType<typeof hunt>

type Played = Api & Pick<Running, 'run'>

/** All flows of an application, right and wrong ones. `numberTo` gives the number of the next letter to an address. */
export async function playFlows(sello: Played, hunted: Hunt, numberTo: (email: string) => Promise<string>) {
  const { keep } = hunted
  const added = await sello.run('apps', 'add', 'shop')
  const rotated = await sello.run('apps', 'rotate', 'shop')
  const [older, key] = [keep('API key', keyIn(added)), keep('API key', keyIn(rotated))]
  async function registered(email: string, idempotencyKey?: string) {
    const token = keep('token')
    const number = numberTo(email)
    const { status, body } = await sello.register(email, { token, key, ...(idempotencyKey ? { idempotencyKey } : {}) })
    assert.equal(status, 202)
    return { id: body.id!, token, number: keep('number', await number) }
  }
  const expect = async (status: number, call: Promise<{ status: number }>) => assert.equal((await call).status, status)

  const once = keep('Idempotency-Key')
  const first = await registered('first@example.com', once)
  await expect(202, sello.register('first@example.com', { token: first.token, key, idempotencyKey: once }))
  await expect(422, sello.register('first@example.com', { token: keep('token'), key, idempotencyKey: once }))
  const proof = { email: 'first@example.com', token: first.token, key, idempotencyKey: keep('Idempotency-Key') }
  await expect(404, sello.check(first.number, { token: keep('token'), key }))
  await expect(404, sello.check(first.number, { email: 'other@example.com', key }))
  const checked = await sello.check(first.number, proof)
  assert.equal(checked.status, 200)
  const receipt = keep('receipt', checked.body.receipt!)
  keep('signature of the receipt', receipt.split('.')[2]!)
  assert.equal((await sello.check(first.number, proof)).body.receipt, receipt)
  await expect(404, sello.check(first.number, { key }))

  const replaced = await registered('second@example.com')
  const second = await registered('second@example.com')
  await expect(404, sello.check(replaced.number, { key }))
  keep('receipt', (await sello.check(second.number, { key })).body.receipt!)
  const revoked = await registered('revoked+tag@example.com')
  await expect(204, sello.ask({ method: 'DELETE', path: `/v1/identities/${revoked.id}`, key }))
  await registered('unused@example.com')

  const wrong = keep('wrong number', strangeNumber())
  await expect(404, sello.check(wrong, { key }))
  await expect(404, sello.check(wrong, { email: 'first@example.com', key: older }))
  await expect(
    400,
    sello.check(
      keep(
        'malformed number',
        wrong.replace(/.$/, (digit) => String((Number(digit) + 1) % 10)),
      ),
      { key },
    ),
  )
  await expect(401, sello.check(wrong, { key: keep('wrong API key') }))
  await expect(404, sello.show(wrong, key))
  await expect(404, sello.ask({ path: `/${keep('word in a URL')}?number=${wrong}&key=${key}`, key }))
  await expect(400, sello.ask({ method: 'POST', path: '/v1/identities/check', body: { number: wrong, [keep('field')]: 1 }, key }))
  await expect(400, sello.ask({ method: 'POST', path: '/v1/identities', body: keep('body that is not an object'), key }))
  await expect(415, sello.ask({ method: 'POST', path: '/v1/identities', headers: { 'content-type': keep('content type') }, key }))
  assert.equal((await sello.run('apps', 'rotate', 'shop', '--finish')).code, 0)
  for (const args of [
    ['letters', '--to', 'first@example.com'],
    ['apps', 'list'],
    ['apps', 'history'],
    ['keys', 'list'],
  ]) {
    const { code, stdout, stderr } = await sello.run(...args)
    assert.equal(code, 0)
    hunted.hay.push({ place: args.join(' '), bytes: Buffer.from(stdout + stderr) })
  }
  return { key, expect }
}

export const report = ({ hay, secrets }: Hunt) => {
  const needles = needlesOf(secrets)
  const bytes = hay.reduce((sum, one) => sum + one.bytes.length, 0)
  console.log(
    `searched ${hay.length} files and logs, ${Math.round(bytes / 1024)} KiB, for ${secrets.length} secrets in ${needles.length} forms`,
  )
  return search(hay, needles)
}
