import type { JobResult } from '../load/job.ts';
import type { LoadGenerator } from '../load/load-generator.ts';
import { cpuMsOf } from '../subjects/process-meter.ts';
import type { Contest, Contestant } from './contestant.ts';

export interface Measured {
  readonly contest: string;
  readonly unit: string;
  readonly durability: string;
  readonly contestant: string;
  /** Medians over the rounds. */
  readonly perSecond: number;
  readonly mibPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of one unit in each process. */
  readonly cpuMicros: Readonly<Record<string, number>>;
  readonly generatorCpuMicros: number;
  /** Median over the rounds of this one's throughput against the first contestant's in the same round. */
  readonly ratio: number;
  /** The same of processor time, all processes together: the first one's against this one's. */
  readonly cpuRatio: number;
  readonly failed: number;
  readonly failure?: string;
}

interface Round {
  readonly result: JobResult;
  readonly cpuMs: Readonly<Record<string, number>>;
}

export interface Pace {
  readonly rounds: number;
  readonly limitMs: number;
  /** Code that is not compiled yet costs twice as much: an unmeasured round of this length comes first. */
  readonly warmUpMs: number;
}

/** A B C A B C ...: what disturbs the machine disturbs all of them. */
export async function runContest(
  contest: Contest,
  generator: LoadGenerator,
  { rounds, limitMs, warmUpMs }: Pace,
): Promise<Measured[]> {
  const taken: Round[][] = contest.contestants.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, contestant] of contest.contestants.entries()) {
      const one = await runRound(contestant, generator, round < 0 ? warmUpMs : limitMs);
      if (round >= 0) taken[i]!.push(one);
    }
  }
  return contest.contestants.map((contestant, i) => summary(contest, contestant, taken[i]!, taken[0]!));
}

async function runRound(contestant: Contestant, generator: LoadGenerator, limitMs: number): Promise<Round> {
  const before = readCpu(contestant);
  const result = await generator.run(contestant.job(limitMs));
  const after = readCpu(contestant);
  const cpuMs = Object.fromEntries([...after].map(([name, ms]) => [name, ms - before.get(name)!]));
  return { result, cpuMs };
}

function readCpu({ pids }: Contestant): Map<string, number> {
  return new Map([...pids].map(([name, pid]) => [name, cpuMsOf(pid)]));
}

function summary(
  { name, unit, durability }: Contest,
  contestant: Contestant,
  rounds: readonly Round[],
  firsts: readonly Round[],
): Measured {
  const over = (of: (round: Round) => number): number => median(rounds.map(of));
  const failure = rounds.find(({ result }) => result.failure !== undefined)?.result.failure;
  const cpuMicros = Object.fromEntries(
    [...contestant.pids.keys()].map((process) => [
      process,
      over(({ result, cpuMs }) => (1_000 * cpuMs[process]!) / result.done),
    ]),
  );
  return {
    ...{ contest: name, unit, durability, contestant: contestant.name, cpuMicros },
    perSecond: over(rate),
    mibPerSecond: over(({ result }) => result.bytes / 1024 ** 2 / (result.elapsedMs / 1_000)),
    p50Ms: over(({ result }) => result.p50Ms),
    p99Ms: over(({ result }) => result.p99Ms),
    generatorCpuMicros: over(({ result }) => (1_000 * result.cpuMs) / result.done),
    ratio: median(rounds.map((round, i) => rate(round) / rate(firsts[i]!))),
    cpuRatio: median(rounds.map((round, i) => cpuOfOne(firsts[i]!) / cpuOfOne(round))),
    failed: rounds.reduce((sum, { result }) => sum + result.failed, 0),
    ...(failure === undefined ? {} : { failure }),
  };
}

function rate({ result }: Round): number {
  return result.done / (result.elapsedMs / 1_000);
}

function cpuOfOne({ result, cpuMs }: Round): number {
  return Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0) / result.done;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
