import { Command, CommanderError, InvalidArgumentError } from "commander";
import type { ShapeServerOptions } from "../server.ts";

/** What somebody asked of the shape server's own command. */
export type Asked =
  | { readonly type: "run"; readonly options: ShapeServerOptions }
  | { readonly type: "help"; readonly text: string }
  | { readonly type: "wrong"; readonly problem: string };

interface Flags {
  readonly databaseUrl?: string;
  readonly storage: string;
  readonly port: number;
  readonly host: string;
  readonly publication: string;
  readonly slot: string;
  readonly ddlPrefix: string;
  readonly secret?: string;
  readonly insecure: boolean;
  readonly longPollMs?: number;
  readonly chunkBytes?: number;
  readonly shapesMax?: number;
  readonly cacheMaxAge?: number;
  readonly cacheStaleAge?: number;
  readonly allowDelete: boolean;
  readonly tlsKey?: string;
  readonly tlsCert?: string;
}

/** What lies outside of the command line. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a file; throws when there is none. */
  readonly read: (path: string) => string;
}

/** Electric's names, where the meaning is the same. */
const variables: Readonly<Record<string, string>> = {
  DATABASE_URL: "--database-url",
  ELECTRIC_STORAGE_DIR: "--storage",
  ELECTRIC_PORT: "--port",
  ELECTRIC_SECRET: "--secret",
  ELECTRIC_INSECURE: "--insecure",
  ELECTRIC_LONG_POLL_TIMEOUT: "--long-poll-ms",
  ELECTRIC_SHAPE_CHUNK_BYTES_THRESHOLD: "--chunk-bytes",
  ELECTRIC_MAX_SHAPES: "--shapes-max",
  ELECTRIC_CACHE_MAX_AGE: "--cache-max-age",
  ELECTRIC_CACHE_STALE_AGE: "--cache-stale-age",
  ELECTRIC_ENABLE_INTEGRATION_TESTING: "--allow-delete",
};
const switches = new Set(["--insecure", "--allow-delete"]);
const defaultMaxAgeS = 60;
const defaultStaleAgeS = 300;
const most = 2 ** 31 - 1;

/** Reads the command line and the environment; a flag wins. What is wrong is told, not thrown. */
export function readFlags(args: readonly string[], { environment, read }: Surroundings): Asked {
  const program = makeProgram(read);
  let text = "";
  program.configureOutput({ writeOut: (words) => (text += words), writeErr: (words) => (text += words) });
  try {
    program.parse([...fromEnvironment(environment), ...args], { from: "user" });
  } catch (problem) {
    if (!(problem instanceof CommanderError)) throw problem;
    if (problem.code === "commander.helpDisplayed") return { type: "help", text };
    return wrong(text.trim() || problem.message);
  }
  const flags = program.opts<Flags>();
  if (!flags.databaseUrl)
    return wrong("error: --database-url is missing: a postgres:// address is needed (DATABASE_URL)");
  if (!flags.secret && !flags.insecure) {
    return wrong("error: --secret is missing (ELECTRIC_SECRET); --insecure lets everyone read every published table");
  }
  if ((flags.tlsKey === undefined) !== (flags.tlsCert === undefined)) {
    return wrong("error: --tls-key and --tls-cert belong together");
  }
  return { type: "run", options: optionsOf(flags, flags.databaseUrl) };
}

function optionsOf(flags: Flags, databaseUrl: string): ShapeServerOptions {
  const { storage, port, host, publication, slot, ddlPrefix, secret, allowDelete } = flags;
  const { longPollMs, chunkBytes, shapesMax, cacheMaxAge, cacheStaleAge, tlsKey, tlsCert } = flags;
  const isCached = cacheMaxAge !== undefined || cacheStaleAge !== undefined;
  return {
    databaseUrl,
    storageDir: storage,
    listen: {
      port,
      host,
      ...(tlsKey !== undefined && tlsCert !== undefined && { tls: { key: tlsKey, cert: tlsCert } }),
    },
    publication,
    slot,
    ddlPrefix,
    allowDelete,
    ...(secret !== undefined && { secret }),
    ...(longPollMs !== undefined && { longPollMs }),
    ...(chunkBytes !== undefined && { chunkBytes }),
    ...(shapesMax !== undefined && { shapesMax }),
    ...(isCached && {
      caching: { maxAgeS: cacheMaxAge ?? defaultMaxAgeS, staleAgeS: cacheStaleAge ?? defaultStaleAgeS },
    }),
  };
}

