import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LETTER_KINDS } from '../../src/contract/messaging.ts'
import { folder } from '../support/folder.ts'
import { runSello } from '../support/server.ts'

test('every kind of letter is rendered in every language and theme, with a page that shows them', async (t) => {
  const settings = { SELLO_DATA_DIR: join(folder(t), 'none'), SELLO_PUBLIC_URL: 'https://id.example.org' }
  const out = join(folder(t), 'new', 'letters')
  const { code, stdout, stderr } = await runSello(['letters', '--render', out, '--accent', '#7A2E6E'], settings)
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^\d+ letters; to look at: .*index\.html\n$/)
  const [files, read] = [readdirSync(out), (name: string) => readFileSync(join(out, name), 'utf8')]
  const index = read('index.html')
  for (const name of LETTER_KINDS.flatMap((kind) => ['es', 'ru', 'en'].map((locale) => `${kind}.${locale}`))) {
    for (const ending of ['html', 'light.html', 'dark.html', 'txt', 'eml'])
      assert.ok(files.includes(`${name}.${ending}`), `${name}.${ending}`)
    assert.equal(index.split(`src="${name}.dark.html"`).length, 3, name)
    assert.ok(Buffer.byteLength(read(`${name}.html`)) <= 20 * 1024)
  }
  assert.ok(read('code.en.html').includes('prefers-color-scheme:dark') && read('code.en.html').includes('bgcolor="#7A2E6E"'))
  assert.ok(read('code.en.dark.html').includes('@media all{') && read('code.en.light.html').includes('@media not all{'))
  assert.match(read('reset.en.txt'), /\nhttps:\/\/id\.example\.org\/password\/reset/)
  assert.match(read('welcome.ru.eml'), /^Date: .*\r\nFrom: /)

  const wrong = await runSello(['letters', '--render', out, '--accent', 'red'], settings)
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /^sello: letters: --accent is a colour/)
  assert.equal((await runSello(['letters'], settings)).code, 2)
})
