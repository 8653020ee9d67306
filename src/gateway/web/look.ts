import { html } from './html.ts'

/** The mark of Sello, for the bar of a page. */
export const stamp = html`<svg viewBox="0 0 26 26" aria-hidden="true"><path class="edge" d="M2 1h2a1 1 0 0 0 2 0h2a1 1 0 0 0 2 0h2
a1 1 0 0 0 2 0h2a1 1 0 0 0 2 0h2a1 1 0 0 0 2 0h2a1 1 0 0 0 1 1v2a1 1 0 0 0 0 2v2a1 1 0 0 0 0 2v2a1 1 0 0 0 0 2v2a1 1 0 0 0 0 2v2
a1 1 0 0 0 0 2v2a1 1 0 0 0-1 1h-2a1 1 0 0 0-2 0h-2a1 1 0 0 0-2 0h-2a1 1 0 0 0-2 0h-2a1 1 0 0 0-2 0h-2a1 1 0 0 0-2 0h-2a1 1 0 0 0-1-1v-2
a1 1 0 0 0 0-2v-2a1 1 0 0 0 0-2v-2a1 1 0 0 0 0-2v-2a1 1 0 0 0 0-2v-2a1 1 0 0 0 0-2v-2a1 1 0 0 0 1-1z"/><path class="letter-s"
d="M16.900 9.600c-.7-1.500-2.100-2.200-3.900-2.200-2.200 0-3.900 1-3.900 2.800 0 4 7.900
1.700 7.900 5.700 0 1.800-1.700 2.900-4 2.900-2 0-3.500-.8-4.200-2.300"/></svg>`

/** What every page looks like, light and dark: the beginning of its style sheet. */
export const baseCss = `:root{color-scheme:light dark;--paper:#E9EEF0;--sheet:#FFFFFF;--sheet2:#F4F7F8;--line:#D0D9DE;--line2:#75838F;
--ink:#16213A;--ink2:#4A566B;--onink:#FFFFFF;--seal:#0A6A50;--tint:#E2F0EA;--warn:#8A5200;--warnt:#FBF0DC;--focus:#2450A6;
--sans:-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,system-ui,sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono","Roboto Mono","Noto Sans Mono","Liberation Mono",Consolas,monospace}
@media (prefers-color-scheme:dark){:root{--paper:#0E141D;--sheet:#161E29;--sheet2:#1C2633;--line:#2C3847;--line2:#728399;
--ink:#E8EDF3;--ink2:#A9B5C4;--onink:#161E29;--seal:#66D1A8;--tint:#14302A;--warn:#F0BE62;--warnt:#33270F;--focus:#9DB8FF}}
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;background:var(--paper);color:var(--ink);font:400 1rem/1.5 var(--sans);display:flex;flex-direction:column}
h1,h2,h3,p,ol,dl,dd{margin:0;padding:0}
h1,h2{font-size:1.375rem;line-height:1.25;overflow-wrap:anywhere}h3{font-size:1rem;margin:24px 0 8px}
a{color:var(--seal);text-underline-offset:.18em}
code,pre,.mono{font-family:var(--mono);font-size:.9375em}
time{font-variant-numeric:tabular-nums;white-space:nowrap}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:3px}
.muted{color:var(--ink2)}
.skip{position:absolute;left:-999px;top:0;background:var(--ink);color:var(--onink);padding:12px 16px;z-index:9}.skip:focus{left:0}
.bar{display:flex;align-items:center;gap:16px;padding:12px 24px}
.brand{display:inline-flex;align-items:center;gap:10px;color:var(--ink);text-decoration:none;font-weight:700;font-size:1.0625rem}
.brand svg{width:26px;height:26px}.edge{fill:var(--seal)}
.letter-s{fill:none;stroke:var(--onink);stroke-width:2.3;stroke-linecap:round}
.bar nav{margin-left:auto;display:flex;gap:4px;font-size:.9375rem}
.bar nav a{color:var(--ink2);text-decoration:none;padding:6px 10px}
.bar nav a[aria-current]{color:var(--ink);font-weight:700;box-shadow:inset 0 -2px var(--seal)}
.devbar{background:repeating-linear-gradient(-45deg,var(--warnt) 0 14px,transparent 14px 28px),var(--sheet);
border-block:1px solid var(--warn);padding:8px 24px;font-size:.9375rem}
.devbar span{background:var(--sheet);padding:2px 8px;border-radius:3px;-webkit-box-decoration-break:clone;box-decoration-break:clone}
main{flex:1;background:var(--sheet)}`
