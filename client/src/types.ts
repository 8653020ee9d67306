// Generated from docs/openapi.json by client/generate.ts; `./sello check --write` renews it.

export type RegisterBody = {
  /** Exactly one plain address */
  email: string
  /** Opaque to Sello; 1–4096 code points, given back byte for byte */
  token: string
  /** es, ru or en; a region may follow */
  locale?: string
}

export type IdentityQueued = {
  id: string
  email: string
  status: 'queued'
  /** ISO 8601, UTC */
  createdAt: string
  /** ISO 8601, UTC */
  expiresAt: string
}

export type CheckBody = {
  /** As the person typed it; spaces and dashes are ignored */
  number: string
  /** Exactly one plain address */
  email?: string
  /** Opaque to Sello; 1–4096 code points, given back byte for byte */
  token?: string
  /** The visitor’s IP address: their own wrong numbers are then counted, too */
  clientIp?: string
}

export type IdentityChecked = {
  id: string
  email: string
  token: string
  /** ISO 8601, UTC */
  createdAt: string
  /** ISO 8601, UTC */
  checkedAt: string
  /** ES256 JWS, typ sello-receipt+jwt, valid for 10 minutes */
  receipt: string
}

export type IdentityShown = {
  id: string
  email: string
  status: 'revoked' | 'replaced' | 'checked' | 'expired' | 'failed' | 'sent' | 'queued'
  /** ISO 8601, UTC */
  createdAt: string
  /** ISO 8601, UTC */
  expiresAt: string
  timeline: Array<{
    /** ISO 8601, UTC */
    at: string
    event: 'queued' | 'handed_over' | 'deferred' | 'accepted' | 'failed' | 'checked' | 'replaced' | 'revoked' | 'expired'
    /** Of SMTP: the class and the enhanced status code */
    detail?: string
  }>
}

export type operations = {
  registerIdentity: {
    body: RegisterBody
    answer: IdentityQueued
    refusal:
      | 'api_key_invalid'
      | 'body_too_large'
      | 'busy'
      | 'content_type_unsupported'
      | 'fault'
      | 'idempotency_conflict'
      | 'invalid_request'
      | 'numbers_exhausted'
      | 'rate_limited'
      | 'unavailable'
  }
  checkIdentity: {
    body: CheckBody
    answer: IdentityChecked
    refusal:
      | 'api_key_invalid'
      | 'body_too_large'
      | 'busy'
      | 'content_type_unsupported'
      | 'email_required'
      | 'fault'
      | 'idempotency_conflict'
      | 'invalid_request'
      | 'number_malformed'
      | 'number_unknown'
      | 'rate_limited'
      | 'unavailable'
  }
  showIdentity: {
    answer: IdentityShown
    refusal: 'api_key_invalid' | 'fault' | 'identity_unknown' | 'invalid_request' | 'not_found' | 'unavailable'
  }
  revokeIdentity: {
    answer: unknown
    refusal:
      | 'api_key_invalid'
      | 'body_too_large'
      | 'busy'
      | 'content_type_unsupported'
      | 'fault'
      | 'identity_unknown'
      | 'invalid_request'
      | 'not_found'
      | 'unavailable'
  }
}