function makeProgram(read: Surroundings["read"]): Command {
  return new Command("kerbside-shapes")
    .description("Serves live tables of a Postgres by the Electric protocol, alone.")
    .option(
      "--database-url <url>",
      "a role with REPLICATION, and SELECT on the published tables (DATABASE_URL)",
      address,
    )
    .option("--storage <folder>", "where shapes survive a restart (ELECTRIC_STORAGE_DIR)", ".kerbside/shapes-alone")
    .option("--port <number>", "0 for a free one (ELECTRIC_PORT)", whole(0, 65_535), 3_000)
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option("--publication <name>", "names the tables; the migrator makes it", "kerbside_shapes")
    .option(
      "--slot <name>",
      "replication slot, made here; drop it when this server is removed for good",
      slotName,
      "kerbside_shapes_alone",
    )
    .option("--ddl-prefix <text>", "of the messages by which the database tells of DDL", "kerbside_ddl")
    .option("--secret <text>", "what requests must carry as `secret` (ELECTRIC_SECRET)")
    .option("--insecure", "take requests without a secret (ELECTRIC_INSECURE)", false)
    .option("--long-poll-ms <ms>", "how long a live request waits (ELECTRIC_LONG_POLL_TIMEOUT)", whole(1, 40_000))
    .option("--chunk-bytes <bytes>", "size of an answer (ELECTRIC_SHAPE_CHUNK_BYTES_THRESHOLD)", whole(1_000, most))
    .option("--shapes-max <n>", "more than this, and the least wanted end (ELECTRIC_MAX_SHAPES)", whole(1, most))
    .option("--cache-max-age <s>", "lets caches keep answers (ELECTRIC_CACHE_MAX_AGE)", whole(0, most))
    .option("--cache-stale-age <s>", "lets caches serve stale ones (ELECTRIC_CACHE_STALE_AGE)", whole(0, most))
    .option("--tls-key <file>", "private key as PEM; with TLS, HTTP/2 is spoken too", fileBy(read))
    .option("--tls-cert <file>", "certificate chain as PEM", fileBy(read))
    .option("--allow-delete", "lets clients end shapes: for tests (ELECTRIC_ENABLE_INTEGRATION_TESTING)", false)
    .addHelpText(
      "before",
      `Examples:
  DATABASE_URL=postgres://user:password@db/app kerbside-shapes --secret "$SECRET"
  kerbside-shapes --database-url postgres://user:password@db/app --insecure --port 0
`,
    )
    .allowExcessArguments(false)
    .showHelpAfterError(false)
    .exitOverride();
}

/** An empty variable is how compose files and shells say "not set". */
function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(variables).flatMap(([name, flag]) => {
    const value = environment[name];
    if (!value) return [];
    return switches.has(flag) ? (value === "true" ? [flag] : []) : [`${flag}=${value}`];
  });
}

function wrong(problem: string): Asked {
  return { type: "wrong", problem: `${problem}\nTry kerbside-shapes --help.` };
}

function address(text: string): string {
  const url = URL.parse(text);
  if (url && ["postgres:", "postgresql:"].includes(url.protocol)) return text;
  throw new InvalidArgumentError("a postgres:// address is needed.");
}

function fileBy(read: Surroundings["read"]): (path: string) => string {
  return (path) => {
    try {
      return read(path);
    } catch (problem) {
      throw new InvalidArgumentError(problem instanceof Error ? `${problem.message}.` : "a file is needed.");
    }
  };
}

function slotName(text: string): string {
  if (/^[a-z0-9_]{1,63}$/.test(text)) return text;
  throw new InvalidArgumentError("up to 63 small letters, digits and underscores are needed.");
}

function whole(least: number, greatest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= greatest) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${greatest} is needed.`);
  };
}
