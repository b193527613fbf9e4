import { alarmsProbe } from './alarms-probe.ts';
import { countingProbe } from './counting-probe.ts';
import { failoverProbe } from './failover-probe.ts';
import { idleProbe } from './idle-probe.ts';
import { moveProbe } from './move-probe.ts';
import type { Probe } from './probe.ts';
import { millionProbe, queuesProbe } from './queues-probe.ts';
import { streamProbe } from './stream-probe.ts';
import { tablesProbe } from './tables-probe.ts';

export const probes: readonly Probe[] = [
  idleProbe,
  streamProbe,
  failoverProbe,
  moveProbe,
  alarmsProbe,
  queuesProbe,
  millionProbe,
  tablesProbe,
  countingProbe,
];
