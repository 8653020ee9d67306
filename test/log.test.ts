import assert from 'node:assert/strict'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLog } from '../src/log.ts'
import { folder } from './support/folder.ts'

test("other people's words are kept without addresses and without anything as long as a number, one line each", async (t) => {
  const path = join(folder(t), 'log')
  const log = createLog({ fd: openSync(path, 'a'), terminal: false }, () => 0)
  const words = '550 5.1.1 <ana@example.com>: no such user\n4821 0937 5516 \u001b[31m'
  log.info({ op: 'sendLetter', outcome: 'failed', to: 'ana@example.com', detail: words, error: new Error(words) })
  await log.end()
  const text = readFileSync(path, 'utf8')
  const [line, end] = text.split('\n')
  assert.equal(end, '')
  assert.doesNotMatch(text, /ana@|4821|\u001b/)
  const { to, detail, error } = JSON.parse(line!)
  assert.equal(to, 'a***@example.com')
  assert.match(detail, /^550 5\.1\.1 <a\*\*\*@example\.com>: no such user/)
  assert.match(error.message, /a\*\*\*@example\.com/)
})
