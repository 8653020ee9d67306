import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const CONFIG = `[ca]
default_ca = own
[own]
database = index
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_days = 2
policy = any
unique_subject = no
[any]
commonName = supplied
`

/** A fresh authority in `dir`, by openssl, which shares no code with Node's TLS beyond the protocol. Keys and certificates in PEM. */
export function authority(dir: string) {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] })
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const read = (name: string) => readFileSync(join(dir, name), 'utf8')
  openssl('req', '-x509', ...fresh, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test CA')
  writeFileSync(join(dir, 'ca.cnf'), CONFIG)
  writeFileSync(join(dir, 'index'), '')
  writeFileSync(join(dir, 'serial'), '1000\n')
  return {
    ca: read('ca.pem'),
    caFile: join(dir, 'ca.pem'),
    /** For one host; `expired` in 2020. Written to `name.key` and `name.pem` as well. */
    issue(name: string, { host = 'localhost', expired = false } = {}) {
      openssl('req', ...fresh, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${host}`)
      writeFileSync(join(dir, 'names'), `subjectAltName=DNS:${host}\n`)
      const span = expired ? ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'] : []
      openssl('ca', '-batch', '-notext', '-config', 'ca.cnf', '-extfile', 'names', ...span, '-in', `${name}.csr`, '-out', `${name}.pem`)
      return { key: read(`${name}.key`), cert: read(`${name}.pem`) }
    },
  }
}
