import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRedisUrl } from '../src/redis-url.ts'

const plain = { kind: 'single', tls: false, username: null, password: null, database: 0, master: null }
const hosts = (...names: string[]) => names.map((name) => ({ host: name, port: 6379 }))

test('every form of URL is read', () => {
  const forms: Record<string, object> = {
    'redis://localhost': { ...plain, hosts: hosts('localhost') },
    'redis://localhost/': { ...plain, hosts: hosts('localhost') },
    'redis://10.0.0.1:7000/3': { ...plain, hosts: [{ host: '10.0.0.1', port: 7000 }], database: 3 },
    'rediss://[::1]:7000': { ...plain, tls: true, hosts: [{ host: '::1', port: 7000 }] },
    'redis://:p%40ss%2F%3A@h': { ...plain, hosts: hosts('h'), password: 'p@ss/:' },
    'redis://us%C3%A9r:a:b@h': { ...plain, hosts: hosts('h'), username: 'usér', password: 'a:b' },
    'redis://u:p@ss@h': { ...plain, hosts: hosts('h'), username: 'u', password: 'p@ss' },
    'redis-cluster://a,b:7000,[::1]:7001': {
      ...plain,
      kind: 'cluster',
      hosts: [...hosts('a'), { host: 'b', port: 7000 }, { host: '::1', port: 7001 }],
    },
    'rediss-cluster://u:p@a,b': { ...plain, kind: 'cluster', tls: true, hosts: hosts('a', 'b'), username: 'u', password: 'p' },
    'redis-sentinel://:p@a,b:7/my-master': {
      ...plain,
      kind: 'sentinel',
      hosts: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 7 },
      ],
      password: 'p',
      master: 'my-master',
    },
    'rediss-sentinel://a/m': { ...plain, kind: 'sentinel', tls: true, hosts: [{ host: 'a', port: 26379 }], master: 'm' },
  }
  for (const [text, expected] of Object.entries(forms)) assert.deepEqual(readRedisUrl(text), expected, text)
})

test('what is wrong is named, never repeated, and an example of that kind is given', () => {
  const wrong: Record<string, RegExp> = {
    '': /is not a URL/,
    'http://s3cret@h': /is not a URL/,
    'redis:s3cret': /is not a URL/,
    'redis://': /host or port/,
    'redis://s3cret@h': /name without a password/,
    'redis://s3cret:@h': /name without a password/,
    'redis://:s3cret%@h': /not percent-encoded/,
    'redis://:s3/cret@h': /not percent-encoded/,
    'redis://:s3cret@h:0': /host or port/,
    'redis://:s3cret@h:65536': /host or port/,
    'redis://:s3cret@h:x': /host or port/,
    'redis://:s3cret@a b': /host or port/,
    'redis://:s3cret@a,b': /several hosts/,
    'redis://:s3cret@h/x': /database/,
    'redis://:s3cret@h/0?db=1': /database/,
    'redis-cluster://:s3cret@a,b/1': /one database/,
    'redis-cluster://:s3cret@a,,b': /host or port/,
    'redis-sentinel://:s3cret@a,b': /call the master/,
    'redis-sentinel://:s3cret@a/x y': /call the master/,
  }
  for (const [text, expected] of Object.entries(wrong)) {
    const found = readRedisUrl(text)
    assert.ok('wrong' in found, text)
    assert.match(found.wrong, expected, text)
    assert.doesNotMatch(`${found.wrong}${found.right}`, /s3/, text)
    assert.ok(!('wrong' in readRedisUrl(found.right)), 'the example is right')
  }
})
