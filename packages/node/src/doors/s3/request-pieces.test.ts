import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { requestPieces } from './request-pieces.ts';

const PIECES = 200;

test('a piece that has been read is forgotten: a large body takes no more memory than a small one', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const made: WeakRef<Uint8Array>[] = [];
  const body = Readable.from(
    (function* () {
      for (let i = 0; i < PIECES; i++) {
        const piece = Buffer.alloc(1_000, i);
        made.push(new WeakRef(piece));
        yield piece;
      }
    })(),
  );
  let alive = 0;
  let read = 0;
  for await (const piece of requestPieces(body as unknown as IncomingMessage, 10_000)) {
    assert.equal(piece[0], read % 256);
    read++;
    if (read < PIECES) continue;
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    alive = made.filter((reference) => reference.deref() !== undefined).length;
  }
  assert.equal(read, PIECES);
  assert.ok(alive < 30, `${alive} of ${PIECES} pieces are still held`);
});
