import type { ParameterStore } from '../ports.ts';

/** Parameters in memory, shared by everybody who holds this object. */
export class MemoryParameters implements ParameterStore {
  readonly values = new Map<string, string>();
  readonly secrets = new Set<string>();

  async get(name: string): Promise<string | undefined> {
    return this.values.get(name);
  }

  async create(name: string, value: string, { secret }: { readonly secret: boolean }): Promise<boolean> {
    if (this.values.has(name)) return false;
    this.values.set(name, value);
    if (secret) this.secrets.add(name);
    return true;
  }

  async put(name: string, value: string): Promise<void> {
    this.values.set(name, value);
  }

  async list(path: string): Promise<ReadonlyMap<string, string>> {
    const below = [...this.values].filter(([name]) => name.startsWith(`${path}/`));
    return new Map(below.map(([name, value]) => [name.slice(path.length + 1), value]));
  }

  async delete(name: string): Promise<void> {
    this.values.delete(name);
  }
}
