import { messageOf } from '@crescendo/base';
import type { WireValue } from './message-decoder.ts';
import { ABSENT_NODE, type ClassicNode, type RingView } from './ring-view.ts';

export interface RpcReply {
  /** null when the call succeeded; otherwise a text in rpclib's words. */
  readonly error: string | null;
  readonly result: WireValue;
  /** To be called once the answer has been handed to the connection. */
  readonly afterwards?: () => void;
}

interface Method {
  readonly parameters: number;
  call(ring: RingView, params: readonly WireValue[]): Promise<WireValue> | WireValue;
}

/** The successors that can be asked for: 0, 1 and 2. */
const SUCCESSORS = 3;

const METHODS: Readonly<Record<string, Method>> = {
  get_info: { parameters: 0, call: (ring) => ring.self() },
  get_predecessor: { parameters: 0, call: (ring) => ring.predecessor() ?? ABSENT_NODE },
  get_successor: {
    parameters: 1,
    call: (ring, [index]) => ring.successor(parseIndex(index)) ?? ABSENT_NODE,
  },
  find_successor: { parameters: 1, call: (ring, [id]) => ring.findSuccessor(parseId(id)) },
  /** Not in the original: where the node's peer door listens, for a bare node that wants to join. */
  crescendo_peer_door: { parameters: 0, call: (ring) => ring.peerDoor?.() ?? '' },
  create: {
    parameters: 0,
    call: async (ring) => {
      if (ring.create === undefined) throw new Error(refusalOf('create'));
      await ring.create();
      return null;
    },
  },
  join: {
    parameters: 1,
    call: async (ring, [node]) => {
      if (ring.join === undefined) throw new Error(refusalOf('join'));
      await ring.join(parseNode(node));
      return null;
    },
  },
  kill: {
    parameters: 0,
    call: (ring) => {
      if (ring.kill === undefined) throw new Error(refusalOf('kill'));
      return null;
    },
  },
};

/** Runs one call. It never throws: failures become the texts that rpclib's server answers with. */
export async function callMethod(
  ring: RingView,
  name: string,
  params: readonly WireValue[],
): Promise<RpcReply> {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (method === undefined) {
    return failed(`server could not find function '${name}' with argument count ${params.length}.`);
  }
  if (params.length !== method.parameters) {
    return failed(
      `client error C0002: Function '${name}' was called with an invalid number of arguments. Expected: ${method.parameters}, got: ${params.length}`,
    );
  }
  try {
    const result = await method.call(ring, params);
    const afterwards = name === 'kill' ? () => ring.kill?.() : undefined;
    return { error: null, result, ...(afterwards && { afterwards }) };
  } catch (thrown) {
    return failed(
      `function '${name}' (called with ${params.length} arg(s)) threw an exception. The exception contained this information: ${messageOf(thrown)}.`,
    );
  }
}

function failed(text: string): RpcReply {
  return { error: `rpclib: ${text}`, result: null };
}

function refusalOf(method: string): string {
  return `this node belongs to a cluster that agrees on its members, so ${method} is not possible from here; start nodes with "crescendo node" and take them out with "crescendo drain"`;
}

/** Ids of more than 32 bits go around the ring: only their lower 32 bits count. */
function parseId(value: WireValue | undefined): number {
  if (!isUnsigned(value)) throw new Error(`the id must be an unsigned integer, not ${describe(value)}`);
  return Number(BigInt.asUintN(32, BigInt(value)));
}

function parseIndex(value: WireValue | undefined): number {
  if (isUnsigned(value) && value < SUCCESSORS) return Number(value);
  throw new Error(`the index must be 0 to ${SUCCESSORS - 1}, not ${describe(value)}`);
}

function parseNode(value: WireValue | undefined): ClassicNode {
  const [ip, port, id] = Array.isArray(value) && value.length === 3 ? (value as WireValue[]) : [];
  if (typeof ip !== 'string' || !isUnsigned(port) || port > 65_535 || !isUnsigned(id)) {
    throw new Error(`a node must be [ip, port, id], not ${describe(value)}`);
  }
  return [ip, Number(port), Number(BigInt.asUintN(32, BigInt(id)))];
}

function isUnsigned(value: WireValue | undefined): value is number | bigint {
  return (
    (typeof value === 'bigint' && value >= 0n) ||
    (typeof value === 'number' && Number.isInteger(value) && value >= 0)
  );
}

function describe(value: WireValue | undefined): string {
  const text = JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part));
  return (text ?? 'nothing').slice(0, 80);
}
