/** Instance metadata (version 2: with a token), over plain HTTP to the address that the instance was given. */
import { Failure } from '@crescendo/base';
import type { InstanceIdentity, InstanceMetadata } from '../ports.ts';

/** Where AWS has it; elsewhere AWS_EC2_METADATA_SERVICE_ENDPOINT names the place, as for AWS's SDKs. */
const AWS_ENDPOINT = 'http://169.254.169.254';
const TOKEN_SECONDS = 21_600;
const TIMEOUT_MS = 2_000;

export class HttpInstanceMetadata implements InstanceMetadata {
  private readonly endpoint: string;
  private token: string | undefined;

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
    this.token ??= await this.newToken();
    const answer = await this.send('GET', `/latest/meta-data/${path}`, {
      'x-aws-ec2-metadata-token': this.token,
    });
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
