/** What all sections of the page are made of. */
import type { Part } from '../console-view.ts';
import { type Html, type HtmlValue, html } from '../html.ts';

/** A landmark with its heading. `isOld`: what it shows is not of now. */
export function section(id: string, title: string, body: HtmlValue, isOld = false): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"${isOld && html` class="old"`}>
    <h2 id="${id}-title">${title}</h2>
    ${body}
  </section>`;
}

/** The things of a part, what is said when there are none, and how many more there are. */
export function listed<T>(part: Part<T>, none: string, shown: (items: readonly T[]) => HtmlValue): HtmlValue {
  if ('failure' in part) return html`<p class="bad">Could not be read: ${part.failure}</p>`;
  if (part.items.length === 0) return html`<p class="none">${none}</p>`;
  return [shown(part.items), part.more > 0 && html`<p class="more">and ${part.more} more</p>`];
}

/** The caption is for those who do not see the heading beside it. Wide tables move sideways within their frame, by keyboard too. `heads` of numbers begin with `#`. */
export function table(caption: string, heads: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="wide" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption class="unseen">${caption}</caption>
      <thead><tr>${heads.map((head) =>
        head.startsWith('#')
          ? html`<th scope="col" class="number">${head.slice(1)}</th>`
          : html`<th scope="col">${head}</th>`,
      )}</tr></thead>
      <tbody>${rows}</tbody>
    </table>
  </div>`;
}

const GOOD = /^(up|ok|active|inservice|healthy|successful|(create|update|import)_complete)$/i;
const BAD = /fail|down|silent|unhealthy|cancelled|rollback/i;
const UNKNOWN = /insufficient|^terminated$|^detached$|^delete_complete$/i;

/** A state in its own words; colour only repeats what they say. What is neither good nor bad is on its way. */
export function badge(state: string): Html {
  const kind = GOOD.test(state) ? 'good' : BAD.test(state) ? 'bad' : UNKNOWN.test(state) ? 'unknown' : 'busy';
  return html`<span class="badge ${kind}">${state}</span>`;
}
