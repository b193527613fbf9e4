import type {
  DescribeAlarmHistoryCommandInput,
  DescribeAlarmHistoryCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import type { AlarmHistoryItem } from '@crescendo/scaling';
import type { AlarmHistory } from './alarm-history.ts';
import { pageLimit } from './describe-alarms.ts';
import { decodeToken, encodeToken } from './paging.ts';

const MAX_PAGE = 100;

type Output = Omit<DescribeAlarmHistoryCommandOutput, '$metadata'>;

/** Newest first unless told. */
export function describeAlarmHistory(history: AlarmHistory, input: DescribeAlarmHistoryCommandInput): Output {
  const limit = pageLimit(input.MaxRecords, MAX_PAGE, MAX_PAGE);
  const found = history.items(input.AlarmName).filter(({ item }) => isWanted(item, input));
  const ascending = input.ScanBy === 'TimestampAscending';
  if (!ascending) found.reverse();
  const after = input.NextToken === undefined ? undefined : decodeToken(input.NextToken);
  const rest =
    after === undefined ? found : found.filter(({ key }) => (ascending ? key > after : key < after));
  const page = rest.slice(0, limit);
  const more = page.length < rest.length;
  return {
    AlarmHistoryItems: page.map(({ item }) => ({
      AlarmName: item.alarmName,
      AlarmType: item.alarmType,
      Timestamp: new Date(item.timeMs),
      HistoryItemType: item.type,
      HistorySummary: item.summary,
      HistoryData: item.data,
    })),
    ...(more ? { NextToken: encodeToken(page[page.length - 1]!.key) } : {}),
  };
}

/** Only metric alarms unless told, as with DescribeAlarms. */
function isWanted(item: AlarmHistoryItem, input: DescribeAlarmHistoryCommandInput): boolean {
  const types: readonly string[] =
    input.AlarmTypes ?? (input.AlarmName === undefined ? ['MetricAlarm'] : [item.alarmType]);
  const { HistoryItemType, StartDate, EndDate } = input;
  return (
    types.includes(item.alarmType) &&
    (HistoryItemType === undefined || item.type === HistoryItemType) &&
    (StartDate === undefined || item.timeMs >= StartDate.getTime()) &&
    (EndDate === undefined || item.timeMs <= EndDate.getTime())
  );
}
