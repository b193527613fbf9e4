/** A small chart of the last part of a metric as SVG. It knows nothing of what it shows. */
import { formatNumber } from '@crescendo/base';
import { scaleLinear } from 'd3-scale';
import { curveLinear, curveStepAfter, line } from 'd3-shape';
import type { ChartView } from './console-view.ts';
import { type Html, html } from './html.ts';
import { spanText } from './moments.ts';

type Point = readonly [number, number];
type Scale = ReturnType<typeof scaleLinear<number, number>>;

/** In units of the view box. */
const FRAME = { width: 320, height: 104, left: 34, right: 8, top: 10, bottom: 18 } as const;

export function chart(view: ChartView): Html {
  const { fromMs, toMs, lines, threshold } = view;
  const right = FRAME.width - FRAME.right;
  const floor = FRAME.height - FRAME.bottom;
  const x = scaleLinear([fromMs, toMs], [FRAME.left, right]);
  const y = scaleLinear([0, topOf(view)], [floor, FRAME.top]).nice(2);
  const top = y.domain()[1]!;
  const levels = [0, top].map(
    (
      value,
    ) => html`<line class="grid" x1="${FRAME.left}" x2="${right}" y1="${at(y, value)}" y2="${at(y, value)}"/>
      <text class="tick" x="${FRAME.left - 5}" y="${at(y, value)}" dy="0.32em" text-anchor="end">${formatNumber(value)}</text>`,
  );
  return html`<svg class="chart" viewBox="0 0 ${FRAME.width} ${FRAME.height}" role="img" aria-label="${described(view)}">
    ${levels}
    <text class="tick" x="${FRAME.left}" y="${FRAME.height - 4}">${spanText(toMs - fromMs)} ago</text>
    <text class="tick" x="${right}" y="${FRAME.height - 4}" text-anchor="end">now</text>
    ${threshold !== undefined && bound(threshold, y, right)}
    ${lines.every(({ points }) => points.length === 0) && html`<text class="centre" x="${FRAME.width / 2}" y="${FRAME.height / 2}">no data</text>`}
    ${lines.map((one, index) => series(one, `c${index + 1}`, view, x, y))}
  </svg>`;
}

/** The chart in words. */
export function described({ title, lines, threshold, fromMs, toMs }: ChartView): string {
  const told = lines.map(({ name, points }) => {
    const last = points.at(-1);
    if (last === undefined) return `${name}: no data`;
    const most = points.reduce((high, [, value]) => Math.max(high, value), last[1]);
    return `${name}: last ${formatNumber(last[1])}, at most ${formatNumber(most)}`;
  });
  const bounds = threshold === undefined ? '' : `; threshold ${formatNumber(threshold)}`;
  return `${title}, last ${spanText(toMs - fromMs)}. ${told.join('; ')}${bounds}`;
}

function topOf({ lines, threshold = 0 }: ChartView): number {
  const most = lines.flatMap(({ points }) => points).reduce((high, [, v]) => Math.max(high, v), threshold);
  return most > 0 ? most * 1.05 : 1;
}

function bound(threshold: number, y: Scale, right: number): Html {
  return html`<line class="bound" x1="${FRAME.left}" x2="${right}" y1="${at(y, threshold)}" y2="${at(y, threshold)}"/>
    <text class="bound" x="${right}" y="${at(y, threshold)}" dy="-3" text-anchor="end">${formatNumber(threshold)}</text>`;
}

function series(
  { points, steps }: ChartView['lines'][number],
  colour: string,
  { toMs, gapMs }: ChartView,
  x: Scale,
  y: Scale,
): Html | false {
  const last = points.at(-1);
  if (last === undefined) return false;
  const reach: readonly Point[] =
    steps === true && toMs - last[0] < gapMs ? [...points, [toMs, last[1]]] : points;
  const path = line<Point | undefined>(
    (point) => x(point![0]),
    (point) => y(point![1]),
  )
    .defined((point) => point !== undefined)
    .curve(steps === true ? curveStepAfter : curveLinear)
    .digits(1);
  const end = reach.at(-1)!;
  return html`<path class="line ${colour}" d="${path(withGaps(reach, gapMs)) ?? ''}"/>
    <circle class="end ${colour}" cx="${at(x, end[0])}" cy="${at(y, end[1])}" r="2.5"/>`;
}

function withGaps(points: readonly Point[], gapMs: number): (Point | undefined)[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    return before !== undefined && point[0] - before[0] > gapMs ? [undefined, point] : [point];
  });
}

function at(scale: Scale, value: number): string {
  return scale(value).toFixed(1);
}
