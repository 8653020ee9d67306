import { baseCss } from './look.ts'

/** The style sheet of the inbox, for `/inbox/style.css`. Each kind of letter has its ink. */
export const inboxCss = `${baseCss}
:root{--k-number:#0A6A50;--k-code:#2450A6;--k-link:#7A2E6E;--k-reset:#8A5A00;--k-notice:#4A5568}
@media (prefers-color-scheme:dark){:root{--k-number:#66D1A8;--k-code:#9DB8FF;--k-link:#E3A5D8;--k-reset:#E8C074;--k-notice:#A9B5C4}}
[hidden]{display:none!important}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.inbox{display:grid;grid-template-columns:380px minmax(0,1fr)}
.list{border-right:1px solid var(--line);min-width:0}
.list header{padding:12px 16px;display:grid;grid-template-columns:minmax(0,1fr);gap:8px;border-bottom:1px solid var(--line)}
#letters{font-size:1rem}
.search{display:flex;gap:8px}
.search input{flex:1;min-width:0;min-height:40px;padding:6px 12px;font:inherit;color:var(--ink);background:var(--sheet);
border:1px solid var(--line2);border-radius:4px}
.search input::placeholder{color:var(--ink2);opacity:1}
.btn{display:inline-flex;align-items:center;min-height:36px;padding:4px 12px;font:600 .9375rem/1.4 var(--sans);color:var(--ink);
background:var(--sheet);border:1px solid var(--line2);border-radius:4px;text-decoration:none;cursor:pointer}
.btn:hover{border-color:var(--ink);background:var(--sheet2)}
.tools{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center;font-size:.875rem}
.tools button:not(.btn){font:inherit;color:var(--seal);background:none;border:0;padding:4px 0;min-height:28px;cursor:pointer;
text-decoration:underline;text-underline-offset:.18em}
.tools a{padding:4px 0}.tools details{margin-left:auto}
.tools details[open]{margin-left:0;flex-basis:100%;display:grid;gap:8px}
summary{cursor:pointer;color:var(--seal);text-decoration:underline;text-underline-offset:.18em;padding:4px 0;width:max-content}
.dot{display:inline-block;width:8px;height:8px;margin-right:6px;border-radius:50%;background:var(--seal)}
.note{padding:12px 16px;color:var(--ink2);font-size:.875rem}
.none{padding:24px 16px}.none h2{font-size:1.125rem}.none p{margin-top:8px}
.list ol{list-style:none}
.list li{display:grid;grid-template-columns:24px minmax(0,1fr);gap:2px 12px;position:relative;border-bottom:1px solid var(--line);padding:12px 16px}
.list li:has([aria-current]){background:var(--sheet2);box-shadow:inset 4px 0 var(--seal)}
.list li.new{animation:new 3s ease-out}@keyframes new{from{background:var(--tint)}}
@media (prefers-reduced-motion:reduce){.list li.new{animation:none}}
.kind{display:inline-grid;place-items:center;width:24px;height:28px;font-weight:700;font-size:.8125rem;color:var(--kc);
border:1.5px dotted currentColor;outline:1px solid currentColor;outline-offset:-5px;background:color-mix(in srgb,var(--kc) 10%,var(--sheet))}
.list .kind{grid-row:span 2;margin-top:2px}
.number{--kc:var(--k-number)}.code{--kc:var(--k-code)}.link{--kc:var(--k-link)}.reset{--kc:var(--k-reset)}.notice{--kc:var(--k-notice)}
.list li a.subject{color:var(--ink);text-decoration:none}
.list li a.subject::after{content:"";position:absolute;inset:0}
.list li a.subject:hover{text-decoration:underline}
.list a.subject:focus-visible{outline:0}.list li:has(a.subject:focus-visible){outline:3px solid var(--focus);outline-offset:-3px}
.subject{font-weight:700;font-size:.9375rem;overflow-wrap:anywhere}
.meta{display:flex;flex-wrap:wrap;gap:0 12px;justify-content:space-between;color:var(--ink2);font-size:.8125rem}
.to{overflow-wrap:anywhere;min-width:0}
.grab{display:inline-flex;gap:10px;align-items:baseline;max-width:100%;padding:3px 8px;min-height:32px;font:700 1.0625rem/1.4 var(--mono);
color:var(--ink);background:var(--sheet);border:1px solid var(--line2);border-radius:3px;overflow-wrap:anywhere;text-decoration:none}
.list .grab{grid-column:2;justify-self:start;position:relative;z-index:1;margin-top:4px}
b.grab{border-style:dashed;-webkit-user-select:all;user-select:all}
button.grab{cursor:pointer;text-align:left}:is(button,a).grab:hover{border-color:var(--ink)}
.grab .path{font-weight:400;font-size:.875rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}
.grab .do{flex:none;font:400 .875rem var(--sans);color:var(--seal);text-decoration:underline;text-underline-offset:.18em}
.letter{padding:20px 24px 32px;min-width:0}
.letter :is(h1,h2)+p{margin-top:8px}
.back{display:none}
.title{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:start;justify-content:space-between}
.title h1{flex:1 1 18rem;display:flex;gap:12px}.title .kind{flex:none}
.acts{display:flex;gap:8px}
.facts{margin-top:16px;display:grid;gap:6px;font-size:.9375rem}
.facts div{display:grid;grid-template-columns:96px minmax(0,1fr);gap:12px;align-items:baseline}
.facts dt{color:var(--ink2)}.facts dd{overflow-wrap:anywhere}
.tabs{display:flex;flex-wrap:wrap;gap:2px;border-bottom:1px solid var(--line2);margin:16px 0 12px}
.tabs a{padding:8px 12px;color:var(--ink2);text-decoration:none;font-size:.9375rem}
.tabs a:hover{text-decoration:underline}
.tabs a[aria-current]{color:var(--ink);font-weight:700;box-shadow:inset 0 -3px var(--seal)}
.views{display:flex;flex-wrap:wrap;gap:8px 16px;justify-content:space-between;margin-bottom:12px}
.seg{display:inline-flex;border:1px solid var(--line2);border-radius:4px;overflow:hidden}
.seg a{padding:6px 10px;font-size:.875rem;color:var(--ink2);text-decoration:none;border-left:1px solid var(--line2)}
.seg a:first-child{border:0}.seg a:hover{text-decoration:underline}.seg a:focus-visible{outline-offset:-3px}
.seg a[aria-current]{background:var(--ink);color:var(--onink)}
iframe.phone{width:min(100%,362px)}iframe.inverted{filter:invert(1) hue-rotate(180deg)}
iframe{display:block;width:100%;height:640px;border:1px solid var(--line);border-radius:4px;background:var(--paper)}
pre{margin:0;padding:12px 16px;background:var(--sheet2);border:1px solid var(--line);border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere}
.source{white-space:pre;overflow:auto;max-height:640px;font-size:.8125rem}
.command{white-space:pre;overflow-x:auto;margin:12px 0;max-width:800px}
@media (max-width:900px){
.inbox{display:block}.list{border-right:0}
.bar,.devbar{padding-inline:16px}.letter{padding:16px}
.reading .list,.inbox:not(.reading) .letter{display:none}.back{display:inline-block;padding:4px 0;margin-bottom:8px}
.facts div{grid-template-columns:minmax(0,1fr);gap:0}
iframe{height:560px}}
`
