/** Parameters in AWS Systems Manager's parameter store. */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { ParameterStore } from '../ports.ts';

export class AwsParameters implements ParameterStore {
  private readonly client: SSMClient;

  constructor(client: SSMClient) {
    this.client = client;
  }

  async get(name: string): Promise<string | undefined> {
    try {
      const { Parameter } = await this.client.send(
        new GetParameterCommand({ Name: name, WithDecryption: true }),
      );
      return Parameter?.Value;
    } catch (error) {
      if (isCalled(error, 'ParameterNotFound')) return undefined;
      throw error;
    }
  }

  async create(name: string, value: string, { secret }: { readonly secret: boolean }): Promise<boolean> {
    try {
      await this.client.send(
        new PutParameterCommand({
          Name: name,
          Value: value,
          Type: secret ? 'SecureString' : 'String',
          Overwrite: false,
        }),
      );
      return true;
    } catch (error) {
      if (isCalled(error, 'ParameterAlreadyExists')) return false;
      throw error;
    }
  }

  async put(name: string, value: string): Promise<void> {
    await this.client.send(
      new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }),
    );
  }

  async list(path: string): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    const pages = paginateGetParametersByPath({ client: this.client }, { Path: path, Recursive: false });
    for await (const { Parameters } of pages) {
      for (const { Name, Value } of Parameters ?? [])
        if (Name !== undefined && Value !== undefined) found.set(Name.slice(path.length + 1), Value);
    }
    return found;
  }

  async delete(name: string): Promise<void> {
    try {
      await this.client.send(new DeleteParameterCommand({ Name: name }));
    } catch (error) {
      if (!isCalled(error, 'ParameterNotFound')) throw error;
    }
  }
}

function isCalled(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
