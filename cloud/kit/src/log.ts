import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";

/** JSON lines. Errors are shown with what tells something; the connection that pg hangs on its errors does not. */
export function openLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, serializers: { err: shownError } };
  return destination ? pino(options, destination) : pino(options);
}

function shownError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { client: _, ...shown } = stdSerializers.err(error);
  return shown;
}
