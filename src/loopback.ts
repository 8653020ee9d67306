import { isIP } from 'node:net'

/** Whether an address or host name means this machine: 127.0.0.0/8, ::1 (also mapped), localhost. Brackets of a URL's IPv6 host are fine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  if (bare === 'localhost' || bare === '::1') return true
  const v4 = bare.startsWith('::ffff:') ? bare.slice(7) : bare
  return isIP(v4) === 4 && v4.startsWith('127.')
}
