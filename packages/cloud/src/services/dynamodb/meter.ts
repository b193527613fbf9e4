/** What tables consumed since it was last asked, for CloudWatch. It does not know time. */
export interface Consumption {
  readonly table: string;
  /** Of a global index; undefined for the table itself. */
  readonly index: string | undefined;
  readUnits: number;
  writeUnits: number;
}

export class Meter {
  #consumed = new Map<string, Consumption>();

  consume(table: string, index: string | undefined, kind: 'read' | 'write', units: number): void {
    const key = `${table}\0${index ?? ''}`;
    let consumption = this.#consumed.get(key);
    if (consumption === undefined) {
      consumption = { table, index, readUnits: 0, writeUnits: 0 };
      this.#consumed.set(key, consumption);
    }
    if (kind === 'read') consumption.readUnits += units;
    else consumption.writeUnits += units;
  }
}
