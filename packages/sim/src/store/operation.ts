/** What clients ask of the store, and what came of it. */

export type WriteCondition = { readonly ifNoneMatch: true } | { readonly ifMatch: string };

export type Request =
  | {
      readonly kind: 'put';
      readonly bucket: string;
      readonly key: string;
      readonly etag: string;
      readonly size: number;
      readonly parts: number;
      readonly condition?: WriteCondition;
    }
  | { readonly kind: 'get'; readonly bucket: string; readonly key: string }
  | {
      readonly kind: 'delete';
      readonly bucket: string;
      readonly key: string;
      readonly condition?: WriteCondition;
    }
  | { readonly kind: 'list'; readonly bucket: string; readonly prefix: string; readonly limit: number }
  | { readonly kind: 'createBucket'; readonly bucket: string }
  | { readonly kind: 'deleteBucket'; readonly bucket: string }
  | { readonly kind: 'headBucket'; readonly bucket: string };

export interface Listed {
  readonly key: string;
  readonly etag: string;
}

export type Response =
  | { readonly kind: 'ok' }
  /** A get; `damaged` says why the bytes could not be had although the object was found. */
  | { readonly kind: 'found'; readonly etag: string; readonly damaged?: string }
  | { readonly kind: 'deleted'; readonly existed: boolean }
  | { readonly kind: 'bucket'; readonly outcome: 'created' | 'exists' }
  /** Keys up to `last` (to the end when undefined) were covered. */
  | { readonly kind: 'page'; readonly objects: readonly Listed[]; readonly last: string | undefined }
  /** It was refused and changed nothing, or a read failed. */
  | { readonly kind: 'failed'; readonly code: string }
  /** It may have been done, or be done later. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface Operation {
  readonly id: number;
  readonly node: string;
  readonly request: Request;
  readonly startMs: number;
  endMs: number;
  response: Response;
}

export function describeRequest(request: Request): string {
  switch (request.kind) {
    case 'put': {
      const condition = describeCondition(request.condition);
      const parts = request.parts > 0 ? ` in ${request.parts} parts` : '';
      return `put ${request.bucket}/${request.key} ${request.etag.slice(0, 8)} ${request.size} B${parts}${condition}`;
    }
    case 'delete':
      return `delete ${request.bucket}/${request.key}${describeCondition(request.condition)}`;
    case 'get':
      return `get ${request.bucket}/${request.key}`;
    case 'list':
      return `list ${request.bucket}/${request.prefix}* limit ${request.limit}`;
    default:
      return `${request.kind} ${request.bucket}`;
  }
}

function describeCondition(condition: WriteCondition | undefined): string {
  if (condition === undefined) return '';
  return 'ifNoneMatch' in condition ? ' if absent' : ` if ${condition.ifMatch.slice(0, 8)}`;
}

export function describeResponse(response: Response): string {
  switch (response.kind) {
    case 'found':
      return `${response.etag.slice(0, 8)}${response.damaged === undefined ? '' : `, but ${response.damaged}`}`;
    case 'deleted':
      return response.existed ? 'deleted' : 'there was none';
    case 'bucket':
      return response.outcome;
    case 'page':
      return `[${response.objects.map(({ key, etag }) => `${key}=${etag.slice(0, 8)}`).join(' ')}]${response.last === undefined ? '' : ' and more'}`;
    case 'failed':
      return response.code;
    case 'unknown':
      return `unknown: ${response.why}`;
    default:
      return response.kind;
  }
}
