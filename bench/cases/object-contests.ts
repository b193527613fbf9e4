import type { Target } from '../load/job.ts';
import { objectPath } from '../load/job.ts';
import type { BareServer } from '../subjects/bare.ts';
import { BUCKET, type Store } from '../subjects/store.ts';
import type { Contest, Contestant } from './contestant.ts';

interface SizeClass {
  readonly name: string;
  readonly bytes: number;
  readonly connections: number;
  /** Different objects that are read or written in turn. */
  readonly objects: number;
}

const MIB = 1024 ** 2;
const PART_BYTES = 8 * MIB;

export const SIZES: readonly SizeClass[] = [
  { name: '1 KiB', bytes: 1024, connections: 32, objects: 512 },
  { name: '64 KiB', bytes: 64 * 1024, connections: 16, objects: 128 },
  { name: '4 MiB', bytes: 4 * MIB, connections: 4, objects: 8 },
  { name: '64 MiB', bytes: 64 * MIB, connections: 2, objects: 2 },
];

/** A door of a store: which processes work for it is not asked, all of them are metered. */
export interface Door {
  readonly name: string;
  readonly target: Target;
  readonly store: Store;
}

export function doorsOf(stores: readonly Store[]): Door[] {
  return stores.flatMap((store) =>
    store.nodes === 1
      ? [{ name: 'one node', target: store.doors[0]!, store }]
      : [
          { name: `${store.nodes} nodes, through one of them`, target: store.doors[0]!, store },
          { name: `${store.nodes} nodes, through the front`, target: store.front, store },
        ],
  );
}

export function prefixOf(size: SizeClass): string {
  return `/${BUCKET}/${size.bytes}/`;
}

/** The objects of a size, as a fill job names them. */
function pathsOf(size: SizeClass): string[] {
  return Array.from({ length: size.objects }, (_, i) => objectPath(prefixOf(size), i));
}

export function getContest(size: SizeClass, bare: BareServer, doors: readonly Door[]): Contest {
  const small = size.bytes <= 64 * 1024;
  const job = (target: Target, paths: readonly string[]) => (limitMs: number) =>
    ({
      kind: 'repeat',
      method: 'GET',
      target,
      paths,
      bodyBytes: 0,
      connections: size.connections,
      limitMs,
    }) as const;
  const bareTarget = { host: '127.0.0.1', port: bare.port };
  return {
    name: `GET ${size.name}`,
    unit: 'requests',
    durability: 'linearizable',
    contestants: [
      {
        name: small ? 'bare, from memory' : 'bare, pooled file reads',
        target: bareTarget,
        pids: new Map([['bare', bare.pid]]),
        job: job(bareTarget, [small ? `/memory/${size.bytes}` : `/file/${size.bytes}`]),
      },
      ...doors.map((door) => doorContestant(door, job(door.target, pathsOf(size)))),
    ],
  };
}

export function putContest(size: SizeClass, bare: BareServer, doors: readonly Door[]): Contest {
  const job = (target: Target, paths: readonly string[]) => (limitMs: number) => ({
    ...({ kind: 'repeat', method: 'PUT', target, paths, bodyBytes: size.bytes } as const),
    ...{ connections: size.connections, limitMs },
  });
  const bareTarget = { host: '127.0.0.1', port: bare.port };
  const bareContestant = (name: string, path: string): Contestant => ({
    ...{ name, target: bareTarget, pids: new Map([['bare', bare.pid]]) },
    job: job(bareTarget, [path]),
  });
  return {
    name: `PUT ${size.name}${size.bytes > PART_BYTES ? ' in parts' : ''}`,
    unit: size.bytes > PART_BYTES ? 'objects' : 'requests',
    durability: 'fsynced on a majority',
    contestants: [
      bareContestant('bare, body dropped', '/discard'),
      bareContestant('bare, appended and fsynced once', '/durable'),
      ...doors.map((door) =>
        doorContestant(
          door,
          size.bytes > PART_BYTES ? multipart(door.target, size) : job(door.target, pathsOf(size)),
        ),
      ),
    ],
  };
}

function multipart(target: Target, size: SizeClass): Contestant['job'] {
  const shape = { path: `/${BUCKET}/parts`, parts: size.bytes / PART_BYTES, partBytes: PART_BYTES };
  return (limitMs) => ({ kind: 'multipart', target, ...shape, limitMs });
}

export function listContest(bare: BareServer, pageBytes: number, doors: readonly Door[]): Contest {
  const bareTarget = { host: '127.0.0.1', port: bare.port };
  const paths = [`/memory/${pageBytes}`];
  return {
    name: 'LIST, pages of 1,000 keys',
    unit: 'keys',
    durability: 'linearizable',
    contestants: [
      {
        name: 'bare, pages of the same size from memory (pages, not keys)',
        target: bareTarget,
        pids: new Map([['bare', bare.pid]]),
        job: (limitMs) => ({
          ...{
            kind: 'repeat',
            method: 'GET',
            target: bareTarget,
            paths,
            bodyBytes: 0,
            connections: 2,
            limitMs,
          },
        }),
      },
      ...doors.map((door) =>
        doorContestant(door, (limitMs) => ({
          ...{ kind: 'list', target: door.target, bucket: LIST_BUCKET, walkers: 2, limitMs },
        })),
      ),
    ],
  };
}

export const LIST_BUCKET = 'bench-list';

function doorContestant({ name, target, store }: Door, job: Contestant['job']): Contestant {
  return { name, target, pids: store.pids, job };
}
