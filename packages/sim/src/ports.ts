/** The store's ports as the simulator sees them: one place that knows where they lie. */
export { type GroupId, SYSTEM_GROUP } from '../../store/src/group.ts';
export type {
  BodySource,
  Conditions,
  ObjectStore,
  UploadInfo,
} from '../../store/src/objects/object-store.ts';
export type { ChunkName, ChunkRead, ChunkStore, DiskUsage } from '../../store/src/ports/chunk-store.ts';
export type { EventSink, ObjectEvent } from '../../store/src/ports/event-sink.ts';
export type { Identity, IdentityStore } from '../../store/src/ports/identity-store.ts';
export { Loan } from '../../store/src/ports/loan.ts';
export type { GroupLog, LogStore, LogWrite } from '../../store/src/ports/log-store.ts';
export type {
  HandlerOptions,
  HandlerReply,
  Network,
  NodeId,
  PeerAddress,
  Reply,
  RequestHandler,
  RequestOptions,
} from '../../store/src/ports/network.ts';
export type {
  KvPair,
  KvRange,
  KvReader,
  KvWriter,
  StateSnapshot,
  StateStore,
} from '../../store/src/ports/state-store.ts';
