const general = `Sello: does this person hold this mailbox?

  ./sello start              everything in one process, with a built-in inbox
  ./sello start --role NAME  one service: gateway, persistence or messaging
  ./sello dev                the same, restarted on every change of the sources
  ./sello demo               plays the flows against a running Sello and prints the exchange
  ./sello example            a small web application that signs visitors in by number

  ./sello apps …             client applications and their API keys
  ./sello accounts import F  accounts from elsewhere, with their passwords' hashes
  ./sello keys …             signing keys, peppers and seals
  ./sello letters --to ADDR  what was sent to an address and what became of it
  ./sello erase ADDRESS      removes a person: everything of an address, over all apps

  ./sello test [--quick]     the whole test suite; --quick in under 20 seconds
  ./sello check              formatting, lint, types, architecture, generated files
  ./sello bench [NAME]       the benchmarks
  ./sello screenshots [DIR]  pictures of every page
  ./sello client             builds and packs the client library
  ./sello COMMAND --help     more about one of them

Settings are environment variables; README.md lists them.
`

const each: Record<string, string> = {
  start: `./sello start [--role gateway|persistence|messaging]

  Starts the API, the store and the mail sender in one process, and prints where they are.
  Without settings it is a development machine: secrets are generated in the data folder,
  letters stay in the inbox. SIGTERM or Ctrl-C ends it after what is under way.

  --role starts one service instead; docs/operating.md says how they find each other.
`,
  dev: `./sello dev

  ./sello start, restarted whenever a source file changes.
`,
  apps: `./sello apps add NAME               a new client application; its API key is shown once
./sello apps list                   all of them
./sello apps set APP [--display-name TEXT] [--reply-to ADDRESS|none]
                                    what its letters say, and where answers to them go
./sello apps set APP --accounts on|off
                                    whether people may sign up and in for it; on unless turned off
./sello apps set APP --origin URL … | --no-origins
                                    the web origins whose pages may call it from a browser, such as
                                    https://shop.example or http://localhost:5173: these and no others
./sello apps set APP --accent '#0a6a50'|none
                                    the colour of its pages and letters: 4.5:1 on white and on the
                                    page; that of the dark theme is made from it
./sello apps set APP --logo FILE|none
                                    SVG or PNG, at most 64 KiB; shown at most 40 px high, 200 wide
./sello apps set APP --return URL … | --no-returns
                                    where sign-in at a page may return to, letter for letter, such
                                    as https://shop.example/signed-in: these and no others
./sello apps rotate APP             a second key beside the present one; shown once
./sello apps rotate APP --finish    only the newest key stays
./sello apps rotate APP --now       a new key; every older one is refused within a second
./sello apps remove APP --yes       the application and its keys
./sello apps history                what was changed, and when

  APP is a name or an id. NAME may hold letters, digits, spaces and . _ -
`,
  accounts: `./sello accounts import FILE

  Accounts from elsewhere, with the hashes of their passwords, from JSON lines; - reads what comes
  in. docs/import.md says what a line is, and how exports of Supabase, Auth0, Keycloak and Firebase
  become such lines. It may run beside a running Sello. What is stopped or killed goes on by the same
  command: a line whose account is there is passed over. Exits with 0 when every line is in, 1 when
  some were refused, 130 when it was stopped.

  --app APP            name or id of the app, default unless given
  --dry-run            judges every line and writes no account
  --report FILE        which lines were refused and why, FILE.refused.jsonl unless given
  --ids FILE           JSON lines with each line's own id and that of its account here
  --trust-addresses    also takes addresses that are not marked as verified
  --locale es|ru|en    language of whoever has none of these; SELLO_LOCALE unless given
  --hash-config FILE   Firebase's password hash parameters, as its console shows them
`,
  keys: `./sello keys list                   every key by its id, and what it does
./sello keys add signing|pepper|seal  a new key at the end of its list: known, not yet used
./sello keys new signing|pepper|seal  prints a new key for a production setting
./sello keys use ID                 that key signs, or writes, from the next start
./sello keys retire ID [--force]    that key goes from its list

  A rotation is: add, restart, (signing: wait 5 minutes, until everybody has fetched the new
  key), use, restart, and retire when nothing made under the old key is alive any more.
  Keys given in the environment are yours to change: the commands then print what to put there.
`,
  letters: `./sello letters --to ADDRESS

  Every letter to that address that can still be read, newest first: how it stands, and each
  step with the mail server's own words. Times are UTC.

./sello letters --render DIR [--accent '#rrggbb']

  Every letter that Sello sends, in each of its states and in es, ru and en, as files in that
  folder: as it is sent (.eml, .txt, .html) and in each theme (.light.html, .dark.html).
  index.html shows them side by side, as wide as a phone and as a desktop. With the settings
  that letters follow, and the colour of an application if given. Nothing is sent.

./sello letters --texts es|ru|en

  The built-in words of letters as JSON: what SELLO_LETTER_TEXTS takes, to begin with.
  docs/operating.md, "Words of letters".
`,
  erase: `./sello erase ADDRESS          what of that address would be removed; nothing is
./sello erase ADDRESS --yes    removes it, for good, over all apps

  Its accounts, also deleted ones that could still come back, with their sessions and links; the
  sign-ups that wait; letters, also those not sent yet; identity numbers; budgets. A letter that
  is on its way arrives, and leaves nothing. Accounts that have moved to another address stay, and
  forget this one; an address with a +tag is another address. ./sello apps history shows that
  somebody was erased, under a pseudonym. Broken off, it is to be called again.

  Not reached: what is outside of the store. That is the log, backups, Redis's append-only file
  until it is rewritten (BGREWRITEAOF); docs/operating.md, "Erasing a person". And, in
  development, the letters in the built-in inbox: stop Sello and remove the file inbox.
`,
  demo: `./sello demo [--key APIKEY]

  Registers an address, reads the letter in the inbox, checks the number, and shows what a
  second check, a wrong number and a newer number do; then signs somebody up at app default,
  and in and out again. The key is the development key, or SELLO_BOOTSTRAP_KEY, unless given.
`,
  example: `./sello example

  A small Express application beside a running Sello, in es, ru and en: a visitor asks for a
  number, reads it in the inbox and is in. Its sources are examples/external-server/. SIGTERM
  or Ctrl-C ends it. Without settings it finds the Sello and the key of ./sello start.

  SELLO_URL, SELLO_API_KEY   another Sello, and a key of an application there
  SELLO_ISSUER, SELLO_APP_ID its SELLO_PUBLIC_URL if that is another one; app_… for receipts
  EXAMPLE_PORT               4000; 0 takes a free one
  EXAMPLE_URL                where visitors find it, http://localhost:PORT unless given
`,
  test: `./sello test            everything; installs Debian's chromium where it may and it is missing
./sello test --quick    embedded store, one process, no browser, in under 20 seconds
./sello test FILE…      only these files
./sello test --rounds N FILE…
                        each race of these files N times instead of a few, such as
                        --rounds 50 test/flows/sign-up-races.test.ts

  Ends with a line "N passed, N failed".
`,
  check: `./sello check             formatting, lint, types, architecture test, generated files in sync, and
                          nothing taken from callers of the released API
./sello check --write     mends formatting and generated files first
./sello check --release   takes docs/openapi.json as the released API: at a release, or where a
                          breaking change is meant
`,
  screenshots: `./sello screenshots [DIR]

  Pictures of the pages that people see, in each of their states, in es, ru and en, light and dark,
  as wide as a phone and as a desktop; index.html shows them. They go to DIR, or to a new temporary
  folder, which is printed. A Sello of its own is started for it, and a chromium; both are ended.
  A page that does not answer as it should is named, and the exit status is 1. Not among them is
  what only a mail server makes: a letter that has to wait, an address that does not exist.

./sello screenshots --readme     the few that README shows, into docs/images
`,
  client: `./sello client [--out FOLDER]

  Builds the client library, @sello/client, as ESM with types into client/dist, and packs
  client/sello-client-VERSION.tgz, which npm installs; client/README.md says how to use it.
  --out puts both into another folder.
`,
  bench: `./sello bench [register|check|verify-email|login|refresh|introspect] … [sqlite|always|everysec] …

  Requests per second, p50, p99, CPU per request and memory of each, beside the bare parts
  in the same run; in one process and in three services, on SQLite and on Redis with
  appendfsync always and everysec. Without a name all of them, on every store.

./sello bench queue [sqlite|always|everysec] …

  How late the event loop is, and how soon checks and introspections are answered, while 500
  people sign in, more than a machine hashes passwords for; and how many of them it lets in.

./sello bench pages [sqlite|always|everysec] …

  p50 and p99 of what people open, beside the JSON routes that do the same work, on one running
  Sello: sign-up, log-in, a wrong code, an account; target: p99 within twice the route's.

./sello bench token

  Microseconds to verify an access token with the client library, remembered and not, beside
  the bare signature check of Web Crypto.

  BENCH_ROUNDS               5; rounds of each
  BENCH_REQUESTS             requests of each round, instead of 400 to 12000
  BENCH_SECONDS              15; how long the queue is watched
`,
}

/** The text for one command, or for all of them. */
export const help = (command: string | undefined): string => (command && Object.hasOwn(each, command) && each[command]) || general
