import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOrigin } from '../../src/rules/origin.ts'

test('an origin is read in the form that browsers send', () => {
  for (const [text, origin] of [
    ['https://app.example', 'https://app.example'],
    ['https://app.example/', 'https://app.example'],
    ['HTTPS://App.Example:443', 'https://app.example'],
    ['http://localhost:5173', 'http://localhost:5173'],
    ['http://[::1]:80', 'http://[::1]'],
    ['https://bücher.example:8443', 'https://xn--bcher-kva.example:8443'],
  ] as const)
    assert.equal(readOrigin(text), origin)
})

test('what is more, less or something else than an origin is none', () => {
  for (const text of [
    '',
    '*',
    'null',
    'app.example',
    '//app.example',
    'https://',
    'https://*.app.example',
    'https://app.example/shop',
    'https://app.example/?',
    'https://app.example?a=b',
    'https://app.example#',
    'https://ana@app.example',
    'https://app.example:99999',
    'ftp://app.example',
    'file:///etc',
    'data:text/html,x',
    'javascript:alert(1)',
    'blob:https://app.example/1',
    'https://app.example https://b.example',
    `https://${'a'.repeat(300)}.example`,
  ])
    assert.equal(readOrigin(text), null, text)
})
