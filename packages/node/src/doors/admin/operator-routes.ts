import { messageOf } from '@crescendo/base';
import type { ClusterStatus, SystemResult } from '@crescendo/store';

/** What operators may ask of a cluster, through any of its doors. */
export interface OperatorBackend {
  status(): Promise<ClusterStatus>;
  drain(node: string): Promise<SystemResult>;
  cancelDrain(node: string): Promise<SystemResult>;
  /** Absent where nothing is known of groups. */
  groups?(): Promise<readonly GroupSummary[]>;
}

/** A group of instances, as operators see it. */
export interface GroupSummary {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** `state` in Auto Scaling's words, such as `InService`. */
  readonly instances: readonly { readonly id: string; readonly state: string }[];
}

export interface OperatorAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: unknown;
}

/** Paths under which operators' requests come in at an S3 door: no bucket can have such a name. */
export const OPERATOR_PREFIX = '/_crescendo/';

/**
 * Answers an authenticated request. `GET state`, `POST drain?node=ID`, `POST drain?node=ID&cancel=true`; undefined for anything else.
 */
export async function answerOperator(
  backend: OperatorBackend,
  endpoint: string,
  method: string,
  path: string,
  query: URLSearchParams,
): Promise<OperatorAnswer> {
  const route = `${method} ${path.slice(OPERATOR_PREFIX.length)}`;
  try {
    if (route === 'GET state') {
      const [status, groups] = await Promise.all([backend.status(), backend.groups?.() ?? []]);
      return { status: 200, body: { endpoint, ...status, groups } };
    }
    if (route === 'POST drain') return await drain(backend, query);
  } catch (cause) {
    return { status: 503, body: { code: 'Unavailable', message: messageOf(cause) } };
  }
  const message = `${route} is not known. Known are: GET state, POST drain?node=ID.`;
  return { status: 404, body: { code: 'NoSuchRoute', message } };
}

async function drain(backend: OperatorBackend, query: URLSearchParams): Promise<OperatorAnswer> {
  const node = query.get('node');
  if (node === null || node === '') {
    return {
      status: 400,
      body: { code: 'Invalid', message: 'The parameter node is missing: the id of the node to drain.' },
    };
  }
  const id = await resolveNode(backend, node);
  if (id === undefined) {
    return {
      status: 404,
      body: { code: 'NoSuchMember', message: `There is no node ${node}; "crescendo status" lists them.` },
    };
  }
  const result = query.get('cancel') === 'true' ? await backend.cancelDrain(id) : await backend.drain(id);
  if (result.ok) return { status: 202, body: { node: id, accepted: true } };
  return { status: 409, body: { code: result.code, message: result.message } };
}

/** A node may be named by an unambiguous beginning of its id. */
async function resolveNode(backend: OperatorBackend, text: string): Promise<string | undefined> {
  const { nodes } = await backend.status();
  const matches = nodes.filter(({ id }) => id.startsWith(text));
  return matches.length === 1 ? matches[0]!.id : nodes.find(({ id }) => id === text)?.id;
}
