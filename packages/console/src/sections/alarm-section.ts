/** Alarms: what they watch, with the threshold, and what they call. */
import { formatNumber } from '@crescendo/base';
import { chart } from '../chart.ts';
import type { AlarmView, ConsoleView } from '../console-view.ts';
import { type Html, html } from '../html.ts';
import { agoText } from '../moments.ts';
import { badge, listed, section } from './section.ts';

export function alarmSection({ alarms, takenMs }: ConsoleView): Html {
  const body = listed(
    alarms,
    'There are no alarms.',
    (items) => html`<div class="cards">${items.map((alarm) => card(alarm, takenMs))}</div>`,
  );
  return section('alarms', 'Alarms', body);
}

function card(alarm: AlarmView, nowMs: number): Html {
  const { name, description, state, sinceMs, reason, condition, calls } = alarm;
  const newest = alarm.chart?.lines[0]?.points.at(-1);
  return html`<article id="alarm-${name}" class="card">
    <h3>${name}</h3>
    <p>${badge(state)} <small>since ${agoText(sinceMs, nowMs)}${newest !== undefined && html`, last value <b>${formatNumber(newest[1])}</b>`}</small></p>
    ${description !== '' && html`<p>${description}</p>`}
    ${alarm.chart === undefined ? html`<p class="none">What it watches cannot be read.</p>` : chart(alarm.chart)}
    <p class="condition">${condition}</p>
    <p>${calls.length === 0 ? 'Calls nothing.' : html`Calls ${calls.join(', ')}.`}</p>
    <details id="reason-${name}"><summary>Why it is ${state}</summary><p>${reason}</p></details>
  </article>`;
}
