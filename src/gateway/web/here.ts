import type { FastifyRequest } from 'fastify'
import { isFromOurPage } from '../../http/same-site.ts'
import { isLoopback } from '../../loopback.ts'

/** The signs of a proxy: behind one, a stranger looks like this machine. */
const FORWARDING = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-original-forwarded-for',
  'x-cluster-client-ip',
  'fly-client-ip',
  'cdn-loop',
]

/** Peer and Host are this machine, and nobody forwarded the request: no proxy, no other site's page (DNS rebinding). */
export function isHere(request: FastifyRequest): boolean {
  const host = URL.parse(`http://${request.headers.host ?? ''}`)?.hostname ?? ''
  const forwarded = FORWARDING.some((name) => request.headers[name] !== undefined)
  return isLoopback(request.socket.remoteAddress ?? '') && isLoopback(host) && !forwarded
}

/**
 * Also our own public URL is this machine, so that nobody else is expected; and the request is a browser's: a proxy that says nothing
 * of itself often speaks HTTP/1.0 to what is behind it.
 */
export function isSurelyHere(request: FastifyRequest, publicUrl: string): boolean {
  return isHere(request) && isLoopback(URL.parse(publicUrl)?.hostname ?? '') && request.raw.httpVersion !== '1.0'
}

/** A form of our own page sent it, and a browser said so: without a token in the form, a request that says nothing is nobody's. */
export function isOwnForm({ headers, protocol }: FastifyRequest): boolean {
  const isTold = headers['sec-fetch-site'] !== undefined || headers.origin !== undefined
  return isTold && isFromOurPage(headers, `${protocol}://${headers.host ?? ''}`)
}
