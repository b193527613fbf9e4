/**
 * What a plain node:http server does with the same bytes, as the measure of everything else. It keeps nothing in order, checks no signature, and knows
 * four kinds of paths: `/memory/N` gives N bytes from memory, `/file/N` the same from a file in pooled pieces, `/discard` reads a body and drops it,
 * `/durable` appends it to a file and syncs that (as many bodies as came meanwhile share one sync).
 */
import { randomBytes } from 'node:crypto';
import { fdatasync, openSync, read, writeFileSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const PIECE_BYTES = 512 * 1024;
const MEMORY_LIMIT_BYTES = 1024 * 1024;
const folder = process.argv[2]!;
const bodies = new Map<number, Buffer>();
const files = new Map<number, number>();
const pool: Buffer[] = [];
const log = openSync(join(folder, 'bare-log'), 'w');
let waiting: (() => void)[] = [];
let syncing = false;

const server = createServer((request, response) => {
  const [, kind, size] = request.url!.split('/');
  if (kind === 'memory') sendMemory(response, Number(size));
  else if (kind === 'file') void sendFile(response, Number(size));
  else takeBody(request, response, kind === 'durable');
});
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));

function sendMemory(response: ServerResponse, size: number): void {
  if (size > MEMORY_LIMIT_BYTES) throw new Error(`${size} bytes are not served from memory`);
  const body = bodies.get(size) ?? randomBytes(size);
  bodies.set(size, body);
  response.writeHead(200, ['content-type', 'binary/octet-stream', 'content-length', String(size)]);
  response.end(body);
}

async function sendFile(response: ServerResponse, size: number): Promise<void> {
  const descriptor = files.get(size) ?? openFile(size);
  files.set(size, descriptor);
  const buffer = pool.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
  response.writeHead(200, ['content-type', 'binary/octet-stream', 'content-length', String(size)]);
  for (let offset = 0; offset < size; ) {
    const count = await readPiece(descriptor, buffer, offset);
    await new Promise<void>((resolve) => response.write(buffer.subarray(0, count), () => resolve()));
    offset += count;
  }
  pool.push(buffer);
  response.end();
}

function openFile(size: number): number {
  const path = join(folder, `bare-${size}`);
  writeFileSync(path, randomBytes(size));
  return openSync(path, 'r');
}

function readPiece(descriptor: number, buffer: Buffer, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.length, offset, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}

function takeBody(request: IncomingMessage, response: ServerResponse, durable: boolean): void {
  request.on('data', (piece: Buffer) => {
    if (durable) writeSync(log, piece);
  });
  request.on('end', () => {
    if (!durable) answer(response);
    else afterSync(() => answer(response));
  });
}

function answer(response: ServerResponse): void {
  response.writeHead(200, ['content-length', '0']);
  response.end();
}

function afterSync(done: () => void): void {
  waiting.push(done);
  if (syncing) return;
  syncing = true;
  setImmediate(syncOnce);
}

function syncOnce(): void {
  const answered = waiting;
  waiting = [];
  fdatasync(log, () => {
    for (const done of answered) done();
    if (waiting.length > 0) syncOnce();
    else syncing = false;
  });
}
