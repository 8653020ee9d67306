import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Certificate = { cert: string; key: string }

/** An authority of our own in `dir`, by openssl; gives the paths of PEM files. */
export function createAuthority(dir: string, name: string) {
  const at = (file: string) => join(dir, `${name}-${file}`)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const newKey = (file: string) => openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', at(file))
  newKey('ca.key')
  const root = ['-x509', '-new', '-key', at('ca.key'), '-subj', `/CN=${name}`, '-days', '30', '-out', at('ca.pem')]
  openssl('req', ...root, '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign')

  return {
    ca: at('ca.pem'),
    /** @param names as in subjectAltName: `DNS:localhost,IP:127.0.0.1` · days from now, below zero for one that is over */
    issue(file: string, names: string, days = 30): Certificate {
      newKey(`${file}.key`)
      openssl('req', '-new', '-key', at(`${file}.key`), '-subj', `/CN=${file}`, '-out', at(`${file}.csr`))
      writeFileSync(at(`${file}.ext`), `subjectAltName=${names}\n`)
      const signing = ['-req', '-in', at(`${file}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial']
      openssl('x509', ...signing, '-days', String(days), '-extfile', at(`${file}.ext`), '-out', at(`${file}.pem`))
      return { cert: at(`${file}.pem`), key: at(`${file}.key`) }
    },
  }
}
