import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { installClient } from '../support/client.ts'

const { path } = await installClient({ after: (done) => process.once('exit', done) })

test('base64url is read by hand, where the runtime cannot, exactly as natively', async () => {
  const holder = Uint8Array as { fromBase64?: unknown }
  const native = holder.fromBase64
  assert.ok(native, 'this Node has it')
  type Jwt = typeof import('../../client/src/jwt.ts')
  const load = (query: string) =>
    import(`${pathToFileURL(join(path, 'node_modules/@sello/client/dist/jwt.js')).href}?${query}`) as Promise<Jwt>
  const natively = await load('natively')
  delete holder.fromBase64
  const byHand = await load('by-hand').finally(() => Object.assign(holder, { fromBase64: native }))
  for (let length = 0; length < 300; length++) {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 7919 + length * 31) % 256))
    const text = bytes.toString('base64url')
    for (const { bytesOf } of [natively, byHand]) {
      assert.deepEqual(bytesOf(text), length === 0 ? null : new Uint8Array(bytes))
      for (const wrong of [`${text}=`, ` ${text}`, `${text}\n`, `${text}+`, `${text}/`, `${text}é`, `${text}AA====`])
        assert.equal(bytesOf(wrong), null)
    }
  }
  for (const { bytesOf } of [natively, byHand])
    for (const wrong of ['A', 'AB', 'AAB', 'AAAAB', 'AAAAAB']) assert.equal(bytesOf(wrong), null, wrong)
})
