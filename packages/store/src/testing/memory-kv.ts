/**
 * An ordered map of byte strings in memory, for tests and the simulator: a B-tree whose nodes are copied when they are
 * shared with a snapshot.
 *
 * Always true:
 * (K1) A node whose `owner` is not the map's present one may be shared with a snapshot: it is copied, never changed.
 * (K2) The separator of a child is not above any of its keys; the first child of a branch stands for everything below.
 * (K3) No leaf below a branch is empty.
 * (K4) Keys and values are copied on their way in, so a caller may use its buffers again.
 */
import { compareBytes, copyBytes } from '@crescendo/base';
import type { KvPair, KvRange, KvReader, KvWriter, StateSnapshot } from '../ports/state-store.ts';

const NODE_LIMIT = 64;

/** A token: equal by identity only. */
type Owner = object;

interface Leaf {
  readonly kind: 'leaf';
  readonly owner: Owner;
  readonly keys: Uint8Array[];
  readonly values: Uint8Array[];
}

interface Branch {
  readonly kind: 'branch';
  readonly owner: Owner;
  /** Separators: `keys[i]` bounds `children[i]` from below; `keys[0]` is not looked at. */
  readonly keys: Uint8Array[];
  readonly children: Node[];
}

type Node = Leaf | Branch;

interface Tree {
  readonly root: Node;
  readonly count: number;
  readonly bytes: number;
}

/** The state of a `MemoryKv` at one moment. Taking it costs nothing; closing it is optional. */
export class MemoryKvSnapshot implements StateSnapshot {
  readonly #tree: Tree;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** For `MemoryKv.restore`. */
  get tree(): Tree {
    return this.#tree;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return find(this.#tree.root, key);
  }

  range(range: KvRange): Iterable<KvPair> {
    return scan(this.#tree.root, range, () => true);
  }

  close(): void {}
}

export class MemoryKv implements KvWriter {
  #owner: Owner = {};
  #root: Node = emptyLeaf(this.#owner);
  #count = 0;
  #bytes = 0;
  #writes = 0;

