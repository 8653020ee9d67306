import { baseCss } from '../web/look.ts'
import { stampCss } from './stamp-style.ts'

/** The style of all pages for people. */
export const pageCss = `${baseCss}
:root{--err:#B3261E;--errt:#FCECEA;--info:#2450A6;--infot:#E8EEFB;--k-code:#2450A6;--k-link:#7A2E6E;--k-reset:#8A5A00;--k-note:#4A5568;
--shadow:0 1px 0 rgba(22,33,58,.05),0 8px 24px -12px rgba(22,33,58,.28);
--drop:drop-shadow(0 0 .6px rgba(22,33,58,.6)) drop-shadow(0 1px 1.5px rgba(22,33,58,.22))}
@media (prefers-color-scheme:dark){:root{--err:#FF9A8F;--errt:#361A1B;--info:#9DB8FF;--infot:#1A2540;--k-code:#9DB8FF;--k-link:#E3A5D8;
--k-reset:#E8C074;--k-note:#A9B5C4;--shadow:0 1px 0 rgba(255,255,255,.03) inset,0 12px 28px -14px #000;--drop:drop-shadow(0 1px 2px rgba(0,0,0,.7))}}
html{scroll-padding-top:80px}
body{display:block}
main{background:none}
ul{margin:0;padding:0;list-style:none}
h1{font-size:1.75rem;line-height:1.2;letter-spacing:-.012em;text-wrap:balance}h2{font-size:1.125rem;line-height:1.35}
svg,img{display:block}
[hidden]{display:none!important}
.small{font-size:.875rem}.mono{font-variant-numeric:tabular-nums}.wrap{overflow-wrap:anywhere;min-width:0}
.sr{position:absolute!important;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.bar{max-width:1120px;margin:0 auto;padding:16px 24px;flex-wrap:wrap}.bar.wide{max-width:760px}
.bar .langs a{padding:6px 10px;min-height:32px;border-radius:3px;font-size:.875rem}
.bar .langs a[aria-current]{border-radius:0}
.env{max-width:560px;margin:16px auto 32px;background:var(--sheet);border:1px solid var(--line);border-radius:6px;box-shadow:var(--shadow);padding:24px 32px 32px}
.env-top{display:flex;justify-content:space-between;gap:16px;margin-bottom:16px}.env-top:has(.stamp){margin-bottom:0}
.sender{font-size:.8125rem;line-height:1.4;color:var(--ink2);min-width:0;overflow-wrap:anywhere}
.sender b{display:block;color:var(--ink);font-size:1rem}
.sender img{max-width:200px;max-height:40px;margin-bottom:6px}
.env-top:not(:has(.stamp)){min-height:72px}
.env h1{margin-top:8px}.idcard p.muted{margin-top:8px}
.lead{margin-top:8px;color:var(--ink2);max-width:46ch}.lead b{color:var(--ink)}
.env>.note{margin:12px 0 16px}
form{margin-top:24px;display:grid;gap:24px}
.env-foot{margin-top:24px;padding-top:16px;border-top:1px dashed var(--line2);font-size:.9375rem;display:grid;gap:8px}
.env-foot form{margin-top:8px}
.colophon{max-width:560px;margin:0 auto;padding:0 24px 32px;font-size:.8125rem;color:var(--ink2);display:flex;gap:4px 20px;flex-wrap:wrap;align-items:baseline}.colophon>span{flex:1 0 auto}.colophon>div{display:flex;gap:0 20px;flex-wrap:wrap}
.colophon>span,.colophon a{padding:4px 0}.colophon a{color:inherit}
.field{display:grid;gap:6px}.field>label{font-weight:700}
.hint{color:var(--ink2);font-size:.875rem}
.in{font:inherit;color:inherit;background:var(--sheet);border:1px solid var(--line2);border-radius:4px;min-height:48px;padding:10px 14px;width:100%}
.in:hover{border-color:var(--ink)}
.in:focus{outline:3px solid var(--focus);outline-offset:0;border-color:var(--focus)}
.pw{position:relative}.pw .in{padding-right:104px}
.pw button{position:absolute;right:5px;top:5px;min-height:38px;border:0;background:none;color:var(--seal);font:inherit;font-size:.9375rem;text-decoration:underline;text-underline-offset:.18em;padding:0 10px;cursor:pointer}
.field.bad{border-left:4px solid var(--err);padding-left:16px}
.field.bad .in{border-color:var(--err)}
.msg-err{color:var(--err);font-weight:700;display:flex;gap:8px}
.btn{font:inherit;font-weight:700;border-radius:4px;border:1px solid var(--ink);background:var(--ink);color:var(--onink);min-height:48px;padding:10px 20px;cursor:pointer;text-decoration:none;display:inline-flex;align-items:center;justify-content:center;gap:8px}
.btn.wide{width:100%}
.btn:hover{background:color-mix(in srgb,var(--ink) 86%,var(--seal))}
.btn.ghost{background:none;color:var(--ink);border-color:var(--line2)}
.btn.ghost:hover{background:var(--sheet2);border-color:var(--ink)}
.btn.danger{background:none;color:var(--err);border-color:currentColor}
.btn.danger:hover{background:var(--errt)}
.env .btn.danger{background:var(--err);color:var(--sheet);border-color:var(--err)}.env .btn.danger:hover{background:color-mix(in srgb,var(--err) 86%,var(--ink))}
.btn.sm{min-height:36px;padding:5px 12px;font-size:.9375rem;font-weight:400}
.btn[aria-disabled=true]{background:none;color:var(--ink2);border:1px dashed var(--line2);cursor:default;font-weight:400}
.next{margin-top:20px}.env>form+p{margin-top:12px}
.ways{list-style:none;counter-reset:way;margin-top:20px}
.ways>li{counter-increment:way;position:relative;display:grid;gap:6px;padding:16px 0 16px 40px;border-top:1px dashed var(--line2);font-size:.9375rem}
.ways>li::before{content:counter(way);position:absolute;left:0;top:14px;font:700 1.25rem/1.5 var(--mono);color:var(--seal)}
.ways>li:last-child{padding-bottom:0}.ways form{margin:4px 0 0}.ways .kv{gap:6px}.ways .kv>div{padding-top:6px}
.steps{list-style:disc;margin:4px 0 20px;padding-left:22px;color:var(--ink2)}
.row{display:flex;gap:12px;flex-wrap:wrap;align-items:center}
.row form{margin:0}.row.next{margin-top:24px}
.index{--n:4;--cell:56px;--gap:16px;position:relative;width:calc(var(--n)*var(--cell) + (var(--n) - 1)*var(--gap));max-width:100%}
.index.d5{--n:5}.index.d6{--n:6;--cell:48px;--gap:12px}.index.d7{--n:7;--cell:42px;--gap:8px}.index.d8{--n:8;--cell:38px;--gap:6px}
.index .in{font:700 2.5rem/1 var(--mono);height:84px;padding:0 0 0 calc((var(--cell) - 1ch)/2);letter-spacing:calc(var(--cell) + var(--gap) - 1ch);width:calc(var(--n)*var(--cell) + var(--n)*var(--gap));clip-path:inset(-6px calc(var(--gap) - 6px) -6px -6px);border:0;border-radius:4px;background:none;position:relative;font-variant-numeric:tabular-nums lining-nums}
.index:is(.d7,.d8) .in{font-size:1.75rem}
.index::before{content:"";position:absolute;inset:0;background:var(--stc,var(--line2));
--st:url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 56 84' preserveAspectRatio='none'%3E%3Cg fill='none' stroke='%23000' stroke-width='1.7' stroke-linecap='round' stroke-dasharray='.1 4.9'%3E%3Cpath d='M8 6H48V78H8ZM8 42H48L8 78M48 6 8 42'/%3E%3C/g%3E%3C/svg%3E");
-webkit-mask:var(--st) 0 0/var(--cell) 84px space;mask:var(--st) 0 0/var(--cell) 84px space;opacity:.75}
.index::after{content:"";position:absolute;left:0;right:0;bottom:0;height:3px;background:repeating-linear-gradient(90deg,var(--stc,var(--ink)) 0 var(--cell),transparent 0 calc(var(--cell) + var(--gap)))}
.index:focus-within::before{background:var(--focus)}.index:focus-within::after{--stc:var(--focus)}
.index .in:focus{outline:0}.index:focus-within{outline:3px solid var(--focus);outline-offset:5px;border-radius:4px}.field>.index{margin:4px 0}
.bad .index{--stc:var(--err)}
.clock{display:flex;gap:8px 16px;flex-wrap:wrap;align-items:baseline;font-size:.9375rem}
.clock b{font-family:var(--mono);font-size:1.0625rem}
.pips{display:inline-flex;gap:5px;vertical-align:-1px;margin-right:8px}
.pips i{width:11px;height:11px;border-radius:50%;border:1.5px solid currentColor}.pips i.on{background:currentColor}
.note{border:1px solid;border-left-width:5px;border-radius:4px;padding:12px 16px;background:var(--sheet2);border-color:var(--line2)}
.note h2{font-size:1rem}.note p+p{margin-top:4px}
.note.err{border-color:var(--err);background:var(--errt)}.note.err :is(h2,a){color:var(--err)}
.note.ok{border-color:var(--seal);background:var(--tint)}.note.ok h2{color:var(--seal)}
.note.warn{border-color:var(--warn);background:var(--warnt)}.note.warn h2{color:var(--warn)}
.note.info{border-color:var(--info);background:var(--infot)}.note.info h2{color:var(--info)}
.env .devbar{margin:16px 0 0;padding:8px 12px;border:1px solid var(--warn);border-radius:4px}
.tag{display:inline-flex;align-items:center;gap:5px;font-size:.75rem;font-weight:700;letter-spacing:.045em;text-transform:uppercase;line-height:1;padding:4px 6px;border:1.5px solid currentColor;border-radius:3px;color:var(--ink2);white-space:nowrap}
.tag.ok{color:var(--seal)}.tag::before{content:"";width:7px;height:7px;border-radius:50%;background:currentColor}
.page~.colophon{max-width:760px}
.ways{justify-content:space-between}.ways a{padding:6px 0}.ways form{margin-left:auto}
.page>.note{margin-top:16px}.note form{margin-top:12px;justify-items:start}
.choices{border:0;margin:0;padding:0;display:grid;gap:8px}
.choice{display:flex;gap:12px;align-items:center;min-height:48px;padding:8px 16px;border:1px solid var(--line2);border-radius:4px;cursor:pointer}
.choice:has(:checked){border-color:var(--seal);background:var(--tint)}.choice input{width:20px;height:20px;margin:0;accent-color:var(--seal)}
.holds{margin-top:12px;padding-left:20px;list-style:disc}
.page{max-width:760px;margin:0 auto;padding:12px 24px 64px}
.card{background:var(--sheet);border:1px solid var(--line);border-radius:6px;padding:24px;margin-top:16px}
.card>header{display:flex;gap:12px;align-items:center;justify-content:space-between;flex-wrap:wrap;margin-bottom:12px}
.card>header form{margin:0}
.idcard{display:flex;justify-content:space-between;gap:16px;box-shadow:var(--shadow);overflow:hidden}
.idcard>div:first-child{min-width:0}.idcard h1{font-size:1.5rem}
.kv{display:grid;gap:12px}
.kv>div{display:grid;grid-template-columns:150px 1fr auto;gap:8px 16px;align-items:baseline;padding-top:12px;border-top:1px solid var(--line)}
.env .kv>div{grid-template-columns:150px 1fr}.env .kv dd{min-width:0}
.kv>div:first-child{border-top:0;padding-top:0}.kv dt{color:var(--ink2)}
.sess li{display:grid;grid-template-columns:40px 1fr auto;gap:12px;align-items:center;padding:12px 0;border-top:1px solid var(--line)}
.sess li:first-child{border-top:0}.sess svg{width:28px;height:28px;fill:none;stroke:var(--ink2);stroke-width:1.8}.sess form{margin:0}
${stampCss}
@media (max-width:600px){
.bar{padding:12px 16px}.env{margin:0 12px 24px;padding:16px 16px 24px}h1{font-size:1.5rem}
.index{--cell:52px;--gap:14px}.index.d5{--cell:44px;--gap:10px}.index.d6{--cell:38px;--gap:8px}.index.d7{--cell:32px;--gap:6px}.index.d8{--cell:28px;--gap:5px}
.page{padding:8px 12px 48px}.card{padding:16px}
.idcard{flex-direction:column-reverse}.idcard .franked{align-self:flex-end;margin-bottom:-28px}
.kv>div,.env .kv>div{grid-template-columns:1fr auto}.env .kv>div{gap:0}.kv dt{grid-column:1/-1}
.sess li{grid-template-columns:40px 1fr}.sess form{grid-column:2;justify-items:start}}
@media (max-width:360px){.bar{gap:8px}.bar .langs a{padding:6px}
.index{--cell:46px;--gap:12px}.index.d5{--cell:40px;--gap:8px}.index.d6{--cell:34px;--gap:6px}.index.d7{--cell:28px;--gap:6px}.index.d8{--cell:25px;--gap:5px}}
@media (forced-colors:active){.index .in{border:2px solid FieldText;clip-path:none}.index::before,.index::after{display:none}.tag::before,.pips i.on{forced-color-adjust:none}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media print{.bar,.colophon{display:none}}
`
