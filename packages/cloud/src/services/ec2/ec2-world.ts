/** What the operations of EC2 share. */
import type { OperationHandler } from '../../contract/service.ts';
import type { Ec2State } from './ec2-state.ts';
import type { InstanceRunner } from './instance-runner.ts';
import type { ViewWorld } from './instance-views.ts';
import type { Launcher } from './launcher.ts';
import type { Ec2Ports } from './ports.ts';

export interface Ec2World extends ViewWorld {
  readonly ports: Ec2Ports;
  readonly state: Ec2State;
  readonly launcher: Launcher;
  readonly runner: InstanceRunner;
  readonly nowMs: () => number;
}

export type Operations = Readonly<Record<string, OperationHandler>>;
