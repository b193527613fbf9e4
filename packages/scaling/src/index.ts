/** The scaler: metrics, alarms, policies and groups as pure state machines that are given time. */
export * from './alarms/alarm.ts';
export * from './alarms/alarm-action.ts';
export * from './metrics/math/evaluate-queries.ts';
export * from './metrics/math/expression.ts';
export * from './metrics/math/math-error.ts';
export * from './metrics/math/math-value.ts';
export * from './metrics/math/parse-expression.ts';
export * from './metrics/metric.ts';
export * from './metrics/metric-store.ts';
export * from './metrics/read-window.ts';
export * from './metrics/sample.ts';
export * from './metrics/statistic.ts';
export * from './metrics/summary.ts';
export * from './metrics/unit.ts';
