/**
 * What a service remembers. All records of the cloud lie in memory and on disk: reads are synchronous, writes take effect at once in
 * memory, and `durable()` says when all of them are on disk.
 *
 * (R1) Everything written within one synchronous turn reaches the disk together or not at all.
 * (R2) Values are plain data (JSON types, `Uint8Array`, `Date`, `Map`); a value that was put is never changed in place afterwards.
 */
export interface RecordTable<Value> {
  get(key: string): Value | undefined;
  put(key: string, value: Value): void;
  delete(key: string): void;
  /** In the order of the keys (UTF-16 code units), optionally those that start with `prefix`. */
  entries(prefix?: string): IterableIterator<[string, Value]>;
  readonly size: number;
}

export interface Records {
  /** The same name gives the same table. Names: `service/kind`, for example `ec2/instances`. */
  table<Value>(name: string): RecordTable<Value>;
  /** Resolves when every write made before the call is on disk; rejects when the disk refuses, and then nothing more is accepted. */
  durable(): Promise<void>;
}
