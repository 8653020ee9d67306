import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a browser sent this from a page of ours: by `Sec-Fetch-Site` (W3C Fetch Metadata), from older ones by `Origin` (RFC 6454 §7).
 * A request with neither is no browser's of today; what else the form proves must then be enough.
 * @param origin our own, as browsers know it
 */
export function isFromOurPage({ 'sec-fetch-site': site, origin: from }: IncomingHttpHeaders, origin: string): boolean {
  if (site !== undefined) return site === 'same-origin'
  return from === undefined || from === origin
}
