/** Dashboards are kept as they are; nothing draws them. */
import type {
  DeleteDashboardsCommandInput,
  GetDashboardCommandInput,
  GetDashboardCommandOutput,
  ListDashboardsCommandInput,
  ListDashboardsCommandOutput,
  PutDashboardCommandInput,
  PutDashboardCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import type { RecordTable } from '../../contract/records.ts';
import { AwsError, type RequestContext } from '../../contract/service.ts';
import { dashboardArn } from './arns.ts';
import { missingParameter } from './errors.ts';
import { pageOf } from './paging.ts';
import type { CloudWatchPorts } from './ports.ts';
import type { Tags } from './tags.ts';

const MAX_BODY = 1_000_000;
const PAGE = 1_000;

interface DashboardRecord {
  readonly body: string;
  readonly modifiedMs: number;
}

type Answer<Output> = Omit<Output, '$metadata'>;

export class Dashboards {
  readonly #ports: CloudWatchPorts;
  readonly #table: RecordTable<DashboardRecord>;

  constructor(ports: CloudWatchPorts) {
    this.#ports = ports;
    this.#table = ports.records.table('cloudwatch/dashboards');
  }

  has(name: string): boolean {
    return this.#table.get(name) !== undefined;
  }

  put(
    input: PutDashboardCommandInput,
    tags: Tags,
    { nowMs }: RequestContext,
  ): Answer<PutDashboardCommandOutput> {
    const { DashboardName: name, DashboardBody: body } = input;
    if (name === undefined) throw missingParameter('DashboardName');
    if (body === undefined) throw missingParameter('DashboardBody');
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name))
      throw invalidInput(
        `The dashboard name ${JSON.stringify(name)} must have 1 to 255 letters, digits, - or _.`,
      );
    assertBody(body);
    if (!this.has(name)) tags.putForNewDashboard(name, input.Tags ?? []);
    this.#table.put(name, { body, modifiedMs: nowMs });
    return { DashboardValidationMessages: [] };
  }

  get({ DashboardName: name }: GetDashboardCommandInput): Answer<GetDashboardCommandOutput> {
    if (name === undefined) throw missingParameter('DashboardName');
    const { body } = this.#existing(name);
    return { DashboardArn: dashboardArn(this.#ports, name), DashboardBody: body, DashboardName: name };
  }

  list(input: ListDashboardsCommandInput): Answer<ListDashboardsCommandOutput> {
    const found = [...this.#table.entries(input.DashboardNamePrefix ?? '')];
    const { items, nextToken } = pageOf(found, ([name]) => name, input.NextToken, PAGE);
    return {
      DashboardEntries: items.map(([name, { body, modifiedMs }]) => ({
        DashboardName: name,
        DashboardArn: dashboardArn(this.#ports, name),
        LastModified: new Date(modifiedMs),
        Size: Buffer.byteLength(body),
      })),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    };
  }

  /** All of them or none. */
  delete({ DashboardNames: names }: DeleteDashboardsCommandInput, tags: Tags): void {
    if (names === undefined) throw missingParameter('DashboardNames');
    for (const name of names) this.#existing(name);
    for (const name of names) {
      this.#table.delete(name);
      tags.forgetDashboard(name);
    }
  }

  #existing(name: string): DashboardRecord {
    const record = this.#table.get(name);
    if (record !== undefined) return record;
    throw new AwsError('DashboardNotFoundError', `Dashboard ${name} does not exist`, 404);
  }
}

function assertBody(body: string): void {
  if (body.length > MAX_BODY)
    throw invalidInput(`DashboardBody has ${body.length} characters; at most ${MAX_BODY} are kept.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw invalidInput('The field DashboardBody must be a valid JSON object');
}

function invalidInput(message: string): AwsError {
  return new AwsError('InvalidParameterInput', message);
}
