/**
 * The network between all machines of a world. It knows addresses, links and connections; what the messages mean it
 * does not know.
 *
 * (N1) Everything crosses a link as bytes: encoded by the sender, decoded by the receiver.
 * (N2) A request that no process can have seen fails with `Unreachable`; every other one without an answer fails with
 *      `Timeout`.
 * (N3) A link may be cut in one direction only; what is on the way when it is cut is lost.
 * (N4) A lent body is overwritten when it was given back: whoever still reads it finds rubbish.
 */
import type { Random } from '@crescendo/base';
import type { NodeId, PeerAddress } from '../ports.ts';
import type { Process } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { CALM_LINK, drawDelayMs, drawReliableDelayMs, type LinkConditions } from './link-conditions.ts';
import { ProcessNetwork } from './process-network.ts';
import { messagePackCodec, type WireCodec } from './wire-codec.ts';

export class SimNetwork {
  readonly world: World;
  readonly codec: WireCodec;
  readonly random: Random;
  conditions: LinkConditions = CALM_LINK;
  /** One-way messages sent and requests begun. */
  messages = 0;
  requests = 0;
  /** Hears every one-way message that is sent, for checkers. */
  tap: ((from: NodeId, channel: string, message: unknown) => void) | undefined;
  readonly #endpoints = new Map<PeerAddress, ProcessNetwork>();
  /** How many cuts lie on a direction of a link: they may overlap. */
  readonly #cuts = new Map<string, number>();
  readonly #dark = new Set<PeerAddress>();
  readonly #lastArrivalMs = new Map<string, number>();

  constructor(world: World, codec: WireCodec = messagePackCodec()) {
    this.world = world;
    this.codec = codec;
    this.random = world.random.fork('network');
  }

  /** The network as one process sees it. `nodeId` is asked at each message: a node learns who it is after it was started. */
  attach(process: Process, nodeId: () => NodeId | undefined): ProcessNetwork {
    const endpoint = new ProcessNetwork(this, process, nodeId);
    const address = process.machine.address;
    this.#dark.delete(address);
    this.#endpoints.set(address, endpoint);
    process.onEnd(() => {
      if (this.#endpoints.get(address) !== endpoint) return;
      this.#endpoints.delete(address);
      if (!this.#dark.has(address)) endpoint.resetConnections();
    });
    return endpoint;
  }

  endpoint(address: PeerAddress): ProcessNetwork | undefined {
    return this.#endpoints.get(address);
  }

  /** Call before a process is killed: the machine lost its power, nobody tells its peers. */
  darken(address: PeerAddress): void {
    this.#dark.add(address);
  }

  /** Neither answers nor refuses. */
  isDark(address: PeerAddress): boolean {
    return this.#dark.has(address);
  }

  cut(from: PeerAddress, to: PeerAddress): void {
    const link = `${from}>${to}`;
    this.#cuts.set(link, (this.#cuts.get(link) ?? 0) + 1);
  }

  heal(from: PeerAddress, to: PeerAddress): void {
    const link = `${from}>${to}`;
    const left = (this.#cuts.get(link) ?? 0) - 1;
    if (left > 0) this.#cuts.set(link, left);
    else this.#cuts.delete(link);
  }

  healAll(): void {
    this.#cuts.clear();
    this.conditions = CALM_LINK;
  }

  isCut(from: PeerAddress, to: PeerAddress): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(`${from}>${to}`);
  }

  /** Ends the connection between two machines: both sides notice, and requests between them are given up. */
  breakConnection(a: PeerAddress, b: PeerAddress): void {
    const left = this.#endpoints.get(a);
    const right = this.#endpoints.get(b);
    if (left !== undefined && right !== undefined) left.breakWith(right);
  }

  /** Carries a one-way message: it may come late, twice, out of order or never. */
  carry(from: PeerAddress, to: PeerAddress, bytes: number, arrive: () => void): void {
    this.messages++;
    if (this.isCut(from, to) || this.random.chance(this.conditions.loss)) return;
    this.#arriveOnce(from, to, bytes, arrive);
    if (this.random.chance(this.conditions.duplicate)) this.#arriveOnce(from, to, bytes, arrive);
  }

  #arriveOnce(from: PeerAddress, to: PeerAddress, bytes: number, arrive: () => void): void {
    let delayMs = drawDelayMs(this.conditions, this.random, bytes);
    if (!this.conditions.reorder) {
      const link = `${from}>${to}`;
      const atMs = Math.max(this.world.nowMs + delayMs, this.#lastArrivalMs.get(link) ?? 0);
      this.#lastArrivalMs.set(link, atMs);
      delayMs = atMs - this.world.nowMs;
    }
    this.world.at(delayMs, () => {
      if (!this.isCut(from, to)) arrive(); // (N3)
    });
  }

  /** Carries part of a request or reply; `lost` when the link swallows it. */
  carryReliably(
    from: PeerAddress,
    to: PeerAddress,
    bytes: number,
    arrive: () => void,
    lost: () => void,
  ): void {
    if (this.isCut(from, to)) {
      lost();
      return;
    }
    this.world.at(drawReliableDelayMs(this.conditions, this.random, bytes), () => {
      if (this.isCut(from, to)) lost();
      else arrive();
    });
  }

  drawsBreakage(): boolean {
    return this.conditions.breakage > 0 && this.random.chance(this.conditions.breakage);
  }
}
