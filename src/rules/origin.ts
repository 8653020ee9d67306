/**
 * The web origin that a text names, as browsers send it: `https://app.example`, `http://localhost:5173`.
 * @returns null when it is anything else: another scheme, a path, a user, a pattern
 * @see RFC 6454 §6.2; https://url.spec.whatwg.org/#origin
 */
export function readOrigin(text: string): string | null {
  if (text.length > 300 || text.includes('*') || !URL.canParse(text)) return null
  const { protocol, origin, href } = new URL(text)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  return isWeb && href === `${origin}/` ? origin : null
}
