// `node bench/import-lines.ts COUNT`: that many lines for `./sello accounts import`, to stdout. Their hashes have the form and the cost of
// bcrypt's, and are of nothing: what an import costs does not depend on it.
const ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const count = Number(process.argv[2] ?? 1000)
let state = 42
const next = () => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
  return state >> 8
}

for (let n = 0; n < count; ) {
  let text = ''
  for (const end = Math.min(count, n + 1000); n < end; n++) {
    const rest = Array.from({ length: 53 }, () => ALPHABET[next() % 64]).join('')
    const createdAt = new Date(1_700_000_000_000 + n * 1000).toISOString()
    const line = { email: `person${n}@example.com`, password: `$2b$10$${rest}`, emailVerified: true, createdAt, locale: 'es', id: `u${n}` }
    text += `${JSON.stringify(line)}\n`
  }
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}
