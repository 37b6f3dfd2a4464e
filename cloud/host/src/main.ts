import { statSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { ConfigError, type HostConfig, parseConfig } from "./config.ts";
import { findingsText } from "./doctor.ts";
import { type Founding, foundingText } from "./founding.ts";
import { reasonOf } from "./reason.ts";
import { checkServiceNames, serviceNames } from "./service-names.ts";
import { variablesText } from "./variables.ts";
import type { StaticApp } from "./web/static.node.ts";

const exitCodes = { stopped: 0, failed: 1, wrongFlags: 2, killed: 130 } as const;
/** As long as orchestrators wait before they kill. */
const stopMaxMs = 30_000;

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
  .showHelpAfterError("Try --help.")
  .exitOverride()
  .addHelpText(
    "before",
    `Examples:
  kerbside-host
  kerbside-host doctor
  kerbside-host first-organization --name "Acme Robots" --email ada@acme.example --person "Ada Lovelace" --json
  kerbside-host --services deliveries,dispatch,maps --port 4200
  DATABASE_URL=postgres://admin:secret@db/kerbside kerbside-host --app /ops=apps/ops/dist
`,
  )
  .addHelpText("after", `\nEnvironment:\n${variablesText()}`)
  .action(() => run());

program
  .command("first-organization")
  .description("Makes the first organization and its first admin, whose password is printed this once.")
  .requiredOption("--name <organization>", "what the organization is called")
  .requiredOption("--email <address>", "the admin signs in with it")
  .option("--person <name>", "the admin's own name", "Administrator")
  .option("--json", "print JSON", false)
  .addHelpText(
    "before",
    `Examples:
  kerbside-host first-organization --name "Acme Robots" --email ada@acme.example --person "Ada Lovelace"
  kerbside-host --data /var/lib/kerbside first-organization --name Acme --email ada@acme.example --json
`,
  )
  .action((asked: Founding & { readonly json: boolean }) => foundOrganization(asked));

program
  .command("doctor")
  .description("Looks at every part, running or not, changes nothing, and says what is wrong and what to do.")
  .option("--json", "print JSON", false)
  .action(({ json }: { readonly json: boolean }) => examineAll(json));

function addApp(text: string, apps: readonly StaticApp[]): readonly StaticApp[] {
  const [prefix, folder] = text.split("=", 2);
  if (!prefix?.startsWith("/") || !folder) throw new InvalidArgumentError("write it as /prefix=folder.");
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InvalidArgumentError(`there is no folder ${folder}.`);
  }
  return [...apps, { prefix, folder }];
}

function readConfig(): HostConfig {
  const { data, port, services } = program.opts<Flags>();
  const config = parseConfig({
    ...process.env,
    ...(data === undefined ? {} : { KERBSIDE_DATA: data }),
    ...(port === undefined ? {} : { PORT: port }),
    ...(services === undefined ? {} : { SERVICES: services }),
  });
  checkServiceNames(config, serviceNames);
  return config;
}

function say(words: string): void {
  console.error(words);
}

async function run(): Promise<void> {
  const config = readConfig();
  const stop = stopSignal();
  // Loading the platform takes longer than reading flags: what is wrong with those is told at once.
  const { startPlatform } = await import("./platform.node.ts");
  const platform = await startPlatform({ config, apps: program.opts<Flags>().app, onProgress: say });
  say(`ready on ${platform.publicUrl} (broker ${platform.mqttUrl}, data in ${config.dataDir})`);
  await stop;
  say("stopping");
  const late = setTimeout(() => {
    say(`not everything stopped within ${stopMaxMs / 1_000} s: ending anyway`);
    process.exit(exitCodes.failed);
  }, stopMaxMs);
  await platform[Symbol.asyncDispose]();
  clearTimeout(late);
}

async function foundOrganization({ json, ...asked }: Founding & { readonly json: boolean }): Promise<void> {
  const config = readConfig();
  const { found } = await import("./founding.node.ts");
  const founded = await found(asked, { config, tell: say });
  process.stdout.write(json ? `${JSON.stringify(founded)}\n` : foundingText(founded));
}

async function examineAll(json: boolean): Promise<void> {
  const config = readConfig();
  const { examine } = await import("./doctor.node.ts");
  const findings = await examine(config);
  process.stdout.write(json ? `${JSON.stringify(findings)}\n` : findingsText(findings));
  if (findings.some(({ problem }) => problem !== null)) process.exitCode = exitCodes.failed;
}

/** The first signal stops in order, the second at once. */
function stopSignal(): Promise<void> {
  const stopping = Promise.withResolvers<void>();
  let isStopping = false;
  const hear = (): void => {
    if (isStopping) process.exit(exitCodes.killed);
    isStopping = true;
    stopping.resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, hear);
  return stopping.promise;
}

/** Bad flags and variables end with 2, anything that does not start with 1. */
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.stopped : exitCodes.wrongFlags;
  } else {
    say(error instanceof ConfigError ? error.message : reasonOf(error));
    process.exitCode = error instanceof ConfigError ? exitCodes.wrongFlags : exitCodes.failed;
  }
}
