import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Line, linesOf } from '../../src/cli/lines.ts'

async function* inChunks(text: string | Buffer, size: number) {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
async function read(text: string | Buffer, size: number, most = 20): Promise<Line[]> {
  const lines: Line[] = []
  for await (const some of linesOf(inChunks(text, size), most)) lines.push(...some)
  return lines
}

test('lines: however the chunks fall, with LF or CRLF, a byte order mark, and no end of the last one', async () => {
  const text = '\ufeffone\r\n\r\ntwo ñ🦊\n  three \n\nlast'
  for (let size = 1; size <= Buffer.byteLength(text); size++) {
    const lines = await read(text, size)
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['one', '', 'two ñ🦊', 'three', '', 'last'],
    )
    assert.deepEqual(
      lines.map(({ number }) => number),
      [1, 2, 3, 4, 5, 6],
    )
  }
  assert.deepEqual(await read('', 1), [])
  assert.deepEqual(
    (await read('one\n', 2)).map(({ text }) => text),
    ['one'],
  )
})

test('lines: one that is too long, and one that is not UTF-8, are said to be so; those around them are read', async () => {
  const text = Buffer.concat([
    Buffer.from(`${'x'.repeat(20)}\n${'x'.repeat(21)}\nfine\n`),
    Buffer.from([0x22, 0xff, 0x22, 0x0a]),
    Buffer.from(`good\n${'y'.repeat(500)}`),
  ])
  for (const size of [1, 7, 64, 4096]) {
    const lines = await read(text, size)
    assert.deepEqual(
      lines.map(({ problem }) => problem),
      [null, 'too_long', null, 'not_utf8', null, 'too_long'],
    )
    assert.deepEqual([lines[0]!.text, lines[2]!.text, lines[4]!.text], ['x'.repeat(20), 'fine', 'good'])
  }
})

test('lines: a line of a gigabyte takes no memory', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  async function* endless() {
    for (let n = 0; n < 1024; n++) yield chunk
    yield Buffer.from('\nfine\n')
  }
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  const lines: Line[] = []
  for await (const some of linesOf(endless(), 16 * 1024)) {
    lines.push(...some)
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }
  assert.deepEqual(
    lines.map(({ text, problem }) => [text, problem]),
    [
      [null, 'too_long'],
      ['fine', null],
    ],
  )
  assert.ok(most < 16 * 1024 * 1024, `${most} bytes`)
})
