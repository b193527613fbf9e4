/** What this folder uses of WebAssembly. Node's types leave it to the browser's, which bring along much that Node does not have. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
  }
  class Memory {
    /** Of a shared memory: as long as it is when asked; what was given before stays valid. */
    readonly buffer: SharedArrayBuffer;
    constructor(shape: { initial: number; maximum: number; shared: true });
  }
}
