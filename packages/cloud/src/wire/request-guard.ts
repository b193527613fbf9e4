/**
 * Keeps web pages out. The control plane can start programs, and a page of another origin could try to reach it from the browser of
 * whoever runs it, or through a name that it lets point here. Programs send none of these headers and pass.
 */
import { isIP } from 'node:net';
import { type HeaderMap, hostName } from '@crescendo/s3';
import { WireError } from './wire-error.ts';

/** Fails with a `WireError` of 403. `hosts`: further names under which the endpoint may be called, in small letters. */
export function guardRequest(headers: HeaderMap, hosts: readonly string[]): void {
  guardNames(headers, hosts);
  guardSite(headers);
}

/** The same for pages that only show: a link to one may be followed from anywhere. */
export function guardPage(method: string, headers: HeaderMap, hosts: readonly string[]): void {
  guardNames(headers, hosts);
  const isFollowed = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (!(method === 'GET' && isFollowed)) guardSite(headers);
}

function guardNames(headers: HeaderMap, hosts: readonly string[]): void {
  const host = headers.host ?? '';
  if (!isOwnHost(hostName(host), hosts)) {
    throw forbidden(`The Host "${host}" is not a name of this cloud.`);
  }
  const { origin } = headers;
  if (origin !== undefined && !isSameHost(origin, host)) {
    throw forbidden(`Requests from pages of another origin ("${origin}") are refused.`);
  }
}

function guardSite(headers: HeaderMap): void {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw forbidden(`Requests from pages of another site (Sec-Fetch-Site: ${site}) are refused.`);
  }
}

function isOwnHost(name: string, hosts: readonly string[]): boolean {
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || hosts.includes(name);
}

function isSameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function forbidden(message: string): WireError {
  return new WireError('forbidden', message);
}
