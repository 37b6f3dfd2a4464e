import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, escapeIdentifier } from "pg";

const main = fileURLToPath(new URL("../kerbside-host.js", import.meta.url));

export interface Program {
  readonly child: ChildProcess;
  /** Where it answers, once it said that it is ready. Rejects with what it said when it ended before. */
  readonly ready: Promise<string>;
  readonly ended: Promise<number | null>;
  output(): string;
  /** What it wrote to standard output alone. */
  data(): string;
}

interface Run {
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
}

/** The real program, on a folder of its own. Disposing kills what still runs and deletes the folder. */
export class HostPrograms implements AsyncDisposable {
  readonly dataDir: string;
  readonly #started: Program[] = [];

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  static async open(): Promise<HostPrograms> {
    return new HostPrograms(await mkdtemp(join(tmpdir(), "kerbside-main-")));
  }

  start({ flags = [], environment = {}, nodeFlags = [] }: Run): Program {
    const env = {
      PATH: "/usr/bin:/bin",
      KERBSIDE_DATA: this.dataDir,
      PORT: "0",
      MQTT_PORT: "0",
      LOG_LEVEL: "warn",
      ...environment,
    };
    const child = spawn(process.execPath, [...nodeFlags, main, ...flags], { env, stdio: ["ignore", "pipe", "pipe"] });
    const program = follow(child);
    this.#started.push(program);
    return program;
  }

  /** Waits for its end. */
  async run(given: Run): Promise<{ readonly code: number | null; readonly output: string; readonly data: string }> {
    const program = this.start(given);
    const code = await program.ended;
    return { code, output: program.output(), data: program.data() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, ended } of this.#started) {
      child.kill("SIGKILL");
      await ended;
    }
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

function follow(child: ChildProcess): Program {
  let output = "";
  let data = "";
  const ready = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<number | null>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (data += text));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const url = /ready on (\S+)/.exec(output)?.[1];
      if (url) ready.resolve(url);
    });
  }
  child.once("close", (code) => {
    ended.resolve(code);
    ready.reject(new Error(`the host ended with ${code}: ${output}`));
  });
  ready.promise.catch(() => undefined);
  return { child, ready: ready.promise, ended: ended.promise, output: () => output, data: () => data };
}

/** A database of its own on a server that is there, for a host that does not start one. */
export async function emptyDatabase(
  serverUrl: string,
  name: string,
): Promise<{ readonly url: string } & AsyncDisposable> {
  await onServer(serverUrl, (client) => client.query(`create database ${name}`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, [Symbol.asyncDispose]: () => onServer(serverUrl, (client) => dropAll(client, name)) };
}

async function dropAll(client: Client, name: string): Promise<void> {
  await client.query("select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1", [
    name,
  ]);
  await client.query(`drop database ${name} with (force)`);
  const { rows } = await client.query<{ rolname: string }>("select rolname from pg_roles where rolname like $1", [
    `${name}%`,
  ]);
  for (const { rolname } of rows) await client.query(`drop role ${escapeIdentifier(rolname)}`);
}

/** Runs something as the administrator of a server. */
export async function onServer(serverUrl: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
