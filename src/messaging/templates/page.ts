import type { Link, Sheet } from './layout.ts'
import { INKS, type Look, lookOf } from './look.ts'

export const SANS = "-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif"

const TABLE = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
const { text: TEXT, soft: SOFT, sheet: SHEET, desk: DESK, edge: EDGE, control: CONTROL } = INKS
/** Outlook on Windows knows no padding of an anchor. */
const OUTLOOK = 'mso-padding-alt:12px 16px'
const FINE = 'font-size:15px;line-height:22px'

/** Text as markup, for elements and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The page of a letter: tables and inline styles, which survive a mail program that drops <style>; light and dark; no image. */
export function page(sheet: Sheet): string {
  const look = lookOf(sheet.ink, sheet.letter.app.accent)
  return `<!doctype html>
<html lang="${escapeHtml(sheet.letter.locale)}" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${escapeHtml(sheet.subject)}</title>
<style>
${styles(look)}
</style>
</head>
<body class="bg" style="margin:0;padding:0;background:${DESK.light}">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${escapeHtml(sheet.preheader)}</div>
<table ${TABLE} lang="${escapeHtml(sheet.letter.locale)}" class="bg" bgcolor="${DESK.light}" style="background:${DESK.light}"><tr><td align="center" style="padding:20px 8px">
<!--[if mso]><table role="presentation" width="520" cellpadding="0" cellspacing="0"><tr><td><![endif]-->
<table ${TABLE} class="sheet" bgcolor="${SHEET.light}" style="max-width:520px;background:${SHEET.light};border:1px solid ${EDGE.light};border-radius:6px">
<tr><td class="pad" style="padding:20px 16px;font-family:${SANS};font-size:16px;line-height:24px;color:${TEXT.light};word-break:break-word">
${body(sheet, look)}
</td></tr></table>
<table ${TABLE} style="max-width:520px"><tr>
<td class="ink2 foot" style="padding:16px 16px 0;font-family:${SANS};font-size:13px;line-height:19px;color:${SOFT.light};word-break:break-word">
${escapeHtml(sheet.foot.join(' '))}</td></tr></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
`
}

/** A page as a mail program in that theme shows it, whatever theme the browser has that it is looked at in. */
export function inTheme(html: string, theme: 'light' | 'dark'): string {
  const media = theme === 'dark' ? '@media all' : '@media not all'
  return html.replaceAll('@media (prefers-color-scheme:dark)', media).replaceAll('light dark', theme)
}

function body(sheet: Sheet, look: Look): string {
  return [
    `<p class="ink" style="margin:0 0 20px;font-weight:bold;color:${TEXT.light}">${escapeHtml(sheet.app)}</p>`,
    `<h1 class="ink" style="margin:0 0 8px;font-size:22px;line-height:28px;color:${TEXT.light}">${escapeHtml(sheet.heading)}</h1>`,
    `<p class="ink" style="margin:0 0 20px;color:${TEXT.light}">${escapeHtml(sheet.lead)}</p>`,
    stamp(sheet, look),
    ...sheet.links.map((link, at) => linked(link, at, look)),
    ...(sheet.facts.length === 0 ? [] : [soft(sheet.facts.join(' '), 20)]),
    ...(sheet.warning === undefined
      ? []
      : [`<p class="ink" style="margin:12px 0 0;${FINE};font-weight:bold;color:${TEXT.light}">${escapeHtml(sheet.warning)}</p>`]),
  ].join('\n')
}

/** A perforated edge that a mail program without SVG and masks draws too: a cell with a dotted border. */
function stamp({ stamp: { word, mark, value } }: Sheet, { ink, paper }: Look): string {
  const label = `font-size:12px;line-height:16px;font-weight:bold;letter-spacing:1px;text-transform:uppercase;color:${ink.light}`
  return `<table ${TABLE}><tr><td class="st" bgcolor="${paper.light}" style="background:${paper.light};border:4px dotted ${ink.light};padding:5px">
<table ${TABLE}><tr><td class="stin" style="border:1px solid ${ink.light};padding:8px 4px 6px;font-family:${SANS}">
<table ${TABLE}><tr><td class="stin" style="padding-left:6px;${label}">${escapeHtml(word)}</td>
<td class="stin" align="right" style="padding-right:6px;${label}">${escapeHtml(mark)}</td></tr></table>
${value}
</td></tr></table></td></tr></table>`
}

/** The first link is the one to follow; another is outlined. The padding is the anchor's, so that all of the button can be pressed. */
function linked({ before, label, url }: Link, at: number, { button, rim, label: onButton }: Look): string {
  const look =
    at === 0
      ? {
          cell: `class="cta" bgcolor="${button.light}" style="background:${button.light};border:1px solid ${rim.light};border-radius:4px;${OUTLOOK}"`,
          ink: 'ctat',
          color: onButton.light,
        }
      : { cell: `class="alt" style="border:1px solid ${CONTROL.light};border-radius:4px;${OUTLOOK}"`, ink: 'ink', color: TEXT.light }
  const anchor = `display:block;padding:12px 16px;font-weight:bold;text-align:center;text-decoration:none;color:${look.color}`
  return `${before === undefined ? '' : `${soft(before, 20)}\n`}<table ${TABLE} style="margin:${before === undefined ? 20 : 12}px 0 0"><tr>
<td ${look.cell}><a class="${look.ink}" href="${escapeHtml(url)}" target="_blank" style="${anchor}">${escapeHtml(label)}</a></td></tr></table>`
}

function soft(words: string, above: number): string {
  return `<p class="ink2" style="margin:${above}px 0 0;${FINE};color:${SOFT.light}">${escapeHtml(words)}</p>`
}

/** What goes beyond inline styles: the dark theme, and room where there is some. */
function styles({ ink, paper, button, rim, label }: Look): string {
  return `:root{color-scheme:light dark;supported-color-schemes:light dark}
a[x-apple-data-detectors]{color:inherit!important;text-decoration:none!important}
@media (prefers-color-scheme:dark){
.bg{background:${DESK.dark}!important}.sheet{background:${SHEET.dark}!important;border-color:${EDGE.dark}!important}
.ink,.big{color:${TEXT.dark}!important}.ink2{color:${SOFT.dark}!important}
.st{background:${paper.dark}!important;border-color:${ink.dark}!important}
.stin{border-color:${ink.dark}!important;color:${ink.dark}!important}
.cta{background:${button.dark}!important;border-color:${rim.dark}!important}.ctat{color:${label.dark}!important}.alt{border-color:${CONTROL.dark}!important}}
[data-ogsc] .ink,[data-ogsc] .big{color:${TEXT.dark}!important}
@media (min-width:481px){
.big{font-size:44px!important;line-height:60px!important}.gap{padding-left:16px!important}
.pad{padding:28px 32px 24px!important}.foot{padding:16px 32px 0!important}}`
}
