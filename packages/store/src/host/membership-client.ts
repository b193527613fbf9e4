import { Failure, sleep } from '@crescendo/base';
import { SYSTEM_GROUP } from '../group.ts';
import type { Identity } from '../ports/identity-store.ts';
import type { PeerAddress } from '../ports/network.ts';
import type { MemberDetails, RegisterCommand, SystemResult } from '../system/command.ts';
import type { AdvertisedAddresses, SystemState } from '../system/state.ts';
import type { GroupRouter } from './group-router.ts';
import type { StoreNodePorts } from './ports.ts';
import type { StoreNodeOptions } from './store-node-options.ts';
import type { SystemView } from './system-view.ts';

/**
 * How a node becomes a member and stays one: it joins through any peer, tells the system group at each start where it is,
 * and tells it again when it was taken for dead.
 */
const RETRY_MS = 700;
const JOIN_TIMEOUT_MS = 6_000;

interface JoinReply {
  readonly clusterId: string;
  readonly result: SystemResult;
  readonly state: SystemState;
}

export class MembershipClient {
  private readonly ports: StoreNodePorts;
  private readonly options: StoreNodeOptions;
  private readonly view: SystemView;
  private readonly router: GroupRouter;
  private readonly identity: () => Identity;
  advertised: AdvertisedAddresses;
  private stopped = false;
  private registering = false;

  constructor(
    ports: StoreNodePorts,
    options: StoreNodeOptions,
    view: SystemView,
    router: GroupRouter,
    identity: () => Identity,
  ) {
    this.ports = ports;
    this.options = options;
    this.advertised = options.advertised;
    this.view = view;
    this.router = router;
    this.identity = identity;
    ports.network.onRequest('system.join', async (_from, params) => ({
      result: await this.admit(params as RegisterCommand),
    }));
    ports.network.onRequest('system.describe', async () => ({ result: this.details() }));
  }

  stop(): void {
    this.stopped = true;
  }

  details(): MemberDetails {
    const { usedBytes, capacityBytes } = this.ports.chunks.usage();
    const { address, zone, weight } = this.options;
    const { nodeId, boots } = this.identity();
    return {
      id: nodeId,
      address,
      advertised: this.advertised,
      zone,
      weight,
      incarnation: boots ?? 1,
      usedBytes,
      capacityBytes,
    };
  }

  /** Asks one peer after the other until one lets this node in; undefined when the node was stopped meanwhile. */
  async join(contacts: readonly PeerAddress[]): Promise<JoinReply | undefined> {
    for (let round = 0; !this.stopped; round++) {
      for (const contact of contacts) {
        if (contact === this.options.address) continue;
        const reply = await this.joinThrough(contact);
        if (reply !== undefined) return reply;
      }
      if (round % 20 === 5)
        this.ports.report({ level: 'warn', event: 'waiting for a peer to join', detail: { contacts } });
      await sleep(this.ports.clock, RETRY_MS);
    }
    return undefined;
  }

  private async joinThrough(contact: PeerAddress): Promise<JoinReply | undefined> {
    const reply = await this.ports.network
      .requestAt(contact, 'system.join', this.registration(), { timeoutMs: JOIN_TIMEOUT_MS })
      .catch(() => undefined);
    const joined = reply?.result as JoinReply | null | undefined;
    if (joined == null) return undefined;
    if (isPassing(joined.result)) return undefined;
    if (!joined.result.ok) throw refused(joined.result);
    return joined;
  }

  /** A peer's half of joining. */
  private async admit(command: RegisterCommand): Promise<JoinReply | null> {
    const state = this.view.state;
    if (state === undefined) return null;
    const result = (await this.router.executeOn(
      SYSTEM_GROUP,
      command,
      JOIN_TIMEOUT_MS - 1_000,
    )) as SystemResult;
    const newest = (await this.router.queryOn(
      SYSTEM_GROUP,
      { type: 'state' },
      JOIN_TIMEOUT_MS,
    )) as SystemState;
    return { clusterId: state.clusterId, result, state: newest };
  }

  /** Tells the system group about this start; repeats itself until it is heard, with the doors that are open by then. */
  async register(): Promise<void> {
    if (this.registering) return;
    this.registering = true;
    try {
      while (!this.stopped) {
        const { advertised } = this;
        const result = await this.tryRegister();
        if (result?.ok === true && advertised === this.advertised) return;
        if (result?.ok === true) continue;
        if (result !== undefined && !isPassing(result)) throw refused(result);
        await sleep(this.ports.clock, RETRY_MS);
      }
    } finally {
      this.registering = false;
    }
  }

  private async tryRegister(): Promise<SystemResult | undefined> {
    try {
      return (await this.router.executeOn(SYSTEM_GROUP, this.registration())) as SystemResult;
    } catch {
      return undefined;
    }
  }

  private registration(): RegisterCommand {
    const { position } = this.options;
    const { replaces } = this.identity();
    return {
      type: 'register',
      member: this.details(),
      arcsOf: 'zone',
      ...(position === undefined ? {} : { position }),
      ...(replaces === undefined ? {} : { replaces }),
    };
  }
}

/** Founders have doors before their cluster is founded. */
function isPassing(result: SystemResult): boolean {
  return !result.ok && result.code === 'NotFounded';
}

function refused(result: SystemResult): Failure {
  return result.ok
    ? new Failure('Refused', 'The cluster accepted.')
    : new Failure(result.code, `The cluster refuses this node: ${result.message}`);
}
