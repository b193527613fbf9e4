/** The state of an alarm the slow and obvious way: the rule's text over a list of samples. */
import type { AlarmState, MissingData } from '../alarms/alarm.ts';

export interface OracleAlarm {
  readonly isBreaching: (value: number) => boolean;
  readonly m: number;
  readonly n: number;
  readonly missing: MissingData;
}

/** `points` newest last; undefined is a missing one. */
export function oracleState(
  alarm: OracleAlarm,
  points: readonly (number | undefined)[],
  state: AlarmState,
): AlarmState {
  const { m, n, isBreaching } = alarm;
  const real = points.filter((point) => point !== undefined);
  if (real.length >= n) return real.slice(-n).filter(isBreaching).length >= m ? 'ALARM' : 'OK';
  const filling = { breaching: true, notBreaching: false, missing: undefined, ignore: undefined }[
    alarm.missing
  ];
  if (filling !== undefined) {
    const filled = [...real.map(isBreaching), ...Array.from({ length: n - real.length }, () => filling)];
    return filled.filter(Boolean).length >= m ? 'ALARM' : 'OK';
  }
  const kept = alarm.missing === 'ignore' ? state : 'ALARM';
  if (real.length === 0) return alarm.missing === 'ignore' ? state : 'INSUFFICIENT_DATA';
  if (real.filter(isBreaching).length >= m) return 'ALARM';
  const oldest = points.length - points.findIndex((point) => point !== undefined);
  return real.every(isBreaching) && oldest >= m ? kept : 'OK';
}
