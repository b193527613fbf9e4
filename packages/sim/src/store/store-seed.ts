import { StoreInspector } from '../checkers/store-inspector.ts';
import type { SeedOptions, SeedReport } from '../seed-report.ts';
import type { Trace } from '../world/trace.ts';
import { FAULTS, type FaultKind } from './faults.ts';
import { storeMutant } from './mutants.ts';
import { productionLaunch } from './production-node.ts';
import { SimQueue } from './sim-queue.ts';
import { StoreHistory } from './store-history.ts';

/** One history of the production store. */
export function runStoreSeed(seed: number, options: SeedOptions, trace?: Trace): Promise<SeedReport> {
  const { mode, nodes } = options;
  const mutant = options.mutant === undefined ? undefined : storeMutant(options.mutant);
  const faults = options.faults?.map(faultKind);
  const queue = new SimQueue(seed);
  return new StoreHistory({
    seed,
    mode,
    queue,
    launch: productionLaunch({
      partitionCount: seed % 2 === 0 ? 4 : 8,
      holdsBlobs: seed % 3 !== 0,
      compactsEagerly: seed % 4 < 2,
      queue,
      fetchDelayMs: seed % 5 === 0 ? 300 : 3000,
      ...(mutant === undefined ? {} : { mutant }),
    }),
    forgetsLogs: mutant === 'forgetLog',
    inspect: (cluster) => new StoreInspector(cluster),
    ...(nodes === undefined ? {} : { nodes }),
    ...(faults === undefined ? {} : { faults }),
    ...(trace === undefined ? {} : { trace }),
  }).run();
}

function faultKind(name: string): FaultKind {
  if (Object.hasOwn(FAULTS, name)) return name as FaultKind;
  throw new Error(`unknown fault ${name}: ${Object.keys(FAULTS).join(', ')} are known`);
}
