/** The ring as SVG: members at their positions, clockwise from the top, numbered as in the table beside it. */
import type { StoreState } from '../console-view.ts';
import { membersOf, standingOf } from '../health.ts';
import { type Html, html } from '../html.ts';
import { counted } from '../moments.ts';

const SIZE = 280;
const CENTRE = SIZE / 2;
const RADIUS = 108;
/** Members from which on they are drawn smaller, and without numbers. */
const MANY = 24;
const TURN = 2 ** 52;

export function ringDrawing(state: StoreState): Html {
  const members = membersOf(state);
  const zones = zonesOf(state);
  const few = members.length <= MANY;
  const standings = members.map(standingOf);
  const odd = standings.filter((standing) => standing !== 'up').length;
  const label = `Ring of ${counted(members.length, 'node')} in ${counted(zones.length, 'zone')}, ${odd === 0 ? 'all up' : `${odd} not up`}; the table of nodes says which`;
  const { factor, underReplicatedPartitions: short, movingPartitions: moving } = state.replication;
  const told = short > 0 ? `${short} short` : moving > 0 ? `${moving} moving` : 'whole';
  return html`<svg class="ring" viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="${label}">
    <circle class="circle" cx="${CENTRE}" cy="${CENTRE}" r="${RADIUS}"/>
    <text class="centre" x="${CENTRE}" y="${CENTRE - 14}">${counted(state.partitions, 'partition')}</text>
    <text class="centre" x="${CENTRE}" y="${CENTRE + 6}">${counted(factor, 'copy', 'copies')}</text>
    <text class="centre told" x="${CENTRE}" y="${CENTRE + 28}">${told}</text>
    ${members.map(({ id, ringId, zone }, index) => {
      const { x, y } = placeOf(ringId);
      const standing = standings[index]!;
      return html`<g id="ring-${id}" class="member ${standing} ${zoneClass(zones, zone)}" transform="translate(${x} ${y})">
        <title>${`${index + 1}: node ${id.slice(0, 8)}, ${standing}, ${zone}`}</title>
        ${(standing === 'down' || standing === 'silent') && cross(few ? 20 : 10)}
        <circle r="${few ? 15 : 7}"/>${few && html`<text dy="0.35em">${index + 1}</text>`}
      </g>`;
    })}
  </svg>`;
}

/** Behind the member, so that its number can be read. */
function cross(reach: number): Html {
  return html`<path class="cross" d="M-${reach} -${reach}L${reach} ${reach}M-${reach} ${reach}L${reach} -${reach}"/>`;
}

/** The zones of the members, in their order. */
export function zonesOf(state: StoreState): string[] {
  return [...new Set(membersOf(state).map(({ zone }) => zone))].sort();
}

export function zoneClass(zones: readonly string[], zone: string): string {
  return `c${(zones.indexOf(zone) % 6) + 1}`;
}

/** Thirteen digits are as exact as a number is, and finer than any screen. */
function placeOf(ringId: string): { readonly x: string; readonly y: string } {
  const share = Number.parseInt(ringId.slice(0, 13), 16) / TURN;
  const angle = 2 * Math.PI * (Number.isFinite(share) ? share : 0);
  return {
    x: (CENTRE + RADIUS * Math.sin(angle)).toFixed(1),
    y: (CENTRE - RADIUS * Math.cos(angle)).toFixed(1),
  };
}
