/** One chart over time as SVG: axes, series, marks. It knows nothing of what it shows. */
import { escaped, formatNumber } from '@crescendo/base';
import { scaleLinear } from 'd3-scale';
import { area, curveLinear, curveStepAfter, line } from 'd3-shape';
import { clockText } from '../load/duration.ts';

export interface Series {
  readonly name: string;
  /** Class of its colour: `c1` to `c6`, or one with a meaning. */
  readonly colour: string;
  /** Seconds and values, in the order of time. */
  readonly points: readonly (readonly [number, number])[];
  /** Values hold until the next one. */
  readonly steps?: boolean;
  readonly filled?: boolean;
  readonly dashed?: boolean;
}

/** A stretch of time in a state, drawn as a strip below the chart. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly state: string;
}

/** A moment that is marked on the time axis. */
export interface Mark {
  readonly at: number;
  readonly kind: 'launch' | 'terminate' | 'other';
  readonly text: string;
}

export interface PlotOptions {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly lastsSeconds: number;
  readonly series: readonly Series[];
  readonly threshold?: { readonly value: number; readonly text: string };
  readonly stretches?: readonly Stretch[];
  readonly marks?: readonly Mark[];
  readonly height?: number;
  /** Values are counts: the axis has whole numbers only. */
  readonly whole?: boolean;
}

/** In units of the view box. */
export const FRAME = { width: 960, left: 52, right: 16, top: 8, bottom: 24 } as const;
const STRIP = 12;
const MARKS = 14;

