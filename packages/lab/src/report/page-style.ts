/** The look of the report, light and dark. Colours of series differ in lightness too, so that they are told apart without hue. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --page: #fbfbfa; --panel: #fff; --ink: #1c1f24; --soft: #5c6370; --rule: #e3e5e8; --hair: #eef0f2;
  --c1: #1f6fd1; --c2: #c45500; --c3: #0a8f7c; --c4: #7a44c9; --c5: #b62a73; --c6: #6a7400; --alarm: #c4262e; --ok: #cfe6d6; --okink: #1d5b33; --unknown: #e2e4e8; }
@media (prefers-color-scheme: dark) { :root { --page: #15171b; --panel: #1c1f25; --ink: #e7e9ed; --soft: #9aa2af; --rule: #333842; --hair: #272b33;
  --c1: #6aa9ff; --c2: #ff9d4d; --c3: #43c9b3; --c4: #b595ff; --c5: #ff86bd; --c6: #c3cf4e; --alarm: #e5484d; --ok: #1f4a30; --okink: #a6dcb9; --unknown: #3a3f49; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 32px 24px 64px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 40px 0 8px; }
p, dl { margin: 4px 0 12px; color: var(--soft); } dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; } dt { color: var(--soft); } dd { margin: 0; color: var(--ink); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; background: var(--panel); }
th, td { padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 500; font-size: 13px; }
tr.bound td { color: var(--soft); font-style: italic; }
td.text { white-space: normal; text-align: left; }
figure { margin: 12px 0; padding: 10px 12px 4px; background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; }
figcaption { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; font-size: 13px; }
.unit { color: var(--soft); flex: 1; overflow-wrap: anywhere; }
.key::before { content: ""; display: inline-block; width: 16px; border-top: 3px solid var(--c); margin-right: 6px; vertical-align: middle; }
.key.dashed::before { border-top-style: dashed; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); }
.line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; } .line.dashed { stroke-dasharray: 5 4; }
.area { fill: var(--c); opacity: 0.14; }
.grid { stroke: var(--hair); } .tick { fill: var(--soft); font-size: 11px; }
line.bound { stroke: var(--ink); stroke-dasharray: 2 3; } text.bound { fill: var(--ink); font-size: 11px; paint-order: stroke; stroke: var(--panel); stroke-width: 4px; }
rect.alarm { fill: var(--alarm); } rect.ok { fill: var(--ok); } rect.unknown { fill: var(--unknown); }
text.state { font-size: 9px; font-weight: 600; fill: var(--okink); } rect.alarm + text.state { fill: #fff; } rect.unknown + text.state { fill: var(--soft); }
.mark.launch { fill: var(--c3); } .mark.terminate { fill: var(--c2); }
.cross { stroke: var(--soft); stroke-dasharray: 3 3; }
#tip { position: fixed; pointer-events: none; background: var(--panel); color: var(--ink); border: 1px solid var(--rule); border-radius: 6px; padding: 6px 10px;
  font-size: 13px; box-shadow: 0 2px 10px rgb(0 0 0 / 18%); display: none; z-index: 1; font-variant-numeric: tabular-nums; }
#tip b { display: block; } details { margin: 8px 0; } summary { cursor: pointer; color: var(--soft); }
`;
