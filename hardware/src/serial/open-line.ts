import { SerialLine } from "./line.serial.ts";
import { TcpLine } from "./line.tcp.ts";
import type { Line, LineListener, LineOptions } from "./line.ts";

const tcpPath = /^tcp:(.+):(\d{1,5})$/;

export function openLine(options: LineOptions, listener: LineListener): Line {
  const [, host, port] = tcpPath.exec(options.path) ?? [];
  if (host === undefined) return new SerialLine(options, listener);
  return new TcpLine({ host, port: Number(port), clock: options.clock }, listener);
}
