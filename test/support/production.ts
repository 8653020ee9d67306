import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Settings } from './server.ts'

const key = () => randomBytes(32).toString('base64')
const jwk = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })

/** Everything that production asks for, with fresh keys. */
export const production = (dataDir: string, smtpUrl: string, port: number): Settings & { SELLO_DATA_DIR: string } => ({
  SELLO_MODE: 'production',
  SELLO_DATA_DIR: dataDir,
  SELLO_PORT: String(port),
  SELLO_PUBLIC_URL: 'https://id.example.com',
  SELLO_SMTP_URL: smtpUrl,
  SELLO_MAIL_FROM: 'Sello <no-reply@example.com>',
  SELLO_PEPPER: key(),
  SELLO_SEAL_KEY: key(),
  SELLO_SIGNING_KEY: JSON.stringify({ keys: [jwk()] }),
})
