import type { Failure } from '@crescendo/base';
import type { Records } from '../../contract/records.ts';
import type { ServiceCaller } from '../../contract/service.ts';
import type { CloudTime } from '../../contract/time.ts';
import type { ItemDatabase } from './item-database.ts';
import type { Meter } from './meter.ts';
import type { RequestTokens } from './request-tokens.ts';
import type { StreamStore } from './stream-store.ts';
import type { TableStore } from './table-store.ts';

export interface DynamoDbPorts {
  readonly records: Records;
  /** For items; made when it is missing. */
  readonly folder: string;
  readonly time: CloudTime;
  /** CloudWatch is told what tables consume. */
  readonly services: ServiceCaller;
  readonly accountId: string;
  readonly region: string;
  readonly log?: (line: string) => void;
  /** Told once, when the disk begins to refuse. */
  readonly onFailure?: (failure: Failure) => void;
}

/** What operations work on. */
export interface DynamoDbState {
  readonly database: ItemDatabase;
  readonly tables: TableStore;
  readonly streams: StreamStore;
  readonly tokens: RequestTokens;
  readonly meter: Meter;
  readonly place: { readonly accountId: string; readonly region: string };
}
