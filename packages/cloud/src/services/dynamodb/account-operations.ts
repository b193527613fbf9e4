/** What tools ask for beside tables: quotas, endpoints, backups, which are kept as settings and not made. */
import type {
  DescribeContinuousBackupsCommandInput,
  UpdateContinuousBackupsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDbState } from './ports.ts';
import { tableNamed } from './table-operations.ts';
import type { TableRecord } from './table-record.ts';

/** AWS's own defaults; nothing here is throttled. */
export function describeLimits(): object {
  return {
    AccountMaxReadCapacityUnits: 80_000,
    AccountMaxWriteCapacityUnits: 80_000,
    TableMaxReadCapacityUnits: 40_000,
    TableMaxWriteCapacityUnits: 40_000,
  };
}

export function describeContinuousBackups(
  state: DynamoDbState,
  input: DescribeContinuousBackupsCommandInput,
): object {
  return { ContinuousBackupsDescription: backupsView(tableNamed(state, input.TableName!)) };
}

export function updateContinuousBackups(
  state: DynamoDbState,
  input: UpdateContinuousBackupsCommandInput,
): object {
  const table = tableNamed(state, input.TableName!);
  const enabled = input.PointInTimeRecoverySpecification!.PointInTimeRecoveryEnabled === true;
  const next: TableRecord = { ...table, pointInTimeRecovery: enabled };
  state.tables.put(next);
  return { ContinuousBackupsDescription: backupsView(next) };
}

function backupsView({ pointInTimeRecovery = false }: TableRecord): object {
  return {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription: {
      PointInTimeRecoveryStatus: pointInTimeRecovery ? 'ENABLED' : 'DISABLED',
    },
  };
}
