/** One end of a channel between a tab and the hub. */
export interface Link<Sent, Received> {
  send(message: Sent): void;
  /** To be called once; messages that came before are not lost. */
  listen(listener: (message: Received) => void): void;
}

/** A MessagePort as a link. Ports carry bigint and maps as they are. */
export function linkOf<Sent, Received>(port: MessagePort): Link<Sent, Received> {
  return {
    send: (message) => port.postMessage(message, { transfer: [] }),
    listen: (listener) => {
      port.addEventListener("message", ({ data }: MessageEvent<Received>) => listener(data));
      port.start();
    },
  };
}
