import type { Session } from '../rules/session.ts'
import { type Secrets, sameText } from './secrets.ts'

/** A refresh token as it was presented; whether it is genuine only its session's record can say. */
export type RefreshToken = { session: string; generation: number; mac: string }

/** `rt_`, what follows `ses_` in the session's id, the generation in base 36, the MAC in base64url. */
const TOKEN = /^rt_(\d\d[0-9A-Za-z]{22})\.(0|[1-9a-z][0-9a-z]{0,7})\.([\w-]{43})$/

/** @returns null when it is none, whoever made it */
export function readRefreshToken(text: string): RefreshToken | null {
  const [, handle, generation, mac] = (TOKEN.exec(text) ?? []) as string[]
  return handle && generation && mac ? { session: `ses_${handle}`, generation: Number.parseInt(generation, 36), mac } : null
}

/** The refresh token of a session's newest generation. */
export const writeRefreshToken = (secrets: Secrets, session: Session): string =>
  `rt_${session.id.slice('ses_'.length)}.${session.generation.toString(36)}.${macOf(secrets, session, session.generation)}`

/** Whether it was issued for this session, however long ago: a forged one must not look like one that was stolen. */
export function isGenuine(secrets: Secrets, session: Session, { generation, mac }: RefreshToken): boolean {
  const right = macOf(secrets, session, generation)
  return right !== null && sameText(right, mac)
}

/** @returns null when the pepper is no longer among ours: nobody can tell its tokens then */
const macOf = (secrets: Secrets, { id, nonce, pepper }: Session, generation: number): string | null =>
  secrets.macUnder(pepper, 'refresh', `${id}/${generation}/${nonce}`)?.toString('base64url') ?? null
