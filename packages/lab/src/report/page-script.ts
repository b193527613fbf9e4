/** Runs in the report: values under the pointer, at the same moment in all charts of a section. `FRAME` and `CHARTS` stand before it. */
export const PAGE_SCRIPT = `
const tip = document.getElementById('tip');
const clock = (seconds) => { const s = Math.round(seconds), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
  return (h ? h + ':' + String(m).padStart(2, '0') : m) + ':' + String(s % 60).padStart(2, '0'); };
const valueAt = ({ points, steps }, at) => {
  let low = 0, high = points.length;
  while (low < high) { const middle = (low + high) >> 1; if (points[middle][0] <= at) low = middle + 1; else high = middle; }
  const before = points[low - 1], after = points[low];
  if (!before) return undefined;
  return !steps && after && after[0] - at < at - before[0] ? after[1] : before[1];
};
for (const [id, chart] of Object.entries(CHARTS)) {
  const svg = document.getElementById(id), section = svg.closest('section');
  const hide = () => { tip.style.display = 'none'; for (const cross of section.querySelectorAll('.cross')) cross.setAttribute('visibility', 'hidden'); };
  svg.addEventListener('pointerleave', hide);
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect(), x = (event.clientX - box.left) / box.width * FRAME.width;
    const at = (x - FRAME.left) / (FRAME.width - FRAME.right - FRAME.left) * chart.lasts;
    if (at < 0 || at > chart.lasts) return hide();
    for (const cross of section.querySelectorAll('.cross')) { cross.setAttribute('x1', x); cross.setAttribute('x2', x); cross.removeAttribute('visibility'); }
    tip.replaceChildren();
    const head = document.createElement('b'); head.textContent = clock(at); tip.append(head);
    for (const series of chart.series) {
      const value = valueAt(series, at); if (value === undefined) continue;
      const row = document.createElement('div'), key = document.createElement('span');
      key.className = 'key ' + series.colour; key.textContent = series.name + ' ' + value; row.append(key); tip.append(row);
    }
    tip.style.display = 'block';
    tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + 'px';
    tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + 'px';
  });
}
`;
