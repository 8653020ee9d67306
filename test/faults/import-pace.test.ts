import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { hashSync } from '@node-rs/bcrypt'
import { appKey } from '../../src/persistence/app-records.ts'
import { line, office } from '../persistence/imported.ts'
import { BATTERY } from '../support/foreign.ts'

const REAL = { memory: 19_456, time: 2, parallelism: 1 }
const FOREIGN = 'foreign@example.com'
const NATIVE = 'native@example.com'
const NOBODY = 'nobody@example.com'

const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]!

/** Two-sided Mann-Whitney in its normal approximation: how likely so much of a difference is by chance. */
function chance(a: number[], b: number[]): number {
  const ranks = [...a.map((ms) => ({ ms, isA: true })), ...b.map((ms) => ({ ms, isA: false }))].sort((x, y) => x.ms - y.ms)
  const sum = ranks.reduce((total, { isA }, i) => total + (isA ? i + 1 : 0), 0)
  const u = sum - (a.length * (a.length + 1)) / 2
  const z = Math.abs(u - (a.length * b.length) / 2) / Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  // Abramowitz and Stegun 7.1.26
  const t = 1 / (1 + (0.3275911 * z) / Math.SQRT2)
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return poly * Math.exp((-z * z) / 2)
}

test('a sign-in at an address whose password another system hashed takes no other time than at any other address', async (t) => {
  const { importLines, login, holder, here, plant, app } = await office(t, { cost: REAL })
  const lines = [FOREIGN, NATIVE].map((email) => line(email, { password: hashSync(BATTERY, 8) }))
  await importLines(lines)
  await wait(600) // an app is remembered for half a second
  assert.equal((await login(NATIVE, BATTERY)).kind, 'granted')
  assert.match((await holder(NATIVE)).password!, /^argon2id\$/)

  async function compare(rounds: number) {
    const times: Record<string, number[]> = { [FOREIGN]: [], [NATIVE]: [], [NOBODY]: [] }
    const emails = Object.keys(times)
    for (let round = 0; round < rounds; round++) {
      for (const [i] of emails.entries()) {
        const email = emails[(i + round) % emails.length]!
        const began = performance.now()
        assert.equal((await login(email, 'a wrong password')).kind, 'invalid_credentials')
        times[email]!.push(performance.now() - began)
      }
    }
    return [NATIVE, NOBODY].map((other) => {
      const gap = Math.abs(median(times[FOREIGN]!) - median(times[other]!))
      const p = chance(times[FOREIGN]!, times[other]!)
      t.diagnostic(
        `${other}: medians ${median(times[FOREIGN]!).toFixed(2)} and ${median(times[other]!).toFixed(2)} ms, p = ${p.toPrecision(2)}`,
      )
      return { other, gap, p, isSeen: gap > 3 && p < 1e-6 }
    })
  }

  await compare(3)
  for (const { other, gap, p, isSeen } of await compare(40)) assert.ok(!isSeen, `${other}: ${gap} ms, p = ${p}`)

  // The same without the wait: what is compared would be seen.
  const { foreign, ...bare } = (await here.apps.named('default'))!
  assert.equal(foreign?.length, 1)
  await plant('00', appKey(app), bare)
  await wait(600)
  for (const { other, gap, p, isSeen } of await compare(30)) assert.ok(isSeen, `${other}: ${gap} ms, p = ${p}`)
  assert.match((await holder(FOREIGN)).password!, /^foreign\$/)
})
