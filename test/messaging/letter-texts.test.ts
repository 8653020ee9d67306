import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ConfigMistakes, readConfig } from '../../src/config.ts'
import { type Locale, locales } from '../../src/i18n/i18n.ts'
import { builtInTexts, judgeTexts } from '../../src/i18n/letter-texts.ts'
import { createComposer } from '../../src/messaging/compose.ts'
import { sampleLetters } from '../../src/messaging/samples.ts'
import { folder } from '../support/folder.ts'
import { letterOf, PUBLIC_URL } from '../support/letters.ts'
import { runSello } from '../support/server.ts'

const from = { name: 'Sello', address: 'no-reply@example.com' }
const APP = 'app_07abc'

/** A folder with these files; what is no text is written as JSON. */
function folderOf(t: TestContext, files: Record<string, unknown>): string {
  const path = folder(t)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return path
}
const textsIn = (path: string) => readConfig({ SELLO_LETTER_TEXTS: path }, 'messaging').letterTexts
const textsOf = (t: TestContext, files: Record<string, unknown>) => textsIn(folderOf(t, files))

test('the built-in words, taken as texts of one’s own, make the same letters in every language', (t) => {
  const texts = textsOf(t, Object.fromEntries(locales.map((locale) => [`${locale}.json`, builtInTexts(locale)])))
  for (const codeInSubject of [false, true]) {
    const house = { from, codeInSubject, publicUrl: PUBLIC_URL }
    assert.deepEqual(sampleLetters({ ...house, texts }), sampleLetters(house))
  }
})

test('one text takes the place of one, in its language, and one of an application goes before it', (t) => {
  const texts = textsOf(t, {
    'en.json': { codeLetter: { heading: '<b>Hello & welcome</b>', lead: 'At {app}: {app}' } },
    [`${APP}/en.json`]: { codeLetter: { heading: 'Hello from us' } },
    'notes.txt': 'passed over',
  })
  const { render } = createComposer({ from, texts })
  const english = (id?: string) =>
    render(letterOf('code', { locale: 'en', app: { ...(id ? { id } : {}), name: '{code} $& <i>', replyTo: null } }), PUBLIC_URL)
  const { text, html, subject } = english()
  assert.ok(html.includes('&#60;b&#62;Hello &#38; welcome&#60;/b&#62;') && !html.includes('<b>Hello'))
  assert.ok(text.startsWith('Code: 4892\n\nAt {code} $& <i>: {code} $& <i>\n'))
  assert.ok(!subject.includes('4892'))
  assert.ok(english(APP).html.includes('>Hello from us</h1>') && english(APP).text.includes('At {code}'))
  assert.ok(english('app_08other').html.includes('Hello &#38; welcome'))
  assert.deepEqual(render(letterOf('code'), PUBLIC_URL), createComposer({ from }).render(letterOf('code'), PUBLIC_URL))
})

test('with every text as long as it may be, a letter is still no larger than 20 KiB', (t) => {
  const files = locales.map((locale) => {
    const longest = Object.entries(builtInTexts(locale)).map(([name, texts]) => [
      name,
      Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, key === 'word' ? text! : grown(name, key, text!, locale)])),
    ])
    return [`${locale}.json`, Object.fromEntries(longest)]
  })
  const texts = textsOf(t, Object.fromEntries(files))
  for (const { name, files } of sampleLetters({ from, texts, publicUrl: PUBLIC_URL }))
    assert.ok(Buffer.byteLength(files.html) <= 20 * 1024, `${name}: ${files.html.length}`)

  function grown(letter: string, key: string, text: string, locale: Locale): string {
    const fits = (length: number) => judgeTexts({ [letter]: { [key]: text.padEnd(length, '&') } }, locale).length === 0
    return text.padEnd([300, 120, 100, 80, 40, 20].find(fits)!, '&')
  }
})