  /** Number of keys. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of all keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return find(this.#root, key);
  }

  /** Going on with an iteration after a write throws: the port forbids it. */
  range(range: KvRange): Iterable<KvPair> {
    const writes = this.#writes;
    return scan(this.#root, range, () => this.#writes === writes);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#writes++;
    const change = { count: 0, bytes: 0 };
    const [node, split] = insert(this.#root, copyBytes(key), copyBytes(value), this.#owner, change);
    this.#root = split === undefined ? node : joinHalves(node, split, this.#owner);
    this.#count += change.count;
    this.#bytes += change.bytes;
  }

  remove(key: Uint8Array): void {
    this.#writes++;
    const old = find(this.#root, key);
    if (old === undefined) return;
    this.#root = without(this.#root, key, this.#owner) ?? emptyLeaf(this.#owner);
    while (this.#root.kind === 'branch' && this.#root.children.length === 1)
      this.#root = this.#root.children[0]!;
    this.#count--;
    this.#bytes -= key.length + old.length;
  }

  /** A frozen view, in constant time. */
  snapshot(): MemoryKvSnapshot {
    this.#owner = {};
    return new MemoryKvSnapshot({ root: this.#root, count: this.#count, bytes: this.#bytes });
  }

  /** Goes back (or over) to the state of a snapshot, of this or another map, in constant time. */
  restore(snapshot: MemoryKvSnapshot): void {
    this.#writes++;
    this.#owner = {};
    this.#root = snapshot.tree.root;
    this.#count = snapshot.tree.count;
    this.#bytes = snapshot.tree.bytes;
  }

  clear(): void {
    this.#writes++;
    this.#owner = {};
    this.#root = emptyLeaf(this.#owner);
    this.#count = 0;
    this.#bytes = 0;
  }
}

/** Everything in a map, for comparing replicas. */
export function everything(kv: KvReader): KvPair[] {
  const end = new Uint8Array(1_401).fill(0xff);
  return [...kv.range({ start: new Uint8Array(0), end })];
}

function emptyLeaf(owner: Owner): Leaf {
  return { kind: 'leaf', owner, keys: [], values: [] };
}

/** Index of the first key that is not below `key`. */
function lowerBound(keys: readonly Uint8Array[], key: Uint8Array): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(keys[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the child that holds `key` if any does. */
function childIndex(branch: Branch, key: Uint8Array): number {
  let low = 1;
  let high = branch.keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(branch.keys[middle]!, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function find(root: Node, key: Uint8Array): Uint8Array | undefined {
  let node = root;
  while (node.kind === 'branch') node = node.children[childIndex(node, key)]!;
  const index = lowerBound(node.keys, key);
  const found = node.keys[index];
  return found !== undefined && compareBytes(found, key) === 0 ? node.values[index] : undefined;
}

function writable<N extends Node>(node: N, owner: Owner): N {
  if (node.owner === owner) return node;
  const copy: Node =
    node.kind === 'leaf'
      ? { kind: 'leaf', owner, keys: node.keys.slice(), values: node.values.slice() }
      : { kind: 'branch', owner, keys: node.keys.slice(), children: node.children.slice() };
  return copy as N;
}

type Split = { readonly key: Uint8Array; readonly node: Node };

function insert(
  shared: Node,
  key: Uint8Array,
  value: Uint8Array,
  owner: Owner,
  change: { count: number; bytes: number },
): [Node, Split?] {
  const node = writable(shared, owner);
  if (node.kind === 'branch') {
    const index = childIndex(node, key);
    const [child, split] = insert(node.children[index]!, key, value, owner, change);
    node.children[index] = child;
    if (split === undefined) return [node];
    node.keys.splice(index + 1, 0, split.key);
    node.children.splice(index + 1, 0, split.node);
    return node.keys.length > NODE_LIMIT ? [node, splitBranch(node)] : [node];
  }
  const index = lowerBound(node.keys, key);
  const found = node.keys[index];
  if (found !== undefined && compareBytes(found, key) === 0) {
    change.bytes = value.length - node.values[index]!.length;
    node.values[index] = value;
    return [node];
  }
  change.count = 1;
  change.bytes = key.length + value.length;
  node.keys.splice(index, 0, key);
  node.values.splice(index, 0, value);
  return node.keys.length > NODE_LIMIT ? [node, splitLeaf(node, index)] : [node];
}

/** Cuts a leaf in the middle, or near its end when it grows there, as it does when keys come in order. */
function splitLeaf(node: Leaf, grownAt: number): Split {
  const cut = grownAt === node.keys.length - 1 ? node.keys.length - 1 : node.keys.length >>> 1;
  const keys = node.keys.splice(cut);
  const values = node.values.splice(cut);
  return { key: keys[0]!, node: { kind: 'leaf', owner: node.owner, keys, values } };
}

function splitBranch(node: Branch): Split {
  const cut = node.keys.length >>> 1;
  const keys = node.keys.splice(cut);
  const children = node.children.splice(cut);
  return { key: keys[0]!, node: { kind: 'branch', owner: node.owner, keys, children } };
}

function joinHalves(left: Node, right: Split, owner: Owner): Branch {
  return { kind: 'branch', owner, keys: [new Uint8Array(0), right.key], children: [left, right.node] };
}

/** The node without the key; undefined when nothing is left of it (K3). */
function without(shared: Node, key: Uint8Array, owner: Owner): Node | undefined {
  const node = writable(shared, owner);
  if (node.kind === 'leaf') {
    const index = lowerBound(node.keys, key);
    node.keys.splice(index, 1);
    node.values.splice(index, 1);
    return node.keys.length === 0 ? undefined : node;
  }
  const index = childIndex(node, key);
  const child = without(node.children[index]!, key, owner);
  if (child !== undefined) {
    node.children[index] = child;
    return node;
  }
  node.keys.splice(index, 1);
  node.children.splice(index, 1);
  return node.children.length === 0 ? undefined : node;
}

/** The leaf where an iteration goes on, and the bound behind which the next one begins. */
function leafFrom(root: Node, key: Uint8Array): { leaf: Leaf; next: Uint8Array | undefined } {
  let node = root;
  let next: Uint8Array | undefined;
  while (node.kind === 'branch') {
    const index = childIndex(node, key);
    next = node.keys[index + 1] ?? next;
    node = node.children[index]!;
  }
  return { leaf: node, next };
}

/** The same for a way back: the leaf that holds what is just below `key`. */
function leafBelow(root: Node, key: Uint8Array): { leaf: Leaf; previous: Uint8Array | undefined } {
  let node = root;
  let previous: Uint8Array | undefined;
  while (node.kind === 'branch') {
    const bounds: readonly Uint8Array[] = node.keys;
    let index = childIndex(node, key);
    if (index > 0 && compareBytes(bounds[index]!, key) === 0) index--;
    if (index > 0) previous = bounds[index]!;
    node = node.children[index]!;
  }
  return { leaf: node, previous };
}

function* scan(root: Node, range: KvRange, valid: () => boolean): Generator<KvPair, void, undefined> {
  let left = range.limit ?? Number.POSITIVE_INFINITY;
  const pairs = range.reverse === true ? descend(root, range) : ascend(root, range);
  for (const pair of pairs) {
    if (left-- <= 0) return;
    yield pair;
    if (!valid())
      throw new Error('A range was read on after a write; take what is needed first, then write.');
  }
}

function* ascend(root: Node, range: KvRange): Generator<KvPair, void, undefined> {
  let from: Uint8Array | undefined = range.start;
  while (from !== undefined) {
    const { leaf, next }: ReturnType<typeof leafFrom> = leafFrom(root, from);
    for (let i = lowerBound(leaf.keys, from); i < leaf.keys.length; i++) {
      const key = leaf.keys[i]!;
      if (compareBytes(key, range.end) >= 0) return;
      yield { key, value: leaf.values[i]! };
    }
    from = next;
  }
}

function* descend(root: Node, range: KvRange): Generator<KvPair, void, undefined> {
  let below: Uint8Array | undefined = range.end;
  while (below !== undefined) {
    const { leaf, previous }: ReturnType<typeof leafBelow> = leafBelow(root, below);
    for (let i = lowerBound(leaf.keys, below) - 1; i >= 0; i--) {
      const key = leaf.keys[i]!;
      if (compareBytes(key, range.start) < 0) return;
      yield { key, value: leaf.values[i]! };
    }
    below = previous;
  }
}
