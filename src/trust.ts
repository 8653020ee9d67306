import { getCACertificates } from 'node:tls'

/** The authorities to believe: the system's, and besides them `pem`. */
export const authorities = (pem: string): string[] => [...getCACertificates('default'), pem]
