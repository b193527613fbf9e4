import { type Random, seededRandom } from '@crescendo/base';
import { createDirectory, ownerOf } from '@crescendo/ring';
import { randomPosition, type VirtualNetwork } from '@crescendo/ring/testing';
import { createIdealNetwork, exponential, newMember } from './ideal-network.ts';
import { CHURN } from './paper.ts';
import { formatTable } from './table-text.ts';

const NODES = 1000;
const LIST_LENGTH = 20;
/** Each pause between rounds is drawn from 15 to 45 seconds. */
const STABILISE_MS = 30_000;

export interface ChurnRun {
  readonly hops: number;
  readonly timeouts: number;
  readonly failures: number;
  readonly lookups: number;
  readonly nodes: number;
}

export interface ChurnTimes {
  /** Churn before the first lookup, so that fingers are as old as they become. */
  readonly warmUpMs: number;
  readonly measuredMs: number;
  readonly lookupsPerSecond: number;
}

/** Nodes join and die at random, `ratePerSecond` of each, while lookups go on. */
export function measureChurn(ratePerSecond: number, times: ChurnTimes, seed: number): ChurnRun {
  const random = seededRandom(seed);
  const { network } = createIdealNetwork(NODES, random, {
    successors: LIST_LENGTH,
    stabiliseMs: STABILISE_MS,
    suspicionMs: 4 * STABILISE_MS,
    requestAttempts: 1,
    fingerRounds: 1,
  });
  const endMs = times.warmUpMs + times.measuredMs;
  scheduleChurn(network, random.fork('churn'), ratePerSecond, endMs);
  network.run(times.warmUpMs);
  return runLookups(network, random.fork('lookups'), times, endMs);
}

function scheduleChurn(network: VirtualNetwork, random: Random, ratePerSecond: number, endMs: number): void {
  let joined = 0;
  const every = (act: () => void): void => {
    const pauseMs = exponential(random, 1000 / ratePerSecond);
    if (network.nowMs + pauseMs > endMs) return;
    network.at(network.nowMs + pauseMs, () => {
      act();
      every(act);
    });
  };
  every(() => {
    const seed = random.pick([...network.nodes.values()]).member;
    const member = newMember(`j${joined++}`, random);
    network.start(member);
    network.input(member.id, { type: 'join', seeds: [seed] });
  });
  every(() => network.crash(random.pick([...network.nodes.keys()])));
}

function runLookups(network: VirtualNetwork, random: Random, times: ChurnTimes, endMs: number): ChurnRun {
  let [hops, timeouts, failures, lookups] = [0, 0, 0, 0];
  const insideNodes = () => [...network.nodes.values()].filter((node) => node.state.phase === 'inside');
  const begin = (): void => {
    const key = randomPosition(random);
    const asker = random.pick(insideNodes());
    const requestId = network.lookup(asker.member.id, key);
    const finish = (): void => {
      const result = network.results.get(requestId);
      if (result === undefined && asker.isUp) {
        network.at(network.nowMs + 10, finish);
        return;
      }
      // Whoever asked is dead: nobody waits for the answer.
      if (result === undefined) return;
      network.results.delete(requestId);
      lookups++;
      hops += result.hops;
      timeouts += result.timeouts;
      const live = createDirectory(insideNodes().map((node) => node.member));
      if (!result.ok || result.owner.id !== ownerOf(live, key)?.id) failures++;
    };
    finish();
    const pauseMs = exponential(random, 1000 / times.lookupsPerSecond);
    if (network.nowMs + pauseMs < endMs) network.at(network.nowMs + pauseMs, begin);
  };
  network.at(network.nowMs, begin);
  network.run(endMs + 30_000);
  return { hops: hops / lookups, timeouts: timeouts / lookups, failures, lookups, nodes: network.nodes.size };
}

export function printChurn(rates: readonly number[], times: ChurnTimes, seed: number): void {
  const rows: string[][] = [];
  for (const [rate, path, timeouts, failures] of CHURN) {
    if (!rates.includes(rate)) continue;
    const ours = measureChurn(rate, times, seed);
    rows.push([
      rate.toFixed(2),
      path.toFixed(2),
      ours.hops.toFixed(2),
      timeouts.toFixed(2),
      ours.timeouts.toFixed(2),
      `${failures}`,
      ((10_000 * ours.failures) / ours.lookups).toFixed(1),
      `${ours.lookups}`,
    ]);
  }
  console.log(
    `Lookups under churn, about ${NODES} nodes, successor list of ${LIST_LENGTH}, the last hop counted`,
  );
  console.log(
    formatTable(
      ['joins + deaths /s', 'path', 'ours', 'time-outs', 'ours', 'failures in 10,000', 'ours', 'lookups'],
      rows,
    ),
  );
}
