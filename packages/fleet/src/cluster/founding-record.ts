/** Which instances found the cluster: one parameter, made once. */
import { Failure } from '@crescendo/base';

export interface FoundingInstance {
  readonly instanceId: string;
  /** Peer address, `host:port`. */
  readonly address: string;
}

export interface FoundingRecord {
  readonly version: 1;
  readonly founders: readonly FoundingInstance[];
}

export function formatFoundingRecord(founders: readonly FoundingInstance[]): string {
  return JSON.stringify({ version: 1, founders });
}

/** @param name of the parameter, for the message */
export function parseFoundingRecord(text: string, name: string): FoundingRecord {
  const wrong = (reason: string): Failure =>
    new Failure(
      'BadFoundingRecord',
      `The parameter ${name} ${reason}: it should be {"version":1,"founders":[{"instanceId","address"}, ...]}. Delete it only when no node of the cluster has ever been ready.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong('is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw wrong('is no object');
  if (Reflect.get(value, 'version') !== 1) throw wrong('is of another version');
  const founders: unknown = Reflect.get(value, 'founders');
  if (!Array.isArray(founders) || founders.length === 0 || !founders.every(isFounder))
    throw wrong('names no founders');
  return { version: 1, founders };
}

function isFounder(value: unknown): value is FoundingInstance {
  if (typeof value !== 'object' || value === null) return false;
  const { instanceId, address } = value as Partial<FoundingInstance>;
  return typeof instanceId === 'string' && typeof address === 'string' && /:\d+$/.test(address);
}
