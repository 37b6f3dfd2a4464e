import { Command, CommanderError, InvalidArgumentError } from "commander";

/** What somebody asked of `npm start`. */
export interface Flags {
  readonly robots: number;
  readonly ordersPerHour: number;
  readonly speedUp: number;
  /** Null: the seed of the data that is there, or 1. */
  readonly seed: number | null;
  readonly port: number;
  readonly reset: boolean;
}

export type Asked =
  | { readonly type: "run"; readonly flags: Flags }
  | { readonly type: "help"; readonly text: string }
  | { readonly type: "wrong"; readonly problem: string };

const examples = `Examples:
  npm start                                        a city with 12 robots
  npm start -- --robots 30 --orders-per-hour 120   a busier one
  npm start -- --speed-up 10                       bodies and people ten times faster; clocks stay real
  npm start -- --reset --seed 7                    another city, from nothing
`;

/** Reads the command line; what is wrong with it is told, not thrown. */
export function readFlags(args: readonly string[]): Asked {
  const program = makeProgram();
  let text = "";
  program.configureOutput({ writeOut: (words) => (text += words), writeErr: (words) => (text += words) });
  try {
    program.parse([...args], { from: "user" });
  } catch (problem) {
    if (!(problem instanceof CommanderError)) throw problem;
    if (problem.code === "commander.helpDisplayed") return { type: "help", text };
    return { type: "wrong", problem: `${text.trim() || problem.message}\nTry npm start -- --help.` };
  }
  const options = program.opts<{
    robots: number;
    ordersPerHour: number;
    speedUp: number;
    seed?: number;
    port: number;
    reset: boolean;
  }>();
  return { type: "run", flags: { ...options, seed: options.seed ?? null } };
}

function makeProgram(): Command {
  return new Command("npm start --")
    .description(
      "Starts all of Kerbside on this machine, with a simulated city: database, broker, services, pages, robots.",
    )
    .option("--robots <n>", "robots in the city, 1 to 100", whole(1, 100), 12)
    .option("--orders-per-hour <n>", "how often somebody orders, 0 to 2000", whole(0, 2_000), 90)
    .option("--speed-up <k>", "how many times faster bodies and people are, 1 to 10", whole(1, 10), 5)
    .option("--seed <n>", "decides places, names and chance; a city keeps its own", whole(0, 4_294_967_295))
    .option("--port <n>", "where pages and the API are; the next free one where it is taken", whole(0, 65_535), 4_100)
    .option("--reset", "begin anew: what was stored of the city before is deleted", false)
    .addHelpText("before", examples)
    .allowExcessArguments(false)
    .showHelpAfterError(false)
    .exitOverride();
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed.`);
    }
    return value;
  };
}
