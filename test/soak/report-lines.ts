/** What clients did and found, as the end of a soak tells it. */
import { seconds } from './faults.ts';
import type { Judgement } from './judgement.ts';
import type { Door, Load } from './load.ts';

const DETAILS = 20;

/** @param pause the longest one that a client had, in milliseconds, and what was running meanwhile */
export function reportLines<Place extends Door>(
  load: Load<Place>,
  judgement: Judgement,
  pause: { readonly longestMs: number; readonly while: string },
): string[] {
  const { done, tries, retries, failures } = load.counts;
  const operations = Object.values(done).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(done).map(([kind, count]) => `${kind} ${count}`);
  const { keys, undecided, lost, wrong } = judgement;
  return [
    `operations        ${operations} (${kinds.join(', ')})`,
    `tries             ${tries}, retries ${retries}`,
    `failures          ${failures} seen by clients after all retries`,
    `keys judged       ${keys}, undecided ${undecided}`,
    `written once      ${load.kept.size}, all read again`,
    `lost              ${lost.length}`,
    `wrong             ${wrong.length}`,
    `longest pause     ${seconds(pause.longestMs)} while ${pause.while} ran`,
    ...[...lost, ...wrong].slice(0, DETAILS).map((line) => `  ${line}`),
  ];
}
