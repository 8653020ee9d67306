import type { LeasedLetter } from '../contract/leases.ts'
import { domainOf } from './domains.ts'
import type { House } from './gateway.ts'

/** Work that may end in a letter to an address: a hand is kept free for it, if one is, and sends it after the work. */
export function createMailing({ mail }: Pick<House, 'mail'>) {
  return async function mailing<T extends { kind: string }>(email: string, work: (sendNow: boolean) => Promise<T>): Promise<T> {
    const domain = domainOf(email)
    const sendNow = mail.reserve(domain)
    const outcome = await work(sendNow).finally(() => sendNow && mail.release(domain))
    if ('send' in outcome && outcome.send) mail.send(outcome.send as LeasedLetter)
    return outcome
  }
}
