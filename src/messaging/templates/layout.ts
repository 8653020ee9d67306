import { oneLine } from '../mime.ts'

/** The three forms of a letter that a template makes. */
export type Rendered = { subject: string; text: string; html: string }

/** What every letter shows; all values are plain text and are escaped here, but for `value`, which is markup. */
export type Sheet = {
  lang: string
  subject: string
  preheader: string
  app: string
  heading: string
  lead: string
  stamp: { word: string; mark: string; value: string }
  facts: string
  warning: string
  foot: string
}

const LONGEST_NAME = 80
const SANS = "-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif"
const MONO = "ui-monospace,Menlo,Consolas,'Liberation Mono',monospace"
const TABLE = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'

/** Text as markup, for elements and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A name for a subject or a header: one line, at most 80 code points. */
export function nameOf(text: string): string {
  return oneLine(text, LONGEST_NAME)
}

/** A name for a body: a word joiner after every mark that could make a mail program turn it into a link (CVE-2022-1274). */
export function defused(name: string): string {
  return name.replace(/[.:/@]/g, '$&\u2060')
}

/** Digits in groups that a program pastes as one run: the gaps are padding, no white space. 28 px so that 12 fit 320 px without styles. */
export function digits(groups: string[]): string {
  const spans = groups.map((group, at) =>
    at === 0 ? `<span>${group}</span>` : `<span class="gap" style="padding-left:10px">${group}</span>`,
  )
  const style = `font-family:${MONO};font-size:28px;line-height:40px;font-weight:bold;letter-spacing:0;color:#16213A;text-align:center`
  return `<div class="big" style="${style};text-transform:none;white-space:nowrap;padding:2px 0 0">${spans.join('')}</div>`
}

/** The page of a letter: tables and inline styles, which survive a mail program that drops <style>; light and dark; no image, no link. */
export function layout(sheet: Sheet): string {
  const text = escapeHtml
  const label = 'font-size:12px;line-height:16px;font-weight:bold;letter-spacing:1px;text-transform:uppercase;color:#0A6A50'
  const fine = 'font-size:15px;line-height:22px'
  return `<!doctype html>
<html lang="${text(sheet.lang)}" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${text(sheet.subject)}</title>
<style>
:root{color-scheme:light dark;supported-color-schemes:light dark}
a[x-apple-data-detectors]{color:inherit!important;text-decoration:none!important}
@media (prefers-color-scheme:dark){
.bg{background:#0E141D!important}.sheet{background:#161E29!important;border-color:#2C3847!important}
.ink,.big{color:#E8EDF3!important}.ink2{color:#A9B5C4!important}
.st{background:#14302A!important;border-color:#66D1A8!important}
.stin{border-color:#66D1A8!important;color:#66D1A8!important}}
[data-ogsc] .ink,[data-ogsc] .big{color:#E8EDF3!important}
@media (min-width:481px){
.big{font-size:44px!important;line-height:60px!important}.gap{padding-left:16px!important}
.pad{padding:28px 32px 24px!important}.foot{padding:16px 32px 0!important}}
</style>
</head>
<body class="bg" style="margin:0;padding:0;background:#E9EEF0">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${text(sheet.preheader)}</div>
<table ${TABLE} class="bg" bgcolor="#E9EEF0" style="background:#E9EEF0"><tr><td align="center" style="padding:20px 8px">
<!--[if mso]><table role="presentation" width="520" cellpadding="0" cellspacing="0"><tr><td><![endif]-->
<table ${TABLE} class="sheet" bgcolor="#FFFFFF" style="max-width:520px;background:#FFFFFF;border:1px solid #D0D9DE;border-radius:6px">
<tr><td class="pad" style="padding:20px 16px;font-family:${SANS};font-size:16px;line-height:24px;color:#16213A;word-break:break-word">
<p class="ink" style="margin:0 0 20px;font-weight:bold;color:#16213A">${text(sheet.app)}</p>
<h1 class="ink" style="margin:0 0 8px;font-size:22px;line-height:28px;color:#16213A">${text(sheet.heading)}</h1>
<p class="ink" style="margin:0 0 20px;color:#16213A">${text(sheet.lead)}</p>
<table ${TABLE}><tr><td class="st" bgcolor="#E2F0EA" style="background:#E2F0EA;border:4px dotted #0A6A50;padding:5px">
<table ${TABLE}><tr><td class="stin" style="border:1px solid #0A6A50;padding:8px 4px 6px;font-family:${SANS}">
<table ${TABLE}><tr><td class="stin" style="padding-left:6px;${label}">${text(sheet.stamp.word)}</td>
<td class="stin" align="right" style="padding-right:6px;${label}">${text(sheet.stamp.mark)}</td></tr></table>
${sheet.stamp.value}
</td></tr></table></td></tr></table>
<p class="ink2" style="margin:20px 0 0;${fine};color:#4A566B">${text(sheet.facts)}</p>
<p class="ink" style="margin:12px 0 0;${fine};font-weight:bold;color:#16213A">${text(sheet.warning)}</p>
</td></tr></table>
<!--[if mso]></td></tr></table><![endif]-->
<table ${TABLE} style="max-width:520px"><tr>
<td class="ink2 foot" style="padding:16px 16px 0;font-family:${SANS};font-size:13px;line-height:19px;color:#4A566B;word-break:break-word">
${text(sheet.foot)}</td></tr></table>
</td></tr></table>
</body>
</html>
`
}
