/**
 * A cloud that tests kill: `node lost-cloud.ts FOLDER LEASE_MS SPEC_JSON` boots the instance, prints `booted` and lives on until it is
 * ended.
 */
import type { InstanceSpec } from '../instance-provider.ts';
import { ProcessProvider } from '../process/process-provider.ts';
import { REAL_CLOCK } from './process-world.ts';

const [folder = '', leaseMs = '', json = ''] = process.argv.slice(2);
const { userDataText, ...spec } = JSON.parse(json) as InstanceSpec & { readonly userDataText: string };
const provider = new ProcessProvider({
  folder,
  clock: REAL_CLOCK,
  leaseMs: Number(leaseMs),
  leaseGraceMs: 2000,
});
await provider.start();
await provider.boot({ ...spec, userData: new TextEncoder().encode(userDataText) });
process.stdout.write('booted\n');
