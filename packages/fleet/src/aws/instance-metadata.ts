/**
 * Instance metadata (version 2: with a token), over plain HTTP to the address that the instance was given.
 *
 * (M1) What another instance is told is never taken for this one's. On a machine with several clouds, another one may have the address
 *      while this instance's own cloud is away. A token is good for one instance, so a new one is reason to ask who answers.
 */
import { Failure } from '@crescendo/base';
import type { InstanceIdentity, InstanceMetadata } from '../ports.ts';

/** Where AWS has it; elsewhere AWS_EC2_METADATA_SERVICE_ENDPOINT names the place, as for AWS's SDKs. */
const AWS_ENDPOINT = 'http://169.254.169.254';
const TOKEN_SECONDS = 21_600;
const TIMEOUT_MS = 2_000;

export class HttpInstanceMetadata implements InstanceMetadata {
  private readonly endpoint: string;
  private token: string | undefined;
  /** Whose metadata were read first. */
  private instanceId: string | undefined;

  constructor(endpoint: string = AWS_ENDPOINT) {
    this.endpoint = endpoint.replace(/\/+$/, '');
  }

  async identity(): Promise<InstanceIdentity> {
    const [instanceId, zone, region, privateAddress] = await Promise.all([
      this.required('instance-id'),
      this.required('placement/availability-zone'),
      this.required('placement/region'),
      this.required('local-ipv4'),
    ]);
    this.instanceId ??= instanceId;
    return { instanceId, zone, region, privateAddress };
  }

  targetLifecycleState(): Promise<string | undefined> {
    return this.get('autoscaling/target-lifecycle-state');
  }

  async hasSpotNotice(): Promise<boolean> {
    return (await this.get('spot/instance-action')) !== undefined;
  }

  private async required(path: string): Promise<string> {
    const value = await this.get(path);
    if (value !== undefined) return value;
    throw new Failure('NoMetadata', `The instance metadata at ${this.endpoint} has no ${path}.`);
  }

  /** undefined when there is no such value now. */
  private async get(path: string, isRetry = false): Promise<string | undefined> {
    this.token ??= await this.ownToken();
    const answer = await this.ask(path, this.token);
    const text = await answer.text();
    if (answer.status === 200) return text.trim();
    if (answer.status === 404) return undefined;
    if (answer.status === 401 && !isRetry) {
      this.token = undefined; // It has run out.
      return await this.get(path, true);
    }
    throw new Failure('NoMetadata', `The instance metadata answers ${answer.status} to ${path}.`, {
      retryable: true,
    });
  }

  /** (M1) */
  private async ownToken(): Promise<string> {
    const token = await this.newToken();
    if (this.instanceId === undefined) return token;
    const found = (await (await this.ask('instance-id', token)).text()).trim();
    if (found === this.instanceId) return token;
    throw new Failure(
      'NoMetadata',
      `The metadata at ${this.endpoint} are those of ${found}, and this is ${this.instanceId}: another cloud has its address.`,
      { retryable: true },
    );
  }

  private ask(path: string, token: string): Promise<Response> {
    return this.send('GET', `/latest/meta-data/${path}`, { 'x-aws-ec2-metadata-token': token });
  }

  private async newToken(): Promise<string> {
    const answer = await this.send('PUT', '/latest/api/token', {
      'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS),
    });
    const text = await answer.text();
    if (answer.status === 200) return text;
    throw new Failure('NoMetadata', `The instance metadata gives no token: status ${answer.status}.`);
  }

  private async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response> {
    try {
      return await fetch(`${this.endpoint}${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw new Failure(
        'NoMetadata',
        `There is no instance metadata at ${this.endpoint}: this runs on an instance only (AWS_EC2_METADATA_SERVICE_ENDPOINT names another place).`,
        { cause, retryable: true },
      );
    }
  }
}
