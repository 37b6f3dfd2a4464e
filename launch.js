// Starts a program of this repository from any Node: `node launch.js <file> [arguments]`. First what is not installed is
// installed, by the pinned package manager; then the program runs in the Node that comes with the install. Signals reach
// it once, whether a terminal sent them to everybody or a supervisor to this process alone, and it hears when this
// process is gone.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const tools = join(root, "node_modules", ".bin");
/** A terminal's Ctrl-C comes here twice: by itself, and through npm. */
const echoMs = 300;
const killedBySignal = 128;

const installed = spawnSync("npx", ["-y", "pnpm@12.21.0", "--silent", "run", "ready"], { cwd: root, stdio: "inherit" });
if (installed.status !== 0) process.exit(installed.status ?? killedBySignal);

const [program = "", ...args] = process.argv.slice(2);
const own = join(tools, "node");
const child = spawn(existsSync(own) ? own : process.execPath, [join(root, program), ...args], {
  cwd: root,
  // A group of its own, so that the terminal's signals do not reach it a second time.
  detached: true,
  env: { ...process.env, PATH: `${tools}${delimiter}${process.env.PATH ?? ""}` },
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});

let passedAtMs = Number.NEGATIVE_INFINITY;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    const nowMs = performance.now();
    if (nowMs - passedAtMs < echoMs) return;
    passedAtMs = nowMs;
    child.kill(signal);
  });
}
child.once("exit", (code) => {
  process.exitCode = code ?? killedBySignal;
});
