/** Cookies of a request by name, the first of equal ones; what is no cookie is passed over. @see RFC 6265 §5.4 */
export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at > 0 && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim())
  }
  return cookies
}

type Options = {
  /** Only over https; the name should then begin with `__Host-`. */
  secure: boolean
  /** Seconds; without it the cookie lives as long as the browser does, 0 removes it. */
  maxAge?: number
}

/** A `Set-Cookie` for this host alone, that no script reads. `value`: characters of base64url, and dots. @see RFC 6265bis §4.1.3.2 */
export function writeCookie(name: string, value: string, { secure, maxAge }: Options): string {
  const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`
  return `${name}=${value}; Path=/${age}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}
