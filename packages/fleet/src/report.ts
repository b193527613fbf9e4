/** Where events go: one line of the node's log each. */
export type Report = (
  level: 'info' | 'warn' | 'error',
  event: string,
  detail?: Readonly<Record<string, unknown>>,
) => void;
