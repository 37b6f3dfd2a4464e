import { Command, CommanderError, InvalidArgumentError } from "commander";
import { ConfigError, type HostConfig, parseConfig, variablesText } from "./config.ts";
import type { StaticApp } from "./web/static.node.ts";

interface Flags {
  readonly data?: string;
  readonly port?: string;
  readonly services?: string;
  readonly app: readonly StaticApp[];
}

const program = new Command("kerbside-host")
  .description("Runs the cloud side of Kerbside: all services in one process, or some of them.")
  .option("--data <folder>", "where everything is kept (KERBSIDE_DATA)")
  .option("--port <number>", "port of pages and API; the next free one if it is taken (PORT)")
  .option("--services <names>", "which to run, by name; all when absent (SERVICES)")
  .option("--app <prefix=folder>", "serve a built app, e.g. /ops=apps/ops/dist; may be repeated", addApp, [])
  .allowExcessArguments(false)
  .exitOverride()
  .addHelpText(
    "after",
    `
Environment:
${variablesText()}

Examples:
  kerbside-host
  kerbside-host --services deliveries,dispatch,maps --port 4200
  DATABASE_URL=postgres://admin@db/kerbside kerbside-host --app /ops=apps/ops/dist`,
  );

function addApp(text: string, apps: readonly StaticApp[]): readonly StaticApp[] {
  const [prefix, folder] = text.split("=", 2);
  if (!prefix?.startsWith("/") || !folder) throw new InvalidArgumentError("write it as /prefix=folder.");
  return [...apps, { prefix, folder }];
}

function readConfig(flags: Flags): HostConfig {
  return parseConfig({
    ...process.env,
    ...(flags.data === undefined ? {} : { KERBSIDE_DATA: flags.data }),
    ...(flags.port === undefined ? {} : { PORT: flags.port }),
    ...(flags.services === undefined ? {} : { SERVICES: flags.services }),
  });
}

async function main(): Promise<void> {
  program.parse();
  const flags = program.opts<Flags>();
  const config = readConfig(flags);
  const say = (words: string): void => console.error(words);
  const stopping = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.resolve());
  // Loading every service takes longer than reading flags: what is wrong with those is told at once.
  const { startPlatform } = await import("./platform.node.ts");
  const platform = await startPlatform({ config, apps: flags.app, onProgress: say });
  say(`ready on ${platform.publicUrl} (broker ${platform.mqttUrl}, data in ${config.dataDir})`);
  await stopping.promise;
  say("stopping");
  await platform[Symbol.asyncDispose]();
}

/** Bad flags and variables end with 2, anything that does not start with 1. */
main().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
});
