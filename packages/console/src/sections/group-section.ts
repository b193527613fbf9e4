/** Groups of instances: how many there are and should be, and what was done about it last. */
import { chart } from '../chart.ts';
import type { ActivityView, ConsoleView, GroupView } from '../console-view.ts';
import { type Html, html } from '../html.ts';
import { agoText, momentText, spanText } from '../moments.ts';
import { badge, listed, section, table } from './section.ts';

export function groupSection({ groups, takenMs }: ConsoleView): Html {
  const body = listed(groups, 'There are no Auto Scaling groups.', (items) =>
    items.map((group) => groupPart(group, takenMs)),
  );
  return section('groups', 'Groups', body);
}

function groupPart(group: GroupView, nowMs: number): Html {
  const { name, min, desired, max, instances, activities, sizes } = group;
  const serving = instances.filter(({ state }) => state === 'InService').length;
  return html`<article id="group-${name}">
    <h3>${name}</h3>
    <div class="beside">
      <div>
        <dl class="sizes">
          <div><dt>min</dt><dd>${min}</dd></div><div><dt>desired</dt><dd>${desired}</dd></div><div><dt>max</dt><dd>${max}</dd></div>
          <div><dt>in service</dt><dd>${serving}</dd></div>
        </dl>
        ${sizes !== undefined && [chart(sizes), legend(sizes.lines.map((one) => one.name))]}
      </div>
      <div>
        ${instances.length === 0 ? html`<p class="none">It has no instances.</p>` : instanceTable(group)}
        <h4>Latest activities</h4>
        ${activities.length === 0 ? html`<p class="none">None yet.</p>` : html`<div class="activities">${activities.map((one) => activity(one, nowMs))}</div>`}
      </div>
    </div>
  </article>`;
}

function legend(names: readonly string[]): Html {
  return html`<p class="legend">${names.map((name, index) => html`<span class="key c${index + 1}">${name}</span>`)}</p>`;
}

function instanceTable({ name, instances }: GroupView): Html {
  return table(
    `Instances of ${name}`,
    ['Instance', 'Lifecycle', 'Health', 'Zone', 'Scale-in'],
    instances.map(
      ({ id, state, health, zone, isProtected }) => html`<tr id="instance-${id}">
        <th scope="row"><code>${id}</code></th><td>${badge(state)}</td><td>${badge(health)}</td><td>${zone}</td>
        <td>${isProtected ? 'protected' : 'may go'}</td>
      </tr>`,
    ),
  );
}

function activity(one: ActivityView, nowMs: number): Html {
  const { id, startedMs, endedMs, status, description, cause, message } = one;
  const lasted = endedMs === undefined ? 'goes on' : `took ${spanText(endedMs - startedMs)}`;
  return html`<details id="activity-${id}">
    <summary>${badge(status)} ${description} <small>${agoText(startedMs, nowMs)}, ${lasted}</small></summary>
    <p>${cause}</p>
    ${message !== undefined && html`<p>${message}</p>`}
    <p class="none">Began ${momentText(startedMs)}${endedMs !== undefined && `, ended ${momentText(endedMs)}`}.</p>
  </details>`;
}
