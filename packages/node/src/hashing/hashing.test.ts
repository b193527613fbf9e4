import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { type BodyHash, HashPool } from './index.ts';
import { type DigestName, digestOf } from './stream-hash.ts';

const NAMES: readonly DigestName[] = ['MD5', 'CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

test('digests of the check text are those of the catalogues', () => {
  const hex = (name: DigestName) => Buffer.from(digestOf(name, Buffer.from('123456789'))).toString('hex');
  assert.equal(hex('CRC32'), 'cbf43926');
  assert.equal(hex('CRC32C'), 'e3069283');
  assert.equal(hex('CRC64NVME'), 'ae8b14860a799888');
  assert.equal(hex('MD5'), '25f9e794323b453885f5181f1b624d0b');
  assert.equal(hex('SHA1'), 'f7c3bc1d808e04732adf679965ccc34ca7ae3441');
});

describe('hashing on threads', () => {
  const pool = new HashPool({ workers: 1, maximumJobs: 2, inlineBytes: 1_000 });
  after(() => pool.close());
  const bytes = Buffer.alloc(3_000_001, 'crescendo');

  async function feed(hash: BodyHash, step: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += step) {
      await hash.update(bytes.subarray(at, at + step));
      await hash.endChunk();
    }
  }

  for (const step of [70_001, 1_000_000, 3_000_001]) {
    test(`gives what hashing in one piece gives, with pieces of ${step} bytes`, async () => {
      const hash = pool.open({ digests: NAMES, chunks: true }, bytes.length);
      await feed(hash, step);
      const { digests, chunkSha256 } = await hash.finish();
      for (const name of NAMES)
        assert.deepEqual(Buffer.from(digests.get(name)!), Buffer.from(digestOf(name, bytes)), name);
      const expected = [];
      for (let at = 0; at < bytes.length; at += step) {
        expected.push(
          createHash('sha256')
            .update(bytes.subarray(at, at + step))
            .digest('hex'),
        );
      }
      assert.deepEqual(chunkSha256, expected);
    });
  }

  test('bodies at the same time do not mix, past the limit of jobs too, and given-up ones free their place', async () => {
    for (let round = 0; round < 3; round++) {
      const given = pool.open({ digests: ['MD5'], chunks: false }, undefined);
      await given.update(bytes.subarray(0, 600_000));
      const hashes = Array.from({ length: 4 }, () =>
        pool.open({ digests: ['MD5'], chunks: false }, undefined),
      );
      await Promise.all(hashes.map((hash, i) => feed(hash, 100_000 + i)));
      given.abort();
      const results = await Promise.all(hashes.map((hash) => hash.finish()));
      for (const { digests } of results)
        assert.deepEqual(Buffer.from(digests.get('MD5')!), Buffer.from(digestOf('MD5', bytes)));
    }
  });

  test('a body on a thread that ends fails, and the next one gets a new thread', async () => {
    const other = new HashPool({ workers: 1, inlineBytes: 0 });
    const hash = other.open({ digests: ['MD5'], chunks: false }, undefined);
    await hash.update(bytes.subarray(0, 10));
    const failed = assert.rejects(hash.finish(), /thread/);
    await other.close();
    await failed;
    const next = other.open({ digests: ['MD5'], chunks: false }, undefined);
    await next.update(bytes);
    assert.equal((await next.finish()).digests.size, 1);
    await other.close();
  });
});
