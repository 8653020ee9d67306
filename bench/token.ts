// `./sello bench token`: the client's verifier beside the bare signature check of Web Crypto, in alternating rounds of one run.
import { verify as bareNode, createPublicKey, type webcrypto } from 'node:crypto'
import { createVerifier } from '../client/src/tokens.ts'
import { APP, accessClaims, ISSUER, type Signer, signer, token } from '../test/support/tokens.ts'

const ROUNDS = 9
/** Divides both counts. */
const SLICES = 50
const TOKENS = 1500
const CACHED = 100_000
const targets = { cachedUs: 5, ratio: 1.3 }
const algorithms = { ES256: { name: 'ECDSA', hash: 'SHA-256' }, RS256: { name: 'RSASSA-PKCS1-v1_5' } } as const

type Side = (at: number) => Promise<unknown> | boolean
const now = Math.floor(Date.now() / 1000)

/** Every token a new string, as it comes off the network: its hash is not known yet. */
const fresh = (text: string) => Buffer.from(text).toString('latin1')

async function sidesOf(alg: keyof typeof algorithms, key: Signer) {
  const claims = { ...accessClaims, iat: now, exp: now + 3600 }
  const texts = await Promise.all(Array.from({ length: TOKENS }, (_, i) => token(key, { ...claims, jti: `jti_${i}` })))
  const parts = texts.map((text) => {
    const dot = text.lastIndexOf('.')
    return { signed: Buffer.from(text.slice(0, dot)), signature: Buffer.from(text.slice(dot + 1), 'base64url') }
  })
  const fetch = (async () => Response.json({ keys: [key.published] })) as typeof globalThis.fetch
  const options = { issuer: ISSUER, audience: APP, fetch }
  const [uncached, cached] = [createVerifier({ ...options, cacheSize: 0 }), createVerifier(options)]
  const importing = { ES256: { name: 'ECDSA', namedCurve: 'P-256' }, RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } }[alg]
  const { kid: _, alg: __, use: ___, ...bare } = key.published
  const web = await crypto.subtle.importKey('jwk', bare as webcrypto.JsonWebKey, importing, false, ['verify'])
  const node = createPublicKey({ key: bare as webcrypto.JsonWebKey, format: 'jwk' })
  const all = (await Promise.all([uncached.verify(texts[0]!), cached.verify(texts[0]!)])).every(({ ok }) => ok)
  if (!all) throw new Error('a token of ours is refused')
  const copies = Array.from({ length: CACHED }, () => fresh(texts[0]!))
  const sides: Record<string, { count: number; side: Side; prepare?: () => void }> = {
    'bare Web Crypto': { count: TOKENS, side: (i) => crypto.subtle.verify(algorithms[alg], web, parts[i]!.signature, parts[i]!.signed) },
    uncached: { count: TOKENS, side: (i) => uncached.verify(texts[i]!) },
    'bare node:crypto': {
      count: TOKENS,
      side: (i) => bareNode('sha256', parts[i]!.signed, { key: node, dsaEncoding: 'ieee-p1363' }, parts[i]!.signature),
    },
    cached: {
      count: CACHED,
      prepare: () => void copies.splice(0, CACHED, ...Array.from({ length: CACHED }, () => fresh(texts[0]!))),
      side: (i) => cached.verify(copies[i]!),
    },
  }
  return sides
}

/** A round: all sides take turns, a slice each, so that what else the machine does falls on all of them. @returns µs per call, by slice */
async function play(entries: [string, { count: number; side: Side; prepare?: () => void }][]) {
  const us: Record<string, number[]> = Object.fromEntries(entries.map(([name]) => [name, []]))
  for (const [, { prepare }] of entries) prepare?.()
  for (let slice = 0; slice < SLICES; slice++) {
    for (const [name, { count, side }] of slice % 2 === 0 ? entries : entries.toReversed()) {
      const size = count / SLICES
      const began = performance.now()
      for (let i = size * slice; i < size * (slice + 1); i++) await side(i)
      us[name]!.push(((performance.now() - began) * 1000) / size)
    }
  }
  return us
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!

console.log(`Node ${process.version}; ${ROUNDS} rounds of 50 alternating slices, one call after another; medians\n`)
for (const alg of ['ES256', 'RS256'] as const) {
  const sides = await sidesOf(alg, await signer(alg))
  const rounds: Record<string, number[]>[] = []
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    const us = await play(Object.entries(sides))
    if (round > 0) rounds.push(us)
  }
  console.log(`${alg.padEnd(20)} µs per token`)
  for (const name of Object.keys(sides)) {
    const all = rounds.map((round) => median(round[name]!))
    const target = name === 'cached' ? `; target < ${targets.cachedUs}` : ''
    console.log(
      `  ${name.padEnd(18)} ${median(all).toFixed(2).padStart(8)}  (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)}${target})`,
    )
  }
  const ratios = rounds.map((round) => median(round.uncached!.map((us, slice) => us / round['bare Web Crypto']![slice]!)))
  console.log(
    `  uncached / bare Web Crypto: ×${median(ratios).toFixed(2)} (rounds: ${ratios.map((r) => r.toFixed(2)).join(' ')}); target ×${targets.ratio}\n`,
  )
}
