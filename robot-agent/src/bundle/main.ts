import { resolve } from "node:path";
import { bundleAgent } from "./bundle.node.ts";

const help = `Makes a folder that runs on a robot with nothing but Node 24.

  node robot-agent/src/bundle/main.ts <folder>
`;

const [folder, ...rest] = process.argv.slice(2);
if (folder === "--help") process.stdout.write(help);
else if (folder === undefined || folder.startsWith("-") || rest.length > 0) {
  process.stderr.write(help);
  process.exitCode = 2;
} else {
  const { command } = await bundleAgent(resolve(folder));
  process.stdout.write(`node ${command.join(" ")} --help\n`);
}
