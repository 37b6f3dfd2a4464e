import type { NetConnectOpts } from "node:net";

/** Where a body listens: `tcp:host:port` or `unix:/path`. */
export function socketAddress(address: string): NetConnectOpts | null {
  const [, host, port] = /^tcp:(.+):(\d{1,5})$/.exec(address) ?? [];
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
  const [, path] = /^unix:(.+)$/.exec(address) ?? [];
  return path === undefined ? null : { path };
}
