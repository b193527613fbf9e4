/** The ring and the table of its nodes; the last picture, greyed, while the store does not answer. */
import { formatBytes } from '@crescendo/base';
import type { ConsoleView, NodeView, StoreState } from '../console-view.ts';
import { membersOf, standingOf } from '../health.ts';
import { type Html, html } from '../html.ts';
import { agoText, counted } from '../moments.ts';
import { ringDrawing, zoneClass, zonesOf } from './ring-drawing.ts';
import { badge, section, table } from './section.ts';

const MOST_NODES = 100;

export function storeSection({ store, takenMs }: ConsoleView): Html {
  const { answer, silence } = store;
  if (answer === undefined)
    return section(
      'store',
      'Ring',
      html`<p class="none">The store has not answered yet; its nodes may still be starting.</p>`,
    );
  const isOld = silence !== undefined;
  const age = isOld && html`<p class="bad">This is how it was ${agoText(answer.atMs, takenMs)}.</p>`;
  return section('store', 'Ring', [age, picture(answer.state), waitingEvents(answer.state, takenMs)], isOld);
}

function picture(state: StoreState): Html {
  const zones = zonesOf(state);
  const members = membersOf(state);
  const left = state.nodes.length - members.length;
  return html`<div class="beside">
    <figure>
      ${ringDrawing(state)}
      <figcaption>${zones.map((zone) => html`<span class="key ${zoneClass(zones, zone)}">${zone}</span>`)}</figcaption>
    </figure>
    <div>
      ${table(
        'Nodes',
        ['#No.', 'Node', 'State', '#Data', 'Volume', '#Partitions', '#Leads', 'Zone', 'Address', 'Instance'],
        members.slice(0, MOST_NODES).map((node, index) => row(node, index, zoneClass(zones, node.zone))),
      )}
      ${members.length > MOST_NODES && html`<p class="more">and ${members.length - MOST_NODES} more</p>`}
      ${left > 0 && html`<p class="more">and ${counted(left, 'node')} that ${left === 1 ? 'has' : 'have'} left</p>`}
    </div>
  </div>`;
}

function row(node: NodeView, index: number, colour: string): Html {
  const { id, address, zone, partitions, leads, bytes, advertised } = node;
  return html`<tr id="node-${id}">
    <td class="number"><span class="dot ${colour}">${index + 1}</span></td>
    <th scope="row"><code title="${id}">${id.slice(0, 8)}</code></th><td>${badge(standingOf(node))}</td>
    <td class="number">${formatBytes(bytes)}</td><td>${fill(node)}</td>
    <td class="number">${partitions}</td><td class="number">${leads}</td>
    <td>${zone}</td><td><code>${address}</code></td><td><code>${advertised['instance']}</code></td>
  </tr>`;
}

function fill({ bytes, capacityBytes }: NodeView): Html {
  if (capacityBytes <= 0) return html`<span class="none">not known</span>`;
  const percent = Math.min(100, (100 * bytes) / capacityBytes);
  const text = `${percent < 1 ? percent.toFixed(1) : Math.round(percent)} % of ${formatBytes(capacityBytes)}`;
  return html`<meter min="0" max="100" low="70" high="90" optimum="0" value="${percent.toFixed(1)}" aria-label="${text}"></meter> <small>${text}</small>`;
}

function waitingEvents({ events }: StoreState, nowMs: number): Html | false {
  if (events.length === 0) return false;
  const head = html`<h3>Events of buckets that wait for delivery</h3>`;
  const rows = table(
    'Events of buckets that wait for delivery',
    ['Destination', '#Waiting', 'Oldest', 'Last failure'],
    events.map(
      ({ destination, waiting, oldestMs, failure }) => html`<tr id="events-${destination}">
        <th scope="row">${destination}</th><td class="number">${waiting}</td><td>${agoText(oldestMs, nowMs)}</td><td>${failure ?? 'none'}</td>
      </tr>`,
    ),
  );
  return html`${head}${rows}`;
}
