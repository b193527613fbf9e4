/** Moments and spans as the page says them. */
import { type Html, html } from './html.ts';

/** `12 s`, `5 min`, `3 h`, `2 days`: one unit, rounded down. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? '1 day' : `${days} days`;
}

/** How long ago; the moment itself, in UTC, is in the element. */
export function agoText(atMs: number, nowMs: number): Html {
  const moment = momentText(atMs);
  return html`<time datetime="${moment}" title="${moment}">${spanText(nowMs - atMs)} ago</time>`;
}

export function momentText(atMs: number): string {
  const moment = new Date(atMs);
  return Number.isNaN(moment.getTime()) ? 'unknown' : moment.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `1 node`, `3 nodes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
