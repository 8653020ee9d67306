import { domainToASCII } from 'node:url'

/** The part of an address after its last @, in the one form in which domains are compared. */
export function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  return domainToASCII(domain) || domain
}

/** How many hands each domain has. */
export function createShares() {
  const counts = new Map<string, number>()
  return {
    of: (domain: string): number => counts.get(domain) ?? 0,
    largest: (): number => Math.max(0, ...counts.values()),
    add(domain: string, by: 1 | -1) {
      const count = (counts.get(domain) ?? 0) + by
      if (count > 0) counts.set(domain, count)
      else counts.delete(domain)
    },
  }
}
