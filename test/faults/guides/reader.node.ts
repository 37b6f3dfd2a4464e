import { type ChildProcessByStdio, spawn } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { type Block, blocksIn, readPage } from "../../laws/pages.ts";
import { root } from "../../laws/workspace.ts";

/** An answer as a page prints it, and what the commands above it answered. */
export interface Answer {
  readonly printed: Block;
  readonly given: string;
}

export interface Guide {
  readonly page: string;
  /** Where the reader works; examples find the packages of the tests here. */
  readonly folder: string;
  /** What the page leaves to the reader: its lines with an ellipsis are not run. */
  readonly environment: Readonly<Record<string, string>>;
  /** What to read in place of an address of the page's. */
  readonly instead: Readonly<Record<string, string>>;
  /** How a line begins that a program which was left running says. */
  readonly aside: string;
}

const mark = "=== block ";
const patienceMs = 30_000;

/** Does what a page says: files that name themselves are written, shell blocks run one after the other in one shell. */
export async function follow({ page, folder, environment, instead, aside }: Guide): Promise<readonly Answer[]> {
  const swap = (text: string): string =>
    Object.entries(instead).reduce((swapped, [from, to]) => swapped.replaceAll(from, to), text);
  const blocks = blocksIn(swap(readPage(page)));
  await symlink(join(root, "test/node_modules"), join(folder, "node_modules"));
  for (const { language, text } of blocks) {
    const name = /^\/\/ (\S+)\n/.exec(text)?.[1];
    if (language === "js" && name !== undefined) await writeFile(join(folder, name), text);
  }
  await writeFile(join(folder, "guide.sh"), scriptOf(blocks));
  const PATH = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const env = { ...process.env, ...environment, PATH };
  const shell = spawn("bash", ["-e", "guide.sh"], {
    cwd: folder,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = await listen(shell, aside);
  return blocks.flatMap((printed, at) => {
    const isAnswer = printed.follows && blocks[at - 1]?.language === "sh" && /^(json)?$/.test(printed.language);
    return isAnswer ? [{ printed, given: said.get(at - 1) ?? "" }] : [];
  });
}

function scriptOf(blocks: readonly Block[]): string {
  const isRun = (line: string): boolean => !line.includes("…") && !line.startsWith("npm install");
  const steps = blocks.map(({ language, text }, at) =>
    language === "sh" ? [`echo; echo "${mark}${at}"`, ...text.split("\n").filter(isRun)].join("\n") : "",
  );
  return [...steps, `echo; echo "${mark}end"`].join("\n");
}

/** What each block said, once the last one has run and the program that was left running was heard. */
async function listen(shell: ChildProcessByStdio<null, Readable, null>, aside: string): Promise<Map<number, string>> {
  const end = (): void => void (shell.pid === undefined || process.kill(-shell.pid, "SIGKILL"));
  const patience = setTimeout(end, patienceMs);
  let said = "";
  try {
    for await (const chunk of shell.stdout.setEncoding("utf8")) {
      said += String(chunk);
      if (said.includes(`${mark}end`) && said.includes(`\n${aside}`)) break;
    }
  } finally {
    clearTimeout(patience);
    end();
  }
  const parts = said.split(mark).slice(1);
  return new Map(parts.map((part) => [Number.parseInt(part, 10), withoutAsides(part, aside)]));
}

function withoutAsides(part: string, aside: string): string {
  const [, ...lines] = part.split("\n");
  return lines.filter((line) => !line.startsWith(aside)).join("\n");
}
