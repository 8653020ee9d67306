import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { authority } from './certificates.ts'
import { freePort } from './gate.ts'

/** Where `test/run.ts` unpacks Debian's package: nothing of it is installed, no service of the system is touched. */
export const POSTFIX = join(import.meta.dirname, '../../node_modules/.cache/postfix')
export const ACCOUNTS = { domains: ['mta.test', 'xn--bcher-kva.test'], user: 'ana', password: 'pass word/ñ' }

/** Accounts that every Debian has. Postfix wants one for itself and a group that is nobody else's; mail is stored as the third. */
const [OWNER, DROP, STORE] = [idsOf('uucp'), idsOf('news'), idsOf('list')]

/**
 * A real Postfix on a free loopback port, in a folder of its own: STARTTLS with a certificate from a fresh CA, a log-in before mail.
 * `ana@` and `josé@` have mailboxes (with +tags), `busy@` is put off with 450, nobody else is known.
 */
export async function startMta(t: { after(done: () => Promise<void>): void }) {
  const dir = mkdtempSync(join(tmpdir(), 'sello-mta-'))
  chmodSync(dir, 0o755)
  const port = await freePort()
  const { ca, caFile, issue } = authority(dir)
  issue('server')
  const accounts = await dovecot()
  configure(dir, port, accounts.port)
  const library = join(POSTFIX, 'usr/lib/postfix')
  const master = spawn(join(library, 'sbin/master'), ['-c', join(dir, 'etc'), '-d'], {
    env: { PATH: process.env.PATH, LD_LIBRARY_PATH: library, MAIL_CONFIG: join(dir, 'etc') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(master, 'exit')
  let said = ''
  master.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const log = () => (existsSync(join(dir, 'log')) ? readFileSync(join(dir, 'log'), 'utf8') : '') + said
  t.after(async () => {
    master.kill('SIGTERM') // it ends its own processes
    await ended
    await accounts.close()
    rmSync(dir, { recursive: true, force: true })
  })
  await greeting(port, log)

  const folder = (to: string) => join(dir, 'mail', to.slice(to.lastIndexOf('@') + 1), to.slice(0, to.lastIndexOf('@')), 'new')
  return {
    port,
    ca,
    caFile,
    log,
    logins: accounts.logins,
    /** The next letter in a mailbox: what was put before it on the way (as lines), and the message as it was sent. */
    async take(mailbox: string): Promise<{ trace: string; raw: Buffer }> {
      for (let tries = 0; tries < 400; tries++) {
        const [name] = existsSync(folder(mailbox)) ? readdirSync(folder(mailbox)) : []
        if (name) {
          const path = join(folder(mailbox), name)
          const stored = readFileSync(path, 'latin1').replaceAll('\n', '\r\n')
          rmSync(path)
          const start = stored.search(/^(DKIM-Signature|Date): /m)
          return { trace: stored.slice(0, start), raw: Buffer.from(stored.slice(start), 'latin1') }
        }
        await wait(50)
      }
      throw new Error(`no letter for ${mailbox}; the mail server's log:\n${log()}`)
    },
  }
}

function configure(dir: string, port: number, accountsPort: number) {
  const etc = join(dir, 'etc')
  mkdirSync(etc)
  const { uid, gid } = OWNER
  const own = (path: string, mode: number) => {
    mkdirSync(join(dir, path), { recursive: true })
    chownSync(join(dir, path), uid, path.endsWith('maildrop') || path.endsWith('public') ? DROP.gid : gid)
    chmodSync(join(dir, path), mode)
  }
  for (const name of ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private', 'saved', 'trace'])
    own(`spool/${name}`, 0o700)
  own('spool/maildrop', 0o730)
  own('spool/public', 0o710)
  own('data', 0o700)
  for (const name of ['spool/pid', 'mail']) mkdirSync(join(dir, name))
  chownSync(join(dir, 'mail'), STORE.uid, STORE.gid)
  const users = ACCOUNTS.domains.flatMap((domain) => ['ana', 'busy', 'josé'].map((user) => `${user}@${domain} ${domain}/${user}/`))
  writeFileSync(join(etc, 'mailboxes'), `${users.join('\n')}\n`)
  writeFileSync(join(etc, 'access'), ACCOUNTS.domains.map((domain) => `busy@${domain} 450 4.2.0 busy, later\n`).join(''))
  const settings = {
    compatibility_level: '3.6',
    queue_directory: join(dir, 'spool'),
    data_directory: join(dir, 'data'),
    daemon_directory: join(POSTFIX, 'usr/lib/postfix/sbin'),
    command_directory: join(POSTFIX, 'usr/sbin'),
    shlib_directory: join(POSTFIX, 'usr/lib/postfix'),
    meta_directory: etc,
    mail_owner: OWNER.name,
    setgid_group: DROP.group,
    import_environment: 'MAIL_CONFIG LANG=C LD_LIBRARY_PATH',
    maillog_file: join(dir, 'log'),
    maillog_file_prefixes: dir,
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    myhostname: 'localhost',
    mydestination: '',
    alias_maps: '',
    alias_database: '',
    mynetworks: '',
    recipient_delimiter: '+',
    smtputf8_enable: 'yes',
    disable_dns_lookups: 'yes',
    virtual_mailbox_domains: ACCOUNTS.domains.join(' '),
    virtual_mailbox_maps: `texthash:${etc}/mailboxes`,
    virtual_mailbox_base: join(dir, 'mail'),
    virtual_uid_maps: `static:${STORE.uid}`,
    virtual_gid_maps: `static:${STORE.gid}`,
    virtual_minimum_uid: '1',
    smtpd_recipient_restrictions: `check_recipient_access texthash:${etc}/access, reject_unlisted_recipient, permit_sasl_authenticated, reject`,
    smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
    smtpd_sasl_auth_enable: 'yes',
    smtpd_sasl_type: 'dovecot',
    smtpd_sasl_path: `inet:127.0.0.1:${accountsPort}`,
    smtpd_tls_security_level: 'encrypt',
    smtpd_tls_auth_only: 'yes',
    smtpd_tls_cert_file: join(dir, 'server.pem'),
    smtpd_tls_key_file: join(dir, 'server.key'),
    default_database_type: 'texthash',
    default_transport: 'error:nowhere',
    unknown_local_recipient_reject_code: '550',
  }
  writeFileSync(
    join(etc, 'main.cf'),
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  )
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'error unix - - n - - error',
    'virtual unix - n n - - virtual',
    'anvil unix - - n - 1 anvil',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'proxymap unix - - n - - proxymap',
    'postlog unix-dgram n - n - 1 postlogd',
  ]
  writeFileSync(join(etc, 'master.cf'), `${services.join('\n')}\n`)
}

/** The accounts that Postfix asks (Dovecot's authentication protocol 1.2): it speaks AUTH itself and hands the answer on. */
async function dovecot() {
  const logins: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write(
      'VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n',
    )
    const names = new Map<string, string>()
    const judge = (id: string, name: string, password: string) => {
      logins.push(name)
      const good = name === ACCOUNTS.user && password === ACCOUNTS.password
      socket.write(good ? `OK\t${id}\tuser=${name}\n` : `FAIL\t${id}\tuser=${name}\n`)
    }
    const text = (base64: string) => Buffer.from(base64, 'base64').toString('utf8')
    const hear = (line: string) => {
      const [verb, id = '', ...words] = line.split('\t')
      const said = words.find((word) => word.startsWith('resp='))?.slice(5)
      if (verb === 'AUTH' && words[0] === 'PLAIN' && said) {
        const [, name = '', password = ''] = text(said).split('\0')
        judge(id, name, password)
      } else if (verb === 'AUTH' && words[0] === 'LOGIN') {
        socket.write(`CONT\t${id}\t${Buffer.from('Username:').toString('base64')}\n`)
      } else if (verb === 'CONT') {
        const name = names.get(id)
        if (name !== undefined) return judge(id, name, text(words[0] ?? ''))
        names.set(id, text(words[0] ?? ''))
        socket.write(`CONT\t${id}\t${Buffer.from('Password:').toString('base64')}\n`)
      }
    }
    let rest = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      for (const line of lines) hear(line)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    port,
    logins,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

async function greeting(port: number, log: () => string) {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1')
    const words = await Promise.race([once(socket, 'data'), once(socket, 'error'), wait(3000, [''])]).catch(() => [''])
    socket.destroy()
    if (String(words[0]).startsWith('220 ')) return
    await wait(50)
  }
  throw new Error(`the mail server did not start:\n${log()}`)
}

function idsOf(name: string) {
  const line =
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((other) => other.startsWith(`${name}:`)) ?? ''
  const [, , uid, gid] = line.split(':')
  return { name, group: name, uid: Number(uid), gid: Number(gid) }
}
