import type { Member, WireMember } from './member.ts';

/**
 * What ring nodes say to each other: plain data, one-way, encoded by the host. A node accepts its own version and refuses the rest
 * by counting it; version 2 will have to speak version 1 as well.
 */
export const RING_PROTOCOL_VERSION = 1;

/** `busy`: the node waits for an answer that may change its state. `outside`: it is not on the ring. */
export type MemberStatus = 'inside' | 'busy' | 'outside';

interface Header {
  readonly version: number;
  readonly sender: WireMember;
}

/** Asks for predecessor and successors, in order to rest a change of state on them. */
export interface StateRequest extends Header {
  readonly type: 'stateRequest';
  readonly requestId: number;
}
export interface StateReply extends Header {
  readonly type: 'stateReply';
  readonly requestId: number;
  readonly status: MemberStatus;
  /** Empty unless `inside`. */
  readonly predecessor: WireMember | null;
  /** Clockwise from the sender, real entries only; what is missing up to the list's length is padding. */
  readonly successors: readonly WireMember[];
}
/** Answered at once in every state. */
export interface Ping extends Header {
  readonly type: 'ping';
  readonly requestId: number;
}
export interface Pong extends Header {
  readonly type: 'pong';
  readonly requestId: number;
  readonly inside: boolean;
}
/** Asks for the way to a key. The answer is a hint, so it is given at once, even while busy. */
export interface RouteRequest extends Header {
  readonly type: 'routeRequest';
  readonly requestId: number;
  readonly key: string;
}
export interface RouteReply extends Header {
  readonly type: 'routeReply';
  readonly requestId: number;
  readonly inside: boolean;
  /** The key lies between the sender's predecessor and the sender. */
  readonly owned: boolean;
  /** The key lies between the sender and its first successor: the sender is the key's predecessor. */
  readonly adjacent: boolean;
  /** The sender's successors at or after the key, nearest first; empty when its list ends before the key. */
  readonly owners: readonly WireMember[];
  /** Members the sender knows before the key, nearest to the key first. */
  readonly closer: readonly WireMember[];
  readonly predecessor: WireMember | null;
}
/** "I may be your predecessor." */
export interface Notify extends Header {
  readonly type: 'notify';
}
/** The sender has left; its data is handed over. */
export interface Leaving extends Header {
  readonly type: 'leaving';
}

export type RingMessage =
  | StateRequest
  | StateReply
  | Ping
  | Pong
  | RouteRequest
  | RouteReply
  | Notify
  | Leaving;

/** A message after parsing: members are typed, the sender is proven to be who sent it. */
export type ParsedMessage =
  | { readonly type: 'stateRequest'; readonly sender: Member; readonly requestId: number }
  | {
      readonly type: 'stateReply';
      readonly sender: Member;
      readonly requestId: number;
      readonly status: MemberStatus;
      readonly predecessor: Member | undefined;
      readonly successors: readonly Member[];
    }
  | { readonly type: 'ping'; readonly sender: Member; readonly requestId: number }
  | { readonly type: 'pong'; readonly sender: Member; readonly requestId: number; readonly inside: boolean }
  | {
      readonly type: 'routeRequest';
      readonly sender: Member;
      readonly requestId: number;
      readonly key: bigint;
    }
  | ParsedRouteReply
  | { readonly type: 'notify'; readonly sender: Member }
  | { readonly type: 'leaving'; readonly sender: Member };

export interface ParsedRouteReply extends RouteAnswer {
  readonly type: 'routeReply';
  readonly sender: Member;
  readonly requestId: number;
}

/** What one member knows of the way to a key; see `RouteReply` for the fields. */
export interface RouteAnswer {
  readonly inside: boolean;
  readonly owned: boolean;
  readonly adjacent: boolean;
  readonly owners: readonly Member[];
  readonly closer: readonly Member[];
  readonly predecessor: Member | undefined;
}
