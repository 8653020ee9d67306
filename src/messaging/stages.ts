const VERB = /^(EHLO|HELO|STARTTLS|AUTH|MAIL|RCPT|DATA|RSET|QUIT)\b/

/** Follows one connection through nodemailer's log, which alone tells what a conversation waits for. Only the verbs are kept. */
export function followStages() {
  let connected = false
  let last = ''
  /** Commands without an answer, oldest first: with PIPELINING several go out at once. */
  const open: string[] = []
  const note = (data: object, words?: unknown) => {
    const { tnx } = data as { tnx?: string }
    if (tnx === 'network' && 'remoteAddress' in data) {
      connected = true
      open.push('greeting')
    }
    // What has no verb is the rest of a log-in; it may be a secret.
    if (tnx === 'client') open.push(VERB.exec(String(words))?.[1] ?? 'AUTH')
    if (tnx === 'server') last = open.shift() ?? last
  }
  const ignore = () => {}
  return {
    logger: { trace: ignore, debug: note, info: note, warn: ignore, error: ignore, fatal: ignore },
    /** What the server owes at the moment: `connection`, `greeting`, a command's answer, `TLS`, or the one to the final `dot`. */
    awaited(): string {
      if (!connected) return 'connection'
      return open[0] ?? (last === 'STARTTLS' ? 'TLS' : last === 'DATA' ? 'dot' : 'connection')
    },
  }
}
