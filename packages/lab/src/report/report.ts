/** The report: one HTML file that needs nothing but itself. */

import { escaped } from '@crescendo/base';
import { clockText } from '../load/duration.ts';
import type { Experiment } from '../run/experiment.ts';
import type { Outcome } from '../run/outcome.ts';
import { outcomeTable } from '../run/outcome-table.ts';
import type { ActivityPoint } from '../run/run-result.ts';
import type { BestOutcome } from '../search/best-outcome.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { FRAME, type Plot, plot } from './plot.ts';
import { runCharts } from './run-charts.ts';
import { scriptJson } from './script-json.ts';

export interface ReportInputs {
  readonly title: string;
  /** The command that makes it, for who wants to repeat it. */
  readonly command: string;
  readonly experiment: Experiment;
  readonly outcomes: readonly Outcome[];
  readonly best: BestOutcome | undefined;
}

export function report(inputs: ReportInputs): string {
  const { title, outcomes, experiment, best } = inputs;
  const plots: Plot[] = [];
  const show = (all: readonly Plot[]): string => {
    plots.push(...all);
    return all.map(({ markup }) => markup).join('\n');
  };
  const sections = outcomes.map((outcome, index) => {
    const schedule = index === 0 ? best?.schedules[0] : undefined;
    const charts = show(runCharts(outcome.runs[0]!, experiment.work.kind, `v${index}`, schedule));
    return `<section><h2>${escaped(outcome.name)}</h2>${settings(outcome)}${charts}${activityTable(outcome)}</section>`;
  });
  const beside =
    outcomes.length > 1
      ? `<section><h2>Side by side</h2>${show(sideBySide(outcomes, experiment))}</section>`
      : '';
  const charts = Object.fromEntries(plots.map(({ data }) => [data.id, data]));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${PAGE_STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
${facts(inputs)}
<div class="wide">${outcomeMarkup(inputs)}</div>
${beside}
${sections.join('\n')}
<div id="tip"></div>
<script>const FRAME = ${scriptJson(FRAME)}, CHARTS = ${scriptJson(charts)};${PAGE_SCRIPT}</script>
</body></html>
`;
}

function facts({ experiment, outcomes, command }: ReportInputs): string {
  const { load, work, timing, lastsMs } = experiment;
  const seeds = outcomes[0]!.runs.map(({ seed }) => seed);
  const done =
    work.kind === 'jobs'
      ? `a job takes ${work.serviceTime.text} s`
      : `an instance answers ${work.capacityPerSecond} requests a second`;
  const many =
    seeds.length > 1
      ? `means of ${seeds.length} runs, seeds ${seeds[0]} to ${seeds.at(-1)}; charts show the first`
      : `seed ${seeds[0]}`;
  const rows: readonly (readonly [string, string])[] = [
    ['Load', `${load.text}; ${done}`],
    ['Time', `${clockText(lastsMs / 1_000)} from the begin of the load; ${many}`],
    [
      'Delays',
      `an instance runs after ${timing.launchDelay.text} s, works ${timing.bootDelay.text} s later; metrics are seen ${timing.metricDelayMs / 1_000} s late`,
    ],
    ['Command', command],
  ];
  return `<dl>${rows.map(([name, text]) => `<dt>${escaped(name)}</dt><dd>${escaped(text)}</dd>`).join('')}</dl>`;
}

function outcomeMarkup({ outcomes, best, experiment }: ReportInputs): string {
  const [head, ...rows] = outcomeTable(
    [...outcomes, ...(best === undefined ? [] : [best])],
    experiment.work.kind,
  );
  const cells = (row: readonly (string | number)[], tag: string): string =>
    row
      .map((cell) => `<${tag}>${escaped(tag === 'th' ? sentenceCase(String(cell)) : cell)}</${tag}>`)
      .join('');
  const body = rows.map(
    (row, index) => `<tr${index >= outcomes.length ? ' class="bound"' : ''}>${cells(row, 'td')}</tr>`,
  );
  return `<table><thead><tr>${cells(head!, 'th')}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

function sentenceCase(text: string): string {
  return text.charAt(0) + text.slice(1).toLowerCase();
}

function settings({ variant }: Outcome): string {
  const values = Object.entries(variant.values).map(([name, value]) => `${name}=${value}`);
  return `<p>${escaped(`${variant.source.path}${values.length === 0 ? '' : ` with ${values.join(', ')}`}`)}</p>`;
}

/** More lines than colours can't be told apart. */
const COLOURS = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'];

function sideBySide(outcomes: readonly Outcome[], { work }: Experiment): Plot[] {
  const shown = outcomes.slice(0, COLOURS.length);
  const lastsSeconds = shown[0]!.runs[0]!.lastsSeconds;
  const unfinished = shown.map(({ name, runs }, index) => ({
    name,
    colour: COLOURS[index]!,
    points: runs[0]!.load.map(({ atSeconds, visible, inFlight }) => [atSeconds, visible + inFlight] as const),
  }));
  const desired = shown.map(({ name, runs }, index) => ({
    name,
    colour: COLOURS[index]!,
    steps: true,
    points: runs[0]!.fleet.map((one) => [one.atSeconds, one.desired] as const),
  }));
  const fleet = plot({
    id: 'all-fleet',
    title: 'Desired capacity',
    unit: 'instances',
    lastsSeconds,
    series: desired,
    whole: true,
    height: 120,
  });
  if (work.kind === 'requests') return [fleet];
  return [
    plot({
      id: 'all-queue',
      title: 'Work to do',
      unit: 'jobs that wait or are in hand',
      lastsSeconds,
      series: unfinished,
      whole: true,
    }),
    fleet,
  ];
}

const MOST_ROWS = 200;

function activityTable({ runs }: Outcome): string {
  const { activities, notes } = runs[0]!;
  const rows = activities.slice(0, MOST_ROWS).map(activityRow).join('');
  const more = activities.length > MOST_ROWS ? ` (the first ${MOST_ROWS})` : '';
  const told = notes.map((note) => `<p>Note: ${escaped(note)}</p>`).join('');
  if (activities.length === 0) return `${told}<p>The group did nothing.</p>`;
  return `${told}<details><summary>${activities.length} activities of the group${more}</summary><div class="wide"><table><tbody>${rows}</tbody></table></div></details>`;
}

function activityRow({ atSeconds, text, cause, status }: ActivityPoint): string {
  return `<tr><td>${clockText(atSeconds)}</td><td class="text">${escaped(text)}</td><td class="text">${escaped(cause)}</td><td>${escaped(status)}</td></tr>`;
}
