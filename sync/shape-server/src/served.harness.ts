import { type ShapeServerOptions, startShapeServer } from "./server.ts";

/** A shape server as a program, for tests that kill it: options as JSON in, its address out. */
const options: ShapeServerOptions = JSON.parse(process.argv[2] ?? "{}");
const server = await startShapeServer({ ...options, listen: { port: 0 } });
process.send?.(server.url);
