import { generateMigration, servicesBehind } from "./generate.node.ts";

const usage = `Prints a migration from what changed in a service's tables.ts.

  npm run migrations -- deliveries add_return_reason
  npm run migrations -- --check      fails when a tables.ts is ahead of its migrations`;

const [first, name] = process.argv.slice(2);
if (first === "--check") {
  const behind = await servicesBehind();
  for (const service of behind) console.error(`${service}: tables.ts is ahead of its migrations`);
  process.exitCode = behind.length > 0 ? 1 : 0;
} else if (first && name && !first.startsWith("-")) {
  console.log(await generateMigration(first, name));
} else {
  console.error(usage);
  process.exitCode = 2;
}
