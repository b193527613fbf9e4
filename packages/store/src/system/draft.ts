/**
 * One command's change in the making. It does not know any command.
 *
 * (D1) `version` rises by exactly one in a command that changes what others must see, and not at all otherwise.
 * (D2) Every record written in a command carries the version that the command makes.
 * (D3) A refused command has written nothing: handlers check first and write then.
 */
import type { NodeId } from '../ports/network.ts';
import type { KvWriter } from '../ports/state-store.ts';
import type { SystemContext, SystemEffect, SystemOutcome, SystemRefusalCode } from './command.ts';
import { readMember, writeHead, writeMember, writePartition } from './records.ts';
import type { Member, PartitionState, SystemHead } from './state.ts';

export class Draft {
  readonly kv: KvWriter;
  readonly context: SystemContext;
  readonly head: SystemHead;
  #next: SystemHead;
  #isVisible = false;
  readonly #effects: SystemEffect[] = [];

  constructor(kv: KvWriter, context: SystemContext, head: SystemHead) {
    this.kv = kv;
    this.context = context;
    this.head = head;
    this.#next = head;
  }

  /** The version that this command makes. */
  get version(): number {
    return this.head.version + 1;
  }

  putMember(member: Omit<Member, 'changed'>): Member {
    this.#isVisible = true;
    const written = { ...member, changed: this.version };
    writeMember(this.kv, written);
    return written;
  }

  putPartition(partition: number, state: Omit<PartitionState, 'changed'>): void {
    this.#isVisible = true;
    writePartition(this.kv, partition, { ...state, changed: this.version });
  }

  changeHead(part: Partial<SystemHead>): void {
    this.#isVisible = true;
    this.#next = { ...this.#next, ...part };
  }

  /** Says that the change matters to targets: a new one has to be planned. */
  notePlacementChange(): void {
    this.changeHead({ placementVersion: this.version, placementChangedMs: this.context.timestampMs });
  }

  emit(effect: SystemEffect): void {
    this.#effects.push(effect);
  }

  finish(memberId?: NodeId): SystemOutcome {
    const version = this.#isVisible ? this.version : this.head.version;
    if (this.#isVisible) {
      writeHead(this.kv, { ...this.#next, version });
      this.#effects.push({ effect: 'changed', version });
    }
    const member = memberId === undefined ? undefined : readMember(this.kv, memberId);
    return { result: { ok: true, version, ...(member && { member }) }, effects: this.#effects };
  }
}

export function refuse(code: SystemRefusalCode, message: string): SystemOutcome {
  return { result: { ok: false, code, message }, effects: [] };
}
