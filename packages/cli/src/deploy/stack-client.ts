/** CloudFormation as `deploy` uses it. The SDK's client is behind it; tests hand in one of their own. */
import type {
  Change,
  DescribeChangeSetOutput,
  DescribeStackEventsOutput,
  Parameter,
  Stack,
  StackEvent,
} from '@aws-sdk/client-cloudformation';
import type { Connection } from '../client/connection.ts';
import { NothingAnswers, systemCode } from '../failures.ts';

export type { Change, Parameter, Stack, StackEvent };

export interface StackRequest {
  readonly stackName: string;
  readonly template: { readonly TemplateBody: string } | { readonly TemplateURL: string };
  readonly parameters: readonly Parameter[];
}

export interface ShownChangeSet {
  readonly changes: readonly Change[];
  /** Present when there is nothing to do or it cannot be done. */
  readonly reason?: string;
}

export interface StackClient {
  /** undefined when there is no such stack. A deleted one is found by its id. */
  describe(nameOrId: string): Promise<Stack | undefined>;
  /** The stack's id. */
  create(request: StackRequest): Promise<string>;
  /** False when there is nothing to change. */
  update(request: StackRequest): Promise<boolean>;
  remove(stackId: string): Promise<void>;
  /** Newest first, at least back to the one with the given id. */
  events(stackId: string, until: string | undefined): Promise<readonly StackEvent[]>;
  /** What a request would do; nothing of it is left. */
  preview(request: StackRequest, kind: 'CREATE' | 'UPDATE'): Promise<ShownChangeSet>;
  close(): void;
}

const PREVIEW_NAME = 'crescendo-dry-run';
/** Deploying a template says that its roles may be made: here they have no effect. */
const Capabilities: 'CAPABILITY_NAMED_IAM'[] = ['CAPABILITY_NAMED_IAM'];

export async function openStackClient({
  endpoint,
  region,
  keys,
  sessionToken,
}: Connection): Promise<StackClient> {
  const sdk = await import('@aws-sdk/client-cloudformation');
  const client = new sdk.CloudFormationClient({
    endpoint,
    region,
    credentials: { ...keys, ...(sessionToken !== undefined && { sessionToken }) },
  });
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw systemCode(error) === 'ECONNREFUSED' ? new NothingAnswers(endpoint, error) : error;
    }
  };
  const inputOf = ({ stackName, template, parameters }: StackRequest) => ({
    StackName: stackName,
    ...template,
    Parameters: [...parameters],
    Capabilities,
  });
  const describe = async (nameOrId: string): Promise<Stack | undefined> => {
    try {
      const { Stacks } = await asked(() =>
        client.send(new sdk.DescribeStacksCommand({ StackName: nameOrId })),
      );
      return Stacks?.[0];
    } catch (error) {
      if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
      throw error;
    }
  };
  return {
    describe,
    create: async (request) => {
      const { StackId } = await asked(() => client.send(new sdk.CreateStackCommand(inputOf(request))));
      return StackId ?? request.stackName;
    },
    update: async (request) => {
      try {
        await asked(() => client.send(new sdk.UpdateStackCommand(inputOf(request))));
        return true;
      } catch (error) {
        if (error instanceof Error && /No updates are to be performed/.test(error.message)) return false;
        throw error;
      }
    },
    remove: async (stackId) =>
      void (await asked(() => client.send(new sdk.DeleteStackCommand({ StackName: stackId })))),
    events: async (stackId, until) => {
      const found: StackEvent[] = [];
      let NextToken: string | undefined;
      do {
        const page: DescribeStackEventsOutput = await asked(() =>
          client.send(
            new sdk.DescribeStackEventsCommand({
              StackName: stackId,
              ...(NextToken !== undefined && { NextToken }),
            }),
          ),
        );
        found.push(...(page.StackEvents ?? []));
        NextToken = found.some(({ EventId }) => EventId === until) ? undefined : page.NextToken;
      } while (NextToken !== undefined);
      return found;
    },
    preview: async (request, kind) => {
      const about = { StackName: request.stackName, ChangeSetName: PREVIEW_NAME };
      // One that an interrupted preview has left would be in the way.
      await client.send(new sdk.DeleteChangeSetCommand(about)).catch(() => undefined);
      await asked(() =>
        client.send(new sdk.CreateChangeSetCommand({ ...inputOf(request), ...about, ChangeSetType: kind })),
      );
      try {
        const changes: Change[] = [];
        let NextToken: string | undefined;
        let reason: string | undefined;
        do {
          const page: DescribeChangeSetOutput = await client.send(
            new sdk.DescribeChangeSetCommand({ ...about, ...(NextToken !== undefined && { NextToken }) }),
          );
          changes.push(...(page.Changes ?? []));
          reason = page.Status === 'FAILED' ? page.StatusReason : undefined;
          NextToken = page.NextToken;
        } while (NextToken !== undefined);
        return { changes, ...(reason !== undefined && { reason }) };
      } finally {
        await client.send(new sdk.DeleteChangeSetCommand(about)).catch(() => undefined);
        if (kind === 'CREATE')
          await client.send(new sdk.DeleteStackCommand({ StackName: request.stackName }));
      }
    },
    close: () => client.destroy(),
  };
}
