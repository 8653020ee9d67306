import { parseArgs } from 'node:util'
import type { AppView } from '../contract/apps.ts'
import { acceptedBrand, type BrandValues, brandLines, brandOptions, brandWish } from './brand.ts'
import { type Office, print, Refused, stamp, type Tools, table, Usage, withOffice } from './tools.ts'

type Work = (office: Office['admin'], words: string[], values: Values) => Promise<void>
type Values = BrandValues & {
  'display-name'?: string
  'reply-to'?: string
  accounts?: string
  origin?: string[]
  'no-origins'?: boolean
  finish?: boolean
  now?: boolean
  yes?: boolean
}

/** `./sello apps …`: client applications and their API keys. */
export async function apps(args: string[], tools: Tools) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      'display-name': { type: 'string' },
      'reply-to': { type: 'string' },
      accounts: { type: 'string' },
      origin: { type: 'string', multiple: true },
      'no-origins': { type: 'boolean' },
      ...brandOptions,
      finish: { type: 'boolean' },
      now: { type: 'boolean' },
      yes: { type: 'boolean' },
    },
  })
  const [verb = 'list', ...words] = positionals
  const work = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  if (!work) throw new Usage(`apps has no ${JSON.stringify(verb)}`)
  await withOffice(tools, ({ admin }) => work(admin, words, values))
}

const verbs: Record<string, Work> = {
  async add(admin, [name]) {
    if (!name) throw new Usage('apps add NAME: the name is missing')
    const added = await admin.addApp({ name })
    if (added.kind === 'name_taken') throw new Refused(`there is an app ${JSON.stringify(name)} already`)
    if (added.kind === 'name_invalid')
      throw new Refused('a name is 1 to 40 letters, digits, spaces and . _ -, and begins with a letter or digit')
    shown(added.app, added.apiKey)
  },

  async list(admin) {
    const { apps } = await admin.listApps({})
    if (apps.length === 0) return print('No apps yet. ./sello apps add NAME makes one.')
    const rows = apps.map(({ id, name, displayName, replyTo, accent, logo, returns, accounts, origins, keys, createdAt }) => [
      name,
      id,
      displayName,
      replyTo ?? '–',
      keys.map(({ hint, development }) => hint + (development ? ' (development)' : '')).join(', '),
      stamp(createdAt),
      accent ? `${accent.light} ${accent.dark}` : '–',
      logo ? `${logo.width} × ${logo.height}` : '–',
      returns.join(' ') || '–',
      accounts ? 'on' : 'off',
      origins.join(' ') || '–',
    ])
    print(
      table(['NAME', 'ID', 'DISPLAY NAME', 'REPLY-TO', 'KEYS', 'CREATED (UTC)', 'ACCENT', 'LOGO', 'RETURNS', 'ACCOUNTS', 'ORIGINS'], rows),
    )
  },

  async set(admin, [app], values) {
    if (!app) throw new Usage('apps set APP: the app is missing')
    const brand = brandWish(values)
    const wish = { ...wishOf(values), ...brand }
    if (Object.keys(wish).length === 0)
      throw new Usage(
        'apps set APP: give --display-name, --reply-to, --accounts, --origin or --no-origins; --accent, --logo, --return or --no-returns',
      )
    const result = await admin.setApp({ app, ...wish })
    if (result.kind === 'display_name_invalid') throw new Refused('a display name is 1 to 64 visible characters')
    if (result.kind === 'reply_to_invalid') throw new Refused('Reply-To is exactly one plain address, or none')
    if (result.kind === 'origin_invalid')
      throw new Refused(`${JSON.stringify(result.origin)} is no web origin: https://app.example or http://localhost:5173, without a path`)
    if (result.kind === 'origins_too_many') throw new Refused(`an app has at most ${result.most} origins`)
    const done = known(acceptedBrand(result), app)
    const { name, displayName, replyTo, accounts, origins } = done.app
    const about = accounts ? `accounts on, for pages of ${origins.join(', ') || 'no other origin'}` : 'accounts off'
    print(`${name}: letters say ${JSON.stringify(displayName)}, answers go to ${replyTo ?? 'the sender'}; ${about}`)
    for (const line of brandLines(done.app, done.contrast, brand)) print(`${name}: ${line}`)
  },

  async rotate(admin, [app], { finish, now }) {
    if (!app) throw new Usage('apps rotate APP: the app is missing')
    if (finish && now) throw new Usage('apps rotate APP: --finish or --now, not both')
    if (finish) {
      const { keys, name } = known(await admin.finishRotation({ app }), app).app
      return print(`${name}: only ${keys.map(({ hint }) => hint).join('')} is valid now`)
    }
    const rotated = known(await admin.rotateKey({ app, now: now === true }), app)
    shown(rotated.app, rotated.apiKey)
    if (rotated.app.keys.length > 1) print(`The key before it stays valid until: ./sello apps rotate ${rotated.app.name} --finish`)
  },

  async remove(admin, [app], { yes }) {
    if (!app) throw new Usage('apps remove APP: the app is missing')
    if (!yes)
      throw new Refused(`this ends the app, its keys and all its live numbers for good. If that is meant: ./sello apps remove ${app} --yes`)
    known(await admin.removeApp({ app }), app)
    print(`${app} is removed`)
  },

  async history(admin) {
    const { changes } = await admin.listChanges({})
    print(
      table(
        ['AT (UTC)', 'CHANGE', 'APP'],
        changes.map(({ at, change, app, subject }) => [stamp(at), change, app ?? subject ?? '–']),
      ),
    )
  },
}

/** What `set` is to change; nothing that was not given. */
function wishOf({ 'display-name': displayName, 'reply-to': replyTo, accounts, origin, 'no-origins': none }: Values) {
  if (accounts !== undefined && accounts !== 'on' && accounts !== 'off') throw new Usage('apps set APP: --accounts on or --accounts off')
  if (origin && none) throw new Usage('apps set APP: --origin or --no-origins, not both')
  return {
    ...(displayName === undefined ? {} : { displayName }),
    ...(replyTo === undefined ? {} : { replyTo: replyTo === 'none' ? null : replyTo }),
    ...(accounts === undefined ? {} : { accounts: accounts === 'on' }),
    ...(origin || none ? { origins: origin ?? [] } : {}),
  }
}

function known<R extends { kind: string }>(result: R, app: string): Exclude<R, { kind: 'app_unknown' }> {
  if (result.kind === 'app_unknown') throw new Refused(`there is no app ${JSON.stringify(app)}; ./sello apps list shows them`)
  return result as Exclude<R, { kind: 'app_unknown' }>
}

function shown({ name, id }: AppView, apiKey: string) {
  print(`${name}  ${id}\n\n  ${apiKey}\n\nThis API key is shown once and stored nowhere in clear. Send it as: Authorization: Bearer …`)
}
