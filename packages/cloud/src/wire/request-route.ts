/**
 * Which service a request is for and in which protocol, from its head alone. Nothing is believed yet: the service's name comes from
 * the scope that the signature claims, and is right only when the signature is.
 *
 * What belongs to no service's protocol is S3.
 */
import type { HeaderMap } from '@crescendo/s3';
import { type Credentials, parseAuthorization } from './authorization.ts';

export type WireProtocol = 'query' | 'ec2query' | 'json1.0' | 'json1.1' | 'cbor';

export interface ServiceRoute {
  readonly kind: 'service';
  readonly protocol: WireProtocol;
  /** Of the signature's scope; undefined when the request is not signed. */
  readonly signingName: string | undefined;
  readonly credentials: Credentials | undefined;
  /** What the service is called in targets and paths; query names none. */
  readonly target: string | undefined;
  /** From target or path; query has it in the body. */
  readonly operation: string | undefined;
}

export type Route = { readonly kind: 's3' } | ServiceRoute;

const S3_SCOPES = ['s3', 's3express', 's3-outposts', 's3-object-lambda'];
const RPC_PATH = /^\/service\/([A-Za-z0-9_]+)\/operation\/([A-Za-z0-9_]+)\/?$/;
const TARGET = /^([A-Za-z0-9_.]+)\.([A-Za-z0-9_]+)$/;

export function routeRequest(method: string, path: string, headers: HeaderMap): Route {
  const credentials = parseAuthorization(headers.authorization);
  const signingName = credentials?.scope.service;
  if (signingName !== undefined && S3_SCOPES.includes(signingName)) return { kind: 's3' };
  const found = { kind: 'service', signingName, credentials } as const;
  const rpc = RPC_PATH.exec(path);
  if (method === 'POST' && rpc !== null && headers['smithy-protocol'] !== undefined) {
    return { ...found, protocol: 'cbor', target: rpc[1], operation: rpc[2] };
  }
  const target = TARGET.exec(headers['x-amz-target'] ?? '');
  if (headers['x-amz-target'] !== undefined) {
    return { ...found, protocol: jsonVersion(headers), target: target?.[1], operation: target?.[2] };
  }
  const form = method === 'POST' && path === '/' && isForm(headers);
  if (signingName === undefined && !form) return { kind: 's3' };
  return { ...found, protocol: formProtocol(signingName, path), target: undefined, operation: undefined };
}

/**
 * Paths below the root are those of REST services, of which there is none but S3: their clients read errors as JSON. A queue's own URL takes
 * forms too.
 */
function formProtocol(signingName: string | undefined, path: string): WireProtocol {
  if (signingName === 'sqs') return 'query';
  if (path !== '/') return 'json1.1';
  return signingName === 'ec2' ? 'ec2query' : 'query';
}

function jsonVersion(headers: HeaderMap): WireProtocol {
  return headers['content-type']?.startsWith('application/x-amz-json-1.0') === true ? 'json1.0' : 'json1.1';
}

function isForm(headers: HeaderMap): boolean {
  return headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true;
}
