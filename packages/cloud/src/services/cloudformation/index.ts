/** The CloudFormation service: stacks of resources that are made, changed and deleted over the other services of the cloud. */
import type { AwsService } from '../../contract/service.ts';
import { StackEngine } from './engine/stack-engine.ts';
import { ChangeSets } from './operations/change-sets.ts';
import { Descriptions } from './operations/describe.ts';
import { SignalOperations } from './operations/signal-operations.ts';
import { StackRequests } from './operations/stack-requests.ts';
import { TemplateOperations } from './operations/template-operations.ts';
import type { CloudFormationPorts } from './ports.ts';
import { HANDLERS } from './resources/handlers.ts';
import { StackStore } from './state/stack-store.ts';

export type { BucketPort, CloudFormationPorts, QueueNotification } from './ports.ts';

export interface CloudFormation {
  readonly service: AwsService;
  /** Takes up every operation that was under way. */
  start(): Promise<void>;
  /** Resolves when nothing runs; what was under way goes on at the next start. */
  stop(): Promise<void>;
  /** A PUT to `waitUrl(token)`: throws `AwsError` when the body is no signal. */
  receiveWaitSignal(token: string, body: string): void;
}

export function createCloudFormationService(ports: CloudFormationPorts): CloudFormation {
  const store = new StackStore(ports.records, ports.clock, ports.random);
  const engine = new StackEngine(ports, store, ports.handlers ?? HANDLERS);
  const requests = new StackRequests(engine);
  const signals = new SignalOperations(store);
  return {
    service: {
      signingName: 'cloudformation',
      operations: {
        ...requests.operations,
        ...new ChangeSets(engine, requests).operations,
        ...new Descriptions(store).operations,
        ...new TemplateOperations(engine.environment).operations,
        ...signals.operations,
      },
    },
    start: async () => engine.start(),
    stop: () => engine.stop(),
    receiveWaitSignal: (token, body) => signals.receiveWaitSignal(token, body),
  };
}
