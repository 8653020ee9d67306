/** The stamp: a perforated edge of holes on a grid around a solid middle, a rosette as on securities, and the postmark over it. */
export const stampCss = `.stamp-wrap{filter:var(--drop);flex:none}
.stamp{--g:8px;--r:2.5px;--kc:var(--seal);position:relative;color:var(--kc);width:calc(11*var(--g));height:calc(14*var(--g));--bg:var(--tint);background:var(--bg);
--cut:radial-gradient(circle var(--r) at 50% 50%,#0000 calc(100% - .5px),#000) calc(var(--g)/-2) calc(var(--g)/-2)/var(--g) var(--g);
-webkit-mask:linear-gradient(#000 0 0) center/calc(100% - 2*var(--r) - 2px) calc(100% - 2*var(--r) - 2px) no-repeat,var(--cut);
mask:linear-gradient(#000 0 0) center/calc(100% - 2*var(--r) - 2px) calc(100% - 2*var(--r) - 2px) no-repeat,var(--cut)}
.stamp.code{--kc:var(--k-code);--bg:var(--infot)}
.stamp.link{--kc:var(--k-link);--bg:color-mix(in srgb,var(--k-link) 11%,var(--sheet))}
.stamp.reset{--kc:var(--k-reset);--bg:var(--warnt)}
.stamp.note{--kc:var(--k-note);--bg:var(--sheet2);border:0;border-radius:0;padding:0}
.stamp .face{position:absolute;inset:7px;border:1px solid;outline:1px solid;outline-offset:-3px;display:flex;flex-direction:column;align-items:center;justify-content:space-between;padding:6px 4px;line-height:1;overflow:hidden}
.stamp .face::before{content:"";position:absolute;left:50%;top:50%;width:132px;height:132px;translate:-50% -50%;background:currentColor;opacity:.5;
--ros:url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='-50 -50 100 100'%3E%3Cg fill='none' stroke='%23000' stroke-width='.45'%3E%3Cg id='a'%3E%3Cellipse id='e' rx='46' ry='19'/%3E%3Cuse href='%23e' transform='rotate(10)'/%3E%3Cuse href='%23e' transform='rotate(20)'/%3E%3C/g%3E%3Cuse href='%23a' transform='rotate(30)'/%3E%3Cuse href='%23a' transform='rotate(60)'/%3E%3Cuse href='%23a' transform='rotate(90)'/%3E%3Cuse href='%23a' transform='rotate(120)'/%3E%3Cuse href='%23a' transform='rotate(150)'/%3E%3Ccircle r='47.5'/%3E%3Ccircle r='49'/%3E%3C/g%3E%3C/svg%3E");
-webkit-mask:var(--ros) center/contain no-repeat;mask:var(--ros) center/contain no-repeat}
.stamp .t,.stamp .v small{position:relative;font-size:.5625rem;font-weight:700;letter-spacing:.1em;text-transform:uppercase;background:var(--bg);padding:2px 3px 2px 4px}
.stamp .v{position:absolute;inset:0;display:grid;place-items:center;font-size:1.75rem;font-weight:700;letter-spacing:-.04em}
.stamp .v small{position:absolute;bottom:6px}
.franked{position:relative;flex:none}
.postmark{position:absolute;left:-78px;top:12px;width:176px;color:var(--ink);rotate:-9deg;opacity:.86;mix-blend-mode:multiply;pointer-events:none;animation:frank .28s cubic-bezier(.2,.9,.3,1) both}
.pm-text{fill:currentColor;font-family:"Liberation Sans",Arial,sans-serif;font-weight:700}
@media (prefers-color-scheme:dark){.postmark{mix-blend-mode:screen}}
@keyframes frank{from{opacity:0;scale:1.35}60%{opacity:1}to{opacity:.86;scale:1}}
@media (max-width:600px){.postmark{left:-60px;width:150px}}
`