function mistakesOf(path: string): string[] {
  try {
    textsIn(path)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigMistakes, String(error))
    return error.lines.map((line) => line.replace(/^SELLO_LETTER_TEXTS /, '').replace(/\. Right would be: .+$/, ''))
  }
}

test('what cannot be used is refused at start, every mistake in one line of its own', async (t) => {
  const code = (texts: object) => ({ codeLetter: texts })
  const table: [given: unknown, wrong: string[]][] = [
    ['{', ['is not JSON']],
    [[], ['is no JSON object']],
    [{ codeletter: {} }, [', codeletter: is no letter']],
    [{ codeLetter: 'x' }, [', codeLetter: is no JSON object']],
    [{ signedInLetter: { from: 'x' } }, [', signedInLetter.from: is no text of that letter']],
    [JSON.parse('{"__proto__": {}}'), [', __proto__: is no letter']],
    [code({ heading: 4 }), [', codeLetter.heading: is no text']],
    [code({ heading: ' ' }), [', codeLetter.heading: is no text']],
    [code({ heading: 'x'.repeat(81) }), [', codeLetter.heading: has more than 80 characters']],
    [code({ subject: 'For {app}\nat {time}' }), [', codeLetter.subject: has a line break']],
    [code({ subject: '{code} for {app} at {time}' }), [', codeLetter.subject: has no value for {code}']],
    [{ numberLetter: { subject: '{number}: {app}' } }, ['.subject: has no value for {number}', '.subject: lacks {time}']],
    [code({ lead: 'Type it' }), [', codeLetter.lead: lacks {app}']],
    [code({ validUntil: 'Until {until}' }), [', codeLetter.validUntil: lacks {linkUntil}']],
    [code({ heading: 'see https://x.test' }), [', codeLetter.heading: holds a link']],
    [code({ heading: 'see WWW.x.test' }), [', codeLetter.heading: holds a link']],
    [code({ heading: 'a\u202eb' }), [', codeLetter.heading: has control characters']],
    [code({ heading: 'since 1998' }), [', codeLetter.heading: has digits that look like a code']],
    [code({ heading: 'a { b' }), [', codeLetter.heading: has a brace without its other one']],
    [code({ word: 'Code:' }), [', codeLetter.word: is no plain word']],
    [code({ preheader: 'Valid {until}' }), []],
  ]
  for (const [given, wrong] of table) {
    const found = mistakesOf(folderOf(t, { 'ru.json': given }))
    assert.equal(found.length, wrong.length, found.join('\n'))
    for (const [at, end] of wrong.entries()) assert.ok(found[at]!.startsWith('in ru.json') && found[at]!.endsWith(end), found.join())
  }
  assert.deepEqual(mistakesOf(folderOf(t, {})), ['names a folder without texts'])
  assert.deepEqual(mistakesOf('/nowhere'), ['names a folder that cannot be read (ENOENT)'])
  assert.deepEqual(mistakesOf(folderOf(t, { 'fr.json': {}, 'shop/es.json': {} })), [
    'has fr.json, which is no language of letters',
    'has a folder shop, which is no application’s id',
  ])

  const settings = {
    SELLO_DATA_DIR: folder(t),
    SELLO_LETTER_TEXTS: folderOf(t, { 'es.json': code({ lead: 'x', word: '' }), 'en.json': '' }),
  }
  const { code: exit, stderr } = await runSello(['start', '--role', 'messaging'], { ...settings, SELLO_PORT: 'x' })
  assert.equal(exit, 2)
  assert.equal(stderr.split('\n').length, 6, stderr)
  assert.match(stderr, /in es\.json, codeLetter\.lead: lacks \{app\}\. Right would be: "Escríbelo en la página de \{app\}/)

  const printed = await runSello(['letters', '--texts', 'ru'], { SELLO_DATA_DIR: settings.SELLO_DATA_DIR })
  assert.deepEqual(JSON.parse(printed.stdout), builtInTexts('ru'))
})