/** What the page's script needs to tell values under the pointer. */
export interface PlotData {
  readonly id: string;
  readonly lasts: number;
  readonly series: readonly {
    readonly name: string;
    readonly colour: string;
    readonly steps: boolean;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

export interface Plot {
  readonly markup: string;
  readonly data: PlotData;
}

export function plot(options: PlotOptions): Plot {
  const { id, title, lastsSeconds, series, stretches, marks } = options;
  const inner = options.height ?? 150;
  const below = (stretches === undefined ? 0 : STRIP + 6) + (marks === undefined ? 0 : MARKS + 4);
  const height = FRAME.top + inner + below + FRAME.bottom;
  const x = scaleLinear([0, lastsSeconds], [FRAME.left, FRAME.width - FRAME.right]);
  const y = scaleLinear([0, topOf(options)], [FRAME.top + inner, FRAME.top]).nice(4);
  const stripTop = FRAME.top + inner + 6;
  const marksTop = stripTop + (stretches === undefined ? 0 : STRIP + 4);
  const parts = [
    valueAxis(y, options),
    timeAxis(x, lastsSeconds, height, FRAME.top),
    ...series.map((one) => drawSeries(one, x, y)),
    threshold(options, y),
    (stretches ?? []).map((one) => drawStretch(one, x, stripTop)).join(''),
    (marks ?? []).map((one) => drawMark(one, x, marksTop)).join(''),
    `<line class="cross" y1="${FRAME.top}" y2="${height - FRAME.bottom}" x1="0" x2="0" visibility="hidden"/>`,
  ];
  const svg = `<svg id="${id}" viewBox="0 0 ${FRAME.width} ${height}" role="img" aria-label="${escaped(title)}">${parts.join('')}</svg>`;
  const data = series.map(({ name, colour, points, steps = false }) => ({
    name,
    colour,
    steps,
    points: rounded(points),
  }));
  return {
    markup: `<figure>${caption(options)}${svg}</figure>`,
    data: { id, lasts: lastsSeconds, series: data },
  };
}

type Scale = ReturnType<typeof scaleLinear<number, number>>;

function topOf({ series, threshold: bound }: PlotOptions): number {
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  // A level a hair above the highest value keeps lines off the frame.
  return Math.max(1, 1.05 * values.reduce((most, value) => Math.max(most, value), bound?.value ?? 0));
}

function caption({ title, unit, series }: PlotOptions): string {
  const keys = series
    .map(
      ({ name, colour, dashed }) =>
        `<span class="key ${colour}${dashed === true ? ' dashed' : ''}">${escaped(name)}</span>`,
    )
    .join('');
  return `<figcaption><b>${escaped(title)}</b> <span class="unit">${escaped(unit)}</span>${keys}</figcaption>`;
}

function valueAxis(y: Scale, { whole }: PlotOptions): string {
  const ticks = y.ticks(4).filter((tick) => whole !== true || Number.isInteger(tick));
  return ticks
    .map((tick) => {
      const at = y(tick).toFixed(1);
      const text = `<text class="tick" x="${FRAME.left - 8}" y="${at}" dy="0.32em" text-anchor="end">${formatNumber(tick)}</text>`;
      return `<line class="grid" x1="${FRAME.left}" x2="${FRAME.width - FRAME.right}" y1="${at}" y2="${at}"/>${text}`;
    })
    .join('');
}

const NICE_SECONDS = [
  1, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
];

function timeAxis(x: Scale, lasts: number, height: number, top: number): string {
  const step =
    NICE_SECONDS.find((seconds) => lasts / seconds <= 12) ?? Math.ceil(lasts / 12 / 86_400) * 86_400;
  const ticks = Array.from({ length: Math.floor(lasts / step) + 1 }, (_, index) => index * step);
  return ticks
    .map((tick) => {
      const at = x(tick).toFixed(1);
      const text = `<text class="tick" x="${at}" y="${height - 6}" text-anchor="middle">${clockText(tick)}</text>`;
      return `<line class="grid time" x1="${at}" x2="${at}" y1="${top}" y2="${height - FRAME.bottom + 2}"/>${text}`;
    })
    .join('');
}

function drawSeries({ points, colour, steps, filled, dashed }: Series, x: Scale, y: Scale): string {
  if (points.length === 0) return '';
  const curve = steps === true ? curveStepAfter : curveLinear;
  const end = x.domain()[1]!;
  const last = points.at(-1)!;
  const all = steps === true && last[0] < end ? [...points, [end, last[1]] as const] : points;
  const path = line<readonly [number, number]>(
    ([at]) => x(at),
    ([, value]) => y(value),
  )
    .curve(curve)
    .digits(1);
  const fill = area<readonly [number, number]>()
    .x(([at]) => x(at))
    .y0(y(0))
    .y1(([, value]) => y(value))
    .curve(curve)
    .digits(1);
  const shaded = filled === true ? `<path class="area ${colour}" d="${fill(all)}"/>` : '';
  return `${shaded}<path class="line ${colour}${dashed === true ? ' dashed' : ''}" d="${path(all)}"/>`;
}

function threshold({ threshold: bound }: PlotOptions, y: Scale): string {
  if (bound === undefined) return '';
  const at = y(bound.value);
  const end = FRAME.width - FRAME.right;
  const text = `<text class="bound" x="${end}" y="${(at - 4).toFixed(1)}" text-anchor="end">${escaped(bound.text)}</text>`;
  return `<line class="bound" x1="${FRAME.left}" x2="${end}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}"/>${text}`;
}

const STATE_CLASS: Readonly<Record<string, string>> = {
  ALARM: 'alarm',
  OK: 'ok',
  INSUFFICIENT_DATA: 'unknown',
};
const WIDE_ENOUGH = 44;

function drawStretch({ from, to, state }: Stretch, x: Scale, top: number): string {
  const [left, right] = [x(from), x(to)];
  const width = Math.max(1, right - left - 1);
  const box = `<rect class="state ${STATE_CLASS[state] ?? 'unknown'}" x="${left.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${STRIP}"><title>${escaped(state)} ${clockText(from)} to ${clockText(to)}</title></rect>`;
  if (width < WIDE_ENOUGH) return box;
  const text = state === 'INSUFFICIENT_DATA' ? 'no data' : state;
  return `${box}<text class="state" x="${(left + 5).toFixed(1)}" y="${top + STRIP - 3}">${text}</text>`;
}

/** Upward for what comes, downward for what goes. */
function drawMark({ at, kind, text }: Mark, x: Scale, top: number): string {
  const left = x(at);
  const [tip, base] = kind === 'terminate' ? [top + 10, top + 1] : [top + 1, top + 10];
  const path = `M${left.toFixed(1)} ${tip}l-5 ${base - tip}h10z`;
  return `<path class="mark ${kind}" d="${path}"><title>${escaped(`${clockText(at)} ${text}`)}</title></path>`;
}

function rounded(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return points.map(([at, value]) => [Number(at.toFixed(1)), Number(value.toPrecision(6))] as const);
}
