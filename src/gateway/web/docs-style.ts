import { baseCss } from './look.ts'

/** The style sheet of the API's page, for `/docs/style.css`. */
export const docsCss = `${baseCss}
:root{--bad:#A3202C;--badt:#FBE9EA}
@media (prefers-color-scheme:dark){:root{--bad:#FF9AA2;--badt:#3A1B20}}
ul{margin:0;padding:0;list-style:none}[hidden]{display:none!important}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.docs{flex:1;display:grid;grid-template-columns:320px minmax(0,1fr);background:var(--sheet)}
.toc{padding:20px 16px;font-size:.875rem;align-self:start;position:sticky;top:0}
.toc h2{font-size:1rem;margin:0 0 8px}.toc ul+h2{margin-top:20px}
.toc a{display:block;padding:8px;color:var(--ink);text-decoration:none;border-radius:4px}
.toc a:hover{background:var(--sheet2);text-decoration:underline}
.path{font-family:var(--mono);overflow-wrap:anywhere}
main{padding:24px 32px 64px;max-width:880px;min-width:0;border-left:1px solid var(--line)}
main p{margin-top:8px;max-width:70ch;overflow-wrap:anywhere}
.group{margin-top:40px}
.call{margin-top:24px;border:1px solid var(--line);border-radius:6px;padding:20px;min-width:0}
.call h3{margin:0;font-size:1.125rem;line-height:1.4}
.call h4{font-size:1rem;margin:24px 0 8px}
.lead{font-weight:600}
.method{display:inline-block;font:700 .75rem/1.6 var(--mono);padding:0 6px;border-radius:3px;border:1px solid currentColor;color:var(--seal)}
.method.get{color:var(--focus)}.method.delete{color:var(--bad)}
.field{margin-top:12px;max-width:640px}
.field label{display:block;font:700 .9375rem/1.4 var(--mono)}
.key label{font-family:var(--sans)}
input{width:100%;min-height:40px;padding:6px 10px;font:400 1rem/1.4 var(--mono);color:var(--ink);background:var(--sheet);border:1px solid var(--line2);
border-radius:4px}
.about{color:var(--ink2);font-size:.875rem}main .about{margin-top:4px}
.about b{font-weight:600}
main .send{margin-top:16px}
button{min-height:40px;padding:6px 18px;font:700 1rem/1.4 var(--sans);color:var(--onink);background:var(--seal);border:1px solid var(--seal);
border-radius:4px;cursor:pointer}
button[aria-disabled]{opacity:.7;cursor:progress}
.copy,.plain{min-height:32px;padding:2px 12px;font-size:.875rem;color:var(--seal);background:var(--sheet)}
.copy{display:block;margin:4px 0 0 auto}
pre{max-height:32rem;overflow:auto;white-space:pre;overflow-wrap:normal;font-size:.875rem;line-height:1.5;tab-size:4;
margin:8px 0 0;padding:12px 16px;background:var(--sheet2);border:1px solid var(--line);border-radius:4px}
details{margin-top:8px}
summary{cursor:pointer;padding:4px 0;overflow-wrap:anywhere}
.status{font-family:var(--mono)}.good{color:var(--seal)}.bad{color:var(--bad)}
.facts{margin-top:8px;display:grid;gap:4px;font-size:.9375rem}
.facts div{display:grid;grid-template-columns:minmax(0,14rem) minmax(0,1fr);gap:12px}
.facts dd,.facts dt{overflow-wrap:anywhere}
.answer,.next{margin-top:16px;padding:12px 16px;border-left:4px solid var(--seal);background:var(--tint);min-width:0}
.answer.refused{border-color:var(--bad);background:var(--badt)}
.answer h4,.next h4{margin:0}
.next ol{list-style:none;display:grid;gap:4px;margin-top:8px}
.next li{display:flex;flex-wrap:wrap;gap:0 12px}
.next .links{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center}
@media (max-width:900px){
.bar,.devbar{padding-inline:16px}.docs{display:block}
.toc{position:static;border-bottom:1px solid var(--line)}
main{padding:16px;border-left:0}.call{padding:16px 12px}
.facts div{grid-template-columns:minmax(0,1fr);gap:0}}
@media (max-width:480px){.bar{flex-wrap:wrap}.bar nav{margin-left:0}}
`
