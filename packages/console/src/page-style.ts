/** The look of the console, light and dark: dense and calm. Colour never says anything that words do not. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --page: #f6f6f4; --panel: #fff; --ink: #1c1f24; --soft: #596070; --rule: #e0e2e6; --hair: #edeff2;
  --c1: #1f6fd1; --c2: #b84f00; --c3: #0a7d6d; --c4: #7a44c9; --c5: #b62a73; --c6: #646d00;
  --good: #1d6b3a; --goodback: #dff1e5; --busy: #8a5300; --busyback: #fdeccb; --bad: #b3202a; --badback: #fbe0e1; --unknown: #596070; --unknownback: #e9ebee; }
@media (prefers-color-scheme: dark) { :root { --page: #14161a; --panel: #1c1f25; --ink: #e7e9ed; --soft: #9aa2af; --rule: #333842; --hair: #272b33;
  --c1: #6aa9ff; --c2: #ff9d4d; --c3: #43c9b3; --c4: #b595ff; --c5: #ff86bd; --c6: #c3cf4e;
  --good: #8fd6a8; --goodback: #1b3a28; --busy: #f5c36b; --busyback: #40300f; --bad: #ff9ea0; --badback: #4a1d20; --unknown: #aab1bd; --unknownback: #2b3038; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 14px/1.45 system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1680px; margin: 0 auto; padding: 12px 20px 40px; display: grid; gap: 12px; grid-template-columns: minmax(0, 1fr); }
h1 { font-size: 19px; margin: 0; } h2 { font-size: 15px; margin: 0 0 8px; } h3 { font-size: 14px; margin: 0 0 6px; overflow-wrap: anywhere; } * + h3 { margin-top: 14px; } h4 { font-size: 13px; margin: 12px 0 4px; color: var(--soft); }
p { margin: 4px 0; } small, .none, .more, .legend { color: var(--soft); font-size: 12.5px; } code { font: 12.5px ui-monospace, "SF Mono", Menlo, monospace; }
pre { background: var(--hair); padding: 8px 12px; border-radius: 6px; overflow-x: auto; } a { color: var(--c1); }
section { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 16px; min-width: 0; }
.health { border: 1px solid; border-left-width: 8px; border-radius: 8px; padding: 10px 16px; overflow-wrap: anywhere; }
.health p { color: var(--ink); font-size: 13px; } .health ul { margin: 2px 0; padding-left: 18px; }
.well { background: var(--goodback); border-color: var(--good); } .well h1 { color: var(--good); }
.busy.health { background: var(--busyback); border-color: var(--busy); } .busy h1 { color: var(--busy); }
.trouble, .health.silent { background: var(--badback); border-color: var(--bad); } .trouble h1, .health.silent h1 { color: var(--bad); }
#lost { position: sticky; top: 0; z-index: 1; padding: 10px 24px; background: var(--badback); color: var(--bad); border-bottom: 2px solid var(--bad); font-weight: 600; }
#lost small { color: inherit; } .lost main, .old .beside { filter: grayscale(1); opacity: 0.6; }
.bad:not(.badge) { color: var(--bad); font-weight: 600; }
.beside { display: grid; grid-template-columns: minmax(220px, 320px) minmax(0, 1fr); gap: 8px 28px; align-items: start; }
.columns { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); align-items: start; }
.cards { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); }
.card { border: 1px solid var(--rule); border-radius: 6px; padding: 10px 12px; min-width: 0; overflow-wrap: anywhere; }
article + article:not(.card) { border-top: 1px solid var(--rule); padding-top: 12px; margin-top: 12px; }
.wide { overflow: auto; max-height: 460px; margin-bottom: 8px; } .wide:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--c1); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; } .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: 3px 10px 3px 0; text-align: left; border-top: 1px solid var(--hair); white-space: nowrap; font-weight: 400; } thead th { color: var(--soft); font-size: 12.5px; border: 0; position: sticky; top: 0; background: var(--panel); }
.number { text-align: right; } td.text, .columns tbody th { white-space: normal; min-width: 110px; overflow-wrap: anywhere; } meter { width: 64px; height: 12px; vertical-align: middle; }
.badge { display: inline-block; padding: 0 7px; border-radius: 9px; font-size: 12px; line-height: 18px; white-space: nowrap; }
.badge.good { color: var(--good); background: var(--goodback); } .badge.busy { color: var(--busy); background: var(--busyback); }
.badge.bad { color: var(--bad); background: var(--badback); } .badge.unknown { color: var(--unknown); background: var(--unknownback); }
.c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); }
.dot { display: inline-block; min-width: 20px; border-radius: 10px; padding: 0 5px; text-align: center; background: var(--c); color: var(--panel); font-size: 12px; }
.key { display: inline-block; margin-right: 14px; } .key::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 5px; background: var(--c); margin-right: 6px; }
figure { margin: 0; } figcaption { text-align: center; font-size: 12.5px; color: var(--soft); }
svg { display: block; width: 100%; height: auto; } .ring { max-width: 300px; margin: 0 auto; } .chart { max-width: 420px; margin: 4px 0; }
.circle { fill: none; stroke: var(--rule); stroke-width: 3; } .centre { text-anchor: middle; fill: var(--soft); font-size: 13px; } .centre.told { fill: var(--ink); font-size: 16px; font-weight: 600; }
.member circle { fill: var(--c); stroke: var(--panel); stroke-width: 2; } .member text { text-anchor: middle; fill: var(--panel); font-size: 13px; font-weight: 600; }
.member.leaving circle, .member.joining circle, .member.silent circle, .member.down circle { fill: var(--panel); stroke: var(--c); stroke-dasharray: 4 3; } .member.leaving text, .member.joining text, .member.silent text, .member.down text { fill: var(--c); }
.cross { stroke: var(--bad); stroke-width: 2.5; fill: none; }
.line { fill: none; stroke: var(--c); stroke-width: 1.6; stroke-linejoin: round; } .end { fill: var(--c); } .grid { stroke: var(--hair); } .tick { fill: var(--soft); font-size: 10px; }
line.bound { stroke: var(--bad); stroke-dasharray: 4 3; } text.bound { fill: var(--bad); font-size: 10px; paint-order: stroke; stroke: var(--panel); stroke-width: 3px; }
.sizes { display: flex; gap: 18px; margin: 0 0 6px; } .sizes dt { color: var(--soft); font-size: 12px; } .sizes dd { margin: 0; font-size: 20px; }
summary { cursor: pointer; padding: 2px 0; } details p { padding-left: 16px; overflow-wrap: anywhere; } .condition { font-size: 13px; }
.activities { max-height: 260px; overflow-y: auto; }
@media (max-width: 760px) { main { padding: 8px 8px 32px; } section { padding: 10px; } .beside { grid-template-columns: minmax(0, 1fr); } #lost { padding: 10px 12px; } }
`;

/** A ring with three nodes on it. */
export const PAGE_ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="11" fill="none" stroke="#8a93a3" stroke-width="3"/><circle cx="16" cy="5" r="5" fill="#1f6fd1"/><circle cx="25.5" cy="21.5" r="5" fill="#c45500"/><circle cx="6.5" cy="21.5" r="5" fill="#0a8f7c"/></svg>`;
