import { Socket } from 'node:net';

/**
 * A socket that reads into one buffer again and again. Node offers that (`onread`) for connections that one dials; for accepted ones it has to be
 * built anew around the connection's handle, which has no documented name. Where the handle isn't found the socket reads as usual: memory anew
 * for every 64 KiB, whose collection costs more than the reading.
 *
 * `accepted` must not have read anything (`pauseOnConnect`). `onBytes` must not keep what it is given.
 */
export function withReusedReads(
  accepted: Socket,
  receiveBytes: number,
  onBytes: (bytes: Buffer) => void,
): Socket {
  const holder = accepted as unknown as { _handle?: { useUserBuffer?: unknown } | null };
  const handle = holder._handle;
  if (typeof handle?.useUserBuffer !== 'function') return accepted.on('data', onBytes).resume();
  // What is left of the accepted socket must neither read nor close what belongs to the other one now.
  holder._handle = null;
  accepted.destroy();
  const buffer = Buffer.allocUnsafeSlow(receiveBytes);
  const options = {
    handle,
    onread: {
      buffer,
      callback: (length: number) => {
        onBytes(buffer.subarray(0, length));
        return !socket.destroyed;
      },
    },
  };
  const socket: Socket = new Socket(options as object);
  socket.setNoDelay(true);
  socket.resume();
  return socket;
}
