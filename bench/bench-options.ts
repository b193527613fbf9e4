import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly quick: boolean;
  /** Part of the names to run; empty for all. */
  readonly only: string;
  readonly json: string | undefined;
  /** Sizes of the stores to measure. */
  readonly nodes: readonly number[];
}

export const USAGE = `Usage: npm run bench -- [--quick] [--only NAME] [--json FILE] [--nodes 1,3]

  --quick       fewer rounds and objects, and no probes that take long; less than a minute
  --only NAME   what contains NAME: "GET 1 KiB", "PUT", "LIST", or one of the probes
                idle, memory, stream, failover, move, alarms, queues, million messages, counting
  --json FILE   writes everything that was measured there
  --nodes N,M   sizes of the stores (default 1,3)
`;

/** undefined when help was asked for. */
export function parseBenchOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      json: { type: 'string' },
      nodes: { type: 'string', default: '1,3' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const nodes = values.nodes.split(',').map(Number);
  if (nodes.some((count) => !Number.isInteger(count) || count < 1 || count > 9))
    throw new Error(`--nodes is ${values.nodes}; whole numbers from 1 to 9 are allowed, parted by commas`);
  return { quick: values.quick, only: values.only, json: values.json, nodes };
}
