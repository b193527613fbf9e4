/** The metadata of the instance (version 2, with a token), as far as it announces the instance's end. */

/** Where AWS has it; AWS_EC2_METADATA_SERVICE_ENDPOINT names another place, as for AWS's SDKs. */
const STANDARD_ENDPOINT = 'http://169.254.169.254';
const TOKEN_SECONDS = 21_600;
const TIMEOUT_MS = 2_000;

export class InstanceMetadata {
  readonly #endpoint: string;
  #token: string | undefined;

  constructor(endpoint: string | undefined) {
    this.#endpoint = (endpoint || STANDARD_ENDPOINT).replace(/\/+$/, '');
  }

  /** Undefined where there is no such value now. @throws when the service does not answer */
  async read(path: string): Promise<string | undefined> {
    const answer = await this.#get(path);
    if (answer.status !== 401) return await textOf(answer, path);
    await answer.text();
    this.#token = undefined; // It has run out, or the service was started anew.
    return await textOf(await this.#get(path), path);
  }

  async #get(path: string): Promise<Response> {
    this.#token ??= await this.#newToken();
    return await fetch(`${this.#endpoint}/latest/meta-data/${path}`, {
      headers: { 'x-aws-ec2-metadata-token': this.#token },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }

  async #newToken(): Promise<string> {
    const answer = await fetch(`${this.#endpoint}/latest/api/token`, {
      method: 'PUT',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`the instance metadata answers ${answer.status} for a token`);
    return text;
  }
}

async function textOf(answer: Response, path: string): Promise<string | undefined> {
  const text = (await answer.text()).trim();
  if (answer.status === 200) return text;
  if (answer.status === 404) return undefined;
  throw new Error(`the instance metadata answers ${answer.status} to ${path}`);
}
