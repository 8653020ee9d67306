// The limits of what people ask: a bare route with the same schemas and the bare parts of the work, on a store that holds the same.
import { createPublicKey, generateKeyPairSync, sign, verify, type webcrypto } from 'node:crypto'
import { EmailVerified, LoginBody, SignedIn, VerifyEmailBody } from '../src/contract/gateway-accounts.ts'
import { IntrospectBody, TokenBody } from '../src/contract/oauth.ts'
import type { AccessClaims } from '../src/gateway/access.ts'
import type { Store } from '../src/persistence/store/store.ts'
import { EPOCH_KEY } from '../src/persistence/store/transact.ts'
import { createBareThreads, replay, serveBare } from './bare.ts'
import type { Place } from './place.ts'
import { accessTokens, addressOf, many, peopleFor, preload, tokensOf, type Waiting } from './preload.ts'

/** Where a handle (`ses_42…`) lies. */
const partitionOf = (handle: string) => handle.slice(4, 6)
const withKey = <K>(key: K) => ({ key, dsaEncoding: 'ieee-p1363' as const })

type Limit = { port: number; items: unknown[] }

/** A right code: the commit that it makes. */
export async function verifyLimit(place: Place, store: Store, count: number): Promise<Limit> {
  const sample = 'recorded@example.com'
  const { result: waiting, change } = await place.prepared(store, true, async (handlers) => {
    const { signUp } = preload(place, handlers)
    const all = await many(count, (i) => signUp(addressOf(i)))
    const judged = await handlers.verifyEmail({ app: null, ...(await signUp(sample)), password: null, sendNow: true })
    if (judged.kind !== 'verified') throw new Error(judged.kind)
    return { all, account: judged.account }
  })
  const homeOf = ({ email, flow }: Waiting) => {
    const partition = partitionOf(flow)
    return { partition, names: [email, `acc_${partition}${place.env.id()}`] }
  }
  const commit = await replay(store, place.env.id, change, [sample, waiting.account], waiting.all.map(homeOf))
  const route = { path: '/v1/verify-email', body: VerifyEmailBody, answer: EmailVerified, status: 200 }
  const port = await serveBare(route, async () => {
    await commit()
    return { status: 'verified', email: sample }
  })
  return { port, items: waiting.all }
}

/** A right password: one argon2id. */
export async function loginLimit(): Promise<Limit> {
  const hash = createBareThreads()
  const answer = { ...signedIn(), access_token: 'x'.repeat(700) }
  const port = await serveBare<{ password: string }>(
    { path: '/v1/login', body: LoginBody, answer: SignedIn, status: 200 },
    async (body) => {
      const input = new Uint8Array(32)
      input.set(Buffer.from(body.password).subarray(0, 32))
      await hash(input)
      return answer
    },
  )
  return { port, items: [] }
}

const signedIn = () => ({
  token_type: 'Bearer',
  expires_in: 86_400,
  refresh_token: `rt_42${'x'.repeat(22)}.1.${'x'.repeat(43)}`,
  refresh_expires_in: 2_592_000,
  account: { id: `acc_42${'x'.repeat(22)}`, email: addressOf(42) },
})

/** The newest refresh token: the commit of its rotation and the signature of an access token. */
export async function refreshLimit(place: Place, store: Store, count: number): Promise<Limit> {
  const { result: people, change } = await place.prepared(store, true, async (handlers) => {
    const { signedIn: sign } = preload(place, handlers)
    const all = await many(peopleFor(count) + 1, (i) => sign(addressOf(i)))
    const sample = all.pop()!
    await handlers.refreshSession({ client: { kind: 'public', app: null }, token: sample.refreshToken })
    return { all, sample }
  })
  const homes = people.all.map(({ session: { id, account } }) => ({ partition: partitionOf(id), names: [id, account] }))
  const { session } = people.sample
  const commit = await replay(store, place.env.id, change, [session.id, session.account], homes)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const input = Buffer.from('x'.repeat(600))
  const port = await serveBare({ path: '/v1/token', body: TokenBody, answer: SignedIn, status: 200 }, async () => {
    await commit()
    const signature = sign('sha256', input, withKey(privateKey)).toString('base64url')
    return { ...signedIn(), access_token: `${input.toString()}.${signature}` }
  })
  return { port, items: people.all }
}

/** An access token that was not seen before: its signature verified, its session and its account read at once, as Sello does. */
export async function introspectLimit(place: Place, store: Store, count: number): Promise<Limit> {
  const { result: people } = await place.prepared(store, true, (handlers) =>
    many(peopleFor(count), (i) => preload(place, handlers).signedIn(addressOf(i))),
  )
  const tokens = await tokensOf(place, 'http://localhost')
  const key = createPublicKey({ key: tokens.publicKeys()[0]! as webcrypto.JsonWebKey, format: 'jwk' })
  const route = { path: '/v1/introspect', body: IntrospectBody, status: 200 }
  const port = await serveBare<{ token: string }>(route, async ({ token }) => {
    const dot = token.lastIndexOf('.')
    if (!verify('sha256', Buffer.from(token.slice(0, dot)), withKey(key), Buffer.from(token.slice(dot + 1), 'base64url')))
      throw new Error('a token of ours is refused')
    const claims = JSON.parse(Buffer.from(token.slice(token.indexOf('.') + 1, dot), 'base64url').toString()) as AccessClaims
    const [, session, account] = await store.read(partitionOf(claims.sid), [EPOCH_KEY, `session/${claims.sid}`, `account/${claims.sub}`])
    return { active: session !== null && account !== null, ...claims, token_type: 'Bearer', username: claims.email }
  })
  const sessions = people.map(({ session }) => session)
  return { port, items: accessTokens(place, tokens, sessions, count) }
}
