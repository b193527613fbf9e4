/** What a replica's machine remembers of buckets is never older than its map. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@crescendo/base';
import { MemoryKv } from '../testing/memory-kv.ts';
import type { GroupMachine } from './group-machine.ts';
import { machineOf } from './node-machines.ts';

const NOW = 1_700_000_000_000;
const FIRST = '0000000000000001';
const SECOND = '0000000000000002';
const METADATA = { headers: {}, userMetadata: {} };

class Replica {
  readonly kv = new MemoryKv();
  readonly machine: GroupMachine = machineOf('0', () => 1);
  #index = 0;

  apply(command: object): string {
    const membership = { epoch: 1, voters: ['a'], learners: [], incoming: [] };
    const context = { index: ++this.#index, timestampMs: NOW, membership } as never;
    return codeOf(this.machine.apply(this.kv, context, command).result);
  }

  put(generation: string): string {
    const segment = { kind: 'inline', bytes: utf8(generation) };
    return this.apply({
      ...{ type: 'putObject', bucket: 'b', generation, key: 'k' },
      ...{ ...METADATA, segment, etag: 'e' },
    });
  }

  step(type: 'sealBucket' | 'unsealBucket', attempt: number): string {
    return this.apply({ type, bucket: 'b', generation: FIRST, attempt });
  }

  drop(generation: string): string {
    return this.apply({ type: 'dropBucket', bucket: 'b', generation, limit: 10 });
  }

  read(generation: string, sealedToo = false): string {
    return codeOf(
      this.machine.query(this.kv, { type: 'object', bucket: 'b', generation, key: 'k', sealedToo }),
    );
  }
}

function codeOf(result: unknown): string {
  const { ok, code } = result as { ok: boolean; code?: string };
  return ok ? 'ok' : code!;
}

test('[O25] a bucket that is deleted between two reads is gone for the second one', () => {
  const replica = new Replica();
  assert.equal(replica.put(FIRST), 'ok');
  assert.equal(replica.read(FIRST), 'ok');
  assert.equal(replica.step('sealBucket', 5), 'ok');
  assert.equal(replica.read(FIRST), 'BucketSealed');
  assert.equal(replica.read(FIRST, true), 'ok');
  assert.equal(replica.put(FIRST), 'BucketSealed');
  assert.equal(replica.step('unsealBucket', 5), 'ok');
  assert.equal(replica.read(FIRST), 'ok');
  assert.equal(replica.drop(FIRST), 'ok');
  assert.equal(replica.read(FIRST), 'StaleBucket');
  assert.equal(replica.put(FIRST), 'StaleBucket');
});

test('[O25] a bucket that is made anew is read and written under its new generation alone', () => {
  const replica = new Replica();
  replica.put(FIRST);
  replica.drop(FIRST);
  assert.equal(replica.read(FIRST), 'StaleBucket');
  // Not a word of the second life here yet: it is believed, and nothing stands in it.
  assert.equal(replica.read(SECOND), 'NoSuchKey');
  assert.equal(replica.put(SECOND), 'ok');
  assert.equal(replica.read(SECOND), 'ok');
  assert.equal(replica.put(FIRST), 'StaleBucket');
  assert.equal(replica.read(FIRST), 'StaleBucket');
});

test('[O25] that a bucket is not known is forgotten with the first command that names it', () => {
  const replica = new Replica();
  assert.equal(replica.read(FIRST), 'NoSuchKey');
  assert.equal(replica.step('sealBucket', 1), 'ok');
  assert.equal(replica.read(FIRST), 'BucketSealed');
});

test('[O25] a state that is put in the place of another takes what was remembered with it', () => {
  const replica = new Replica();
  replica.put(FIRST);
  assert.equal(replica.read(FIRST), 'ok');
  const peer = new Replica();
  peer.put(FIRST);
  peer.drop(FIRST);
  replica.kv.restore(peer.kv.snapshot());
  replica.machine.replaced!();
  assert.equal(replica.read(FIRST), 'StaleBucket');
});

test('[O25] replicas do not share what they remember', () => {
  const [one, other] = [new Replica(), new Replica()];
  one.put(FIRST);
  other.put(FIRST);
  assert.equal(one.read(FIRST), 'ok');
  assert.equal(other.read(FIRST), 'ok');
  one.drop(FIRST);
  assert.equal(one.read(FIRST), 'StaleBucket');
  assert.equal(other.read(FIRST), 'ok');
});
