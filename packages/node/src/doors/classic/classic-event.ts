/** What the classic door tells the log. */
export interface ClassicEvent {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}
