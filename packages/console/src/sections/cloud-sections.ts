/** What else the cloud holds: queues, tables and stacks. */
import { formatBytes } from '@crescendo/base';
import type { ConsoleView, QueueView } from '../console-view.ts';
import { type Html, html } from '../html.ts';
import { agoText, spanText } from '../moments.ts';
import { badge, listed, section, table } from './section.ts';

export function queueSection({ queues }: ConsoleView): Html {
  const body = listed(queues, 'There are no queues.', (items) =>
    table(
      'Queues',
      ['Queue', '#Waiting', '#In flight', '#Delayed', '#Oldest', 'Dead letters'],
      items.map(queueRow),
    ),
  );
  return section('queues', 'Queues', body);
}

function queueRow({ name, waiting, inFlight, delayed, oldestSeconds, dead }: QueueView): Html {
  const oldest = oldestSeconds === undefined ? 'not known' : spanText(oldestSeconds * 1_000);
  const letters = dead === undefined ? 'none are kept' : html`${dead.waiting} in ${dead.queue}`;
  return html`<tr id="queue-${name}">
    <th scope="row">${name}</th><td class="number">${waiting}</td><td class="number">${inFlight}</td>
    <td class="number">${delayed}</td><td class="number">${waiting + inFlight === 0 ? '' : oldest}</td><td class="text">${letters}</td>
  </tr>`;
}

export function tableSection({ tables }: ConsoleView): Html {
  const body = listed(tables, 'There are no tables.', (items) =>
    table(
      'Tables',
      ['Table', 'State', '#Items', '#Size'],
      items.map(
        ({ name, status, itemCount, bytes }) => html`<tr id="table-${name}">
          <th scope="row">${name}</th><td>${badge(status)}</td><td class="number">${itemCount}</td><td class="number">${formatBytes(bytes)}</td>
        </tr>`,
      ),
    ),
  );
  return section('tables', 'Tables', body);
}

export function stackSection({ stacks, takenMs }: ConsoleView): Html {
  const body = listed(stacks, 'There are no stacks.', (items) =>
    table(
      'Stacks',
      ['Stack', 'State', 'Changed'],
      items.map(
        ({ name, status, reason, changedMs }) => html`<tr id="stack-${name}">
          <th scope="row">${name} <small>${reason}</small></th><td>${badge(status)}</td><td>${agoText(changedMs, takenMs)}</td>
        </tr>`,
      ),
    ),
  );
  return section('stacks', 'Stacks', body);
}
