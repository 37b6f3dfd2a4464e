import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startShapeServer } from "@kerbside/sync/shape-server";

/** Our shape server where an Electric would be: in another process, on a port, with a secret. */
export interface ElectricElsewhere extends AsyncDisposable {
  readonly url: string;
}

export interface ElectricOptions {
  readonly databaseUrl: string;
  readonly storageDir: string;
  readonly publication: string;
  readonly slot: string;
  readonly port: number;
  readonly secret: string;
}

const self = fileURLToPath(import.meta.url);

export async function startElectric(options: ElectricOptions): Promise<ElectricElsewhere> {
  const child = spawn(process.execPath, [self, JSON.stringify(options)], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  return {
    url: await firstLine(child),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
    child.once("close", (code) => reject(new Error(`the shape server ended with ${code}`)));
  });
}

async function serve({ port, ...options }: ElectricOptions): Promise<void> {
  const server = await startShapeServer({ ...options, listen: { port } });
  process.stdout.write(`${server.url}\n`);
  process.once("SIGTERM", () => void server[Symbol.asyncDispose]());
}

if (process.argv[1] === self) await serve(JSON.parse(process.argv[2] ?? "{}"));
