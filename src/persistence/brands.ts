import type { Brand, brands, PageRules } from '../contract/brands.ts'
import type { Client } from '../contract/contract.ts'
import { isReturn, judgeReturn } from '../rules/return-url.ts'
import { type App, type LogoRecord, logoKey } from './app-records.ts'
import { DEFAULT } from './apps.ts'
import { CONTROL } from './partitions.ts'
import type { Room } from './room.ts'

/** What pages show of apps. @param loopback whether sign-in may return to http on this machine: never in production, whatever was listed before */
export function createBrands(
  { store, apps, policy }: Pick<Room, 'store' | 'apps'> & { policy: PageRules },
  loopback: boolean,
): Client<typeof brands> {
  const { passwordMin, codeDigits, codeTtlMs, linkTtlMs, undoTtlMs } = policy
  const rules = { passwordMin, codeDigits, codeTtlMs, linkTtlMs, undoTtlMs }
  return {
    async showBrand({ app: id, returnTo }) {
      const app = await apps.forAccounts(id)
      if (!app) return { kind: 'app_unknown' }
      const brand = brandOf(app, loopback)
      return {
        kind: 'found',
        brand,
        isDefault: app.name === DEFAULT,
        rules,
        returnTo: returnTo !== undefined && isReturn(brand.returns, returnTo) ? returnTo : null,
      }
    },
    async showLogo({ app: id, logo }) {
      const app = await apps.forAccounts(id)
      if (!app) return { kind: 'unknown' }
      // What is remembered of the app may be older than the page that shows the logo.
      const [record] = await store.read(CONTROL, [logoKey(app.id)])
      const kept = record?.value as LogoRecord | undefined
      return kept?.hash === logo ? { kind: 'found', type: kept.type, data: kept.data } : { kind: 'unknown' }
    },
  }
}

const brandOf = ({ id, displayName, accent, logo, returns }: App, loopback: boolean): Brand => ({
  app: id,
  name: displayName,
  accent,
  logo: logo?.hash ?? null,
  logoSize: logo && { width: logo.width, height: logo.height },
  returns: returns.filter((one) => judgeReturn(one, loopback).kind === 'fine'),
})
