/** A node as the classic wire shows it: `[ip, port, id]`, the id of 32 bits. */
export type ClassicNode = readonly [ip: string, port: number, id: number];

/** What is answered where there is no such node: its ip is empty. */
export const ABSENT_NODE: ClassicNode = ['', 0, 0];

/**
 * The ring as the classic door sees it: 32 bits of it. `create`, `join` and `kill` are absent on normal nodes, whose
 * membership is agreed on elsewhere; the door then refuses these calls.
 */
export interface RingView {
  self(): ClassicNode;
  predecessor(): ClassicNode | undefined;
  /** 0 is the next node clockwise. */
  successor(index: number): ClassicNode | undefined;
  /** The first node whose id is at or after `id32`, clockwise. */
  findSuccessor(id32: number): Promise<ClassicNode>;
  /** Where the node's peer door listens, `host:port`: what a bare node needs to join. */
  peerDoor?(): string;
  create?(): Promise<void>;
  join?(node: ClassicNode): Promise<void>;
  /** Ends the node; called after the answer has been handed to the connection. */
  kill?(): void;
}
